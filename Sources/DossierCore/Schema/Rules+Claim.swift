extension MessageRules {
    /// Rules of `claim.proto`.
    static let claim: [MessageRules] = [
        MessageRules(
            "Claim",
            [
                "author": .name.required, "date": .moment, "stance": .any.required,
                "grade": .any, "basis": .any,
            ]),
        MessageRules(
            "ActorClaim",
            [
                "claim": .any.required, "actor": .name.required.capturing(.actor),
                "external_ids": .any,
            ]),
        MessageRules(
            "AliasClaim",
            [
                "claim": .any.required,
                "alias": .name.required.capturing(.actor),
                "name": .name.required.capturing(.actor),
            ]),
        MessageRules(
            "IdentityClaim",
            ["claim": .any.required, "name": .name.required.capturing(.victim)]),
        MessageRules("AmountClaim", ["claim": .any.required, "amount": .any.required]),
        MessageRules(
            "HeadCountClaim",
            ["claim": .any.required, "count": .any, "as_of": .moment, "definition": .any]),
        MessageRules(
            "CountRange", relation: .countRange,
            ["low": .any.operand(0), "point": .any.operand(1), "high": .any.operand(2)]),
        MessageRules(
            "ShareClaim",
            [
                "claim": .any.required, "percent": .variant("percent").required,
                "definition": .any,
            ]),
    ]
}
