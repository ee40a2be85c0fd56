extension MessageRules {
    /// Rules of `assessment.proto`.
    static let assessment: [MessageRules] = [
        MessageRules(
            "Assessment",
            [
                "metric": .any.required,
                "population": .any.required,
                "country": .country,
                "estimates": .any,
                "method": .any,
                "authors": .name,
                "citations": .any.many(4_096),
                "caveats": .any,
            ]),
        MessageRules(
            "EstimateClaim", relation: .period,
            [
                "claim": .any.required,
                "value": .any,
                "unit": .text(64).required,
                "as_of": .moment,
                "period_start": .moment.operand(0),
                "period_end": .moment.operand(1),
            ]),
        MessageRules(
            "Citation",
            [
                "originator": .organisationID.required,
                "reference": .reference.required,
                "record_id": .digest,
                "contribution": .decimal,
            ]),
    ]
}
