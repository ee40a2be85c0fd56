extension MessageRules {
    /// Rules of `attestation.proto`.
    static let attestation: [MessageRules] = [
        MessageRules(
            "Attestation",
            [
                "attested_batch": .text(1_024).required,
                "signature": .text(256).required,
                "certificate_der": .text(8_192).many(8).required,
            ]),
        MessageRules(
            "AttestedBatch", relation: .attestedBatch,
            [
                "version": .any.required.capturing(.formatVersion),
                "log_origin": .text(256).required,
                "originator": .organisationID.required,
                "batch_root": .digest.required,
                "size": .number(10_000).required,
                "signed_at": .second.required,
                "key_id": .digest.required,
            ]),
        MessageRules("BatchPosition", ["index": .any, "path": .text(32 * 32)]),
        MessageRules(
            "Receipt",
            [
                "log_origin": .text(256), "batch_root": .digest, "batch_size": .any,
                "runs": .any.many(10_000), "appended": .any, "log_size": .any,
                "checkpoint": .any, "ranges": .any.many(Batch.maximumRanges),
            ]),
        MessageRules("Run", ["offset": .any, "first_index": .any, "count": .any]),
    ]

    /// Elements of an answer with many records or runs. More than in a request: whoever reads it
    /// chose the node that it asked.
    private static let answerElements = 131_072

    /// Rules of `exchange.proto`.
    static let exchange: [MessageRules] = [
        MessageRules(
            "SubmitRequest",
            [
                "attestation": .any.required,
                "records": .text(RecordCheck.maximumBytes).many(10_000).required,
                "known_size": .any,
            ]),
        MessageRules("SubmitResponse", maximumElements: Self.answerElements, ["receipt": .any]),
        MessageRules("SubmitStreamRequest", ["submission": .any.required]),
        MessageRules(
            "SubmitStreamResponse", maximumElements: Self.answerElements,
            ["receipt": .any, "refusal": .any]),
        MessageRules(
            "Refusal",
            ["code": .any, "message": .any, "findings": .any.many(Finding.maximumCount)]),
        MessageRules(
            "ValidationFinding", ["field": .any, "rule": .any, "value": .any, "hint": .any]),
        MessageRules(
            "GetRequest",
            [
                "record_id": .recordIDPrefix, "finding": .any, "known_size": .any,
                "known_trees": .any.many(64),
            ]),
        MessageRules("KnownTree", ["log_origin": .text(256).required, "size": .any]),
        MessageRules(
            "FindingSelector",
            [
                "originator": .organisationID.required, "reference": .reference.required,
                "version": .any,
            ]),
        MessageRules(
            "GetResponse",
            [
                "log_origin": .any, "record": .any, "attestation": .any, "checkpoint": .any,
                "inclusion_proof": .text(64 * 32), "heard_at": .second, "stale": .any,
            ]),
        MessageRules(
            "LoggedRecord",
            [
                "record": .text(RecordCheck.maximumBytes), "leaf_index": .any, "position": .any,
                "attestation_index": .any, "withheld_reason": .any, "standing": .any,
            ]),
        MessageRules(
            "ListRequest",
            [
                "filter": .any, "limit": .any, "cursor": .text(4_096), "known_size": .any,
                "known_trees": .any.many(64), "follow": .any, "new_only": .any,
            ]),
        MessageRules(
            "Filter",
            [
                "kinds": .any.many(64),
                "originators": .organisationID.many(64),
                "reference": .reference,
                "occurred_from": .moment,
                "occurred_to": .moment,
                "known_from": .moment,
                "known_to": .moment,
                "account": .text(512),
                "victim": .name,
                "actor": .name,
                "record_id_prefix": .recordIDPrefix,
                "all_versions": .any,
            ]),
        MessageRules(
            "ListResponse", maximumElements: Self.answerElements,
            [
                "log_origin": .any, "attestations": .any.many(16_384),
                "records": .any.many(16_384), "cursor": .text(4_096), "pinned_size": .any,
                "checkpoint": .any, "ranges": .any.many(16_384), "heard_at": .second,
                "stale": .any,
            ]),
        MessageRules(
            "RetrievedRecord",
            [
                "record_id": .recordIDPrefix, "log_origin": .any, "leaf_index": .any,
                "signed_at": .second, "withheld_reason": .any, "record": .any, "standing": .any,
                "heard_at": .second, "stale": .any,
            ]),
    ]
}
