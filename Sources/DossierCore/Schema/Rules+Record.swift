extension MessageRules {
    /// Rules of `record.proto` and `marking.proto`.
    static let record: [MessageRules] = [
        MessageRules(
            "Record", relation: .record,
            [
                "header": .any.required,
                "report": .any.required,
                "crypto_theft": .any,
                "it_worker_deployment": .any,
                "wallet": .any,
                "assessment": .any,
            ]),
        MessageRules(
            "Header", relation: .header, isLabel: true,
            [
                "format_version": .any.required.capturing(.formatVersion),
                "originator": .organisationID.required.capturing(.originator),
                "reference": .reference.required.capturing(.reference),
                "version": .any.required.capturing(.version),
                "operation": .any.required.capturing(.operation),
                "target_record_id": .digest.capturing(.target).operand(0),
                "kind": .any.required.capturing(.kind),
                "marking": .any.required,
                "occurred": .any,
                "known": .moment.capturing(.known),
                "reported": .moment.capturing(.reported),
                "salt": .salt.required,
            ]),
        MessageRules(
            "Period", relation: .period, isLabel: true,
            [
                "start": .moment.required.capturing(.occurredStart).operand(0),
                "end": .moment.capturing(.occurredEnd).operand(1),
            ]),
        MessageRules(
            "Marking", isLabel: true,
            [
                "tlp": .any.required.capturing(.tlp),
                "pap": .any.capturing(.pap),
                "orcon": .any.capturing(.orcon),
                "releasability": .organisationID.many(64).capturing(.releasability),
                "release_groups": .organisationID.many(16),
                "national_label": .text(128),
            ]),
    ]
}
