extension MessageRules {
    /// Rules of `crypto_theft.proto`.
    static let cryptoTheft: [MessageRules] = [
        MessageRules(
            "CryptoTheft",
            [
                "victim": .any.required,
                "assets": .any,
                "losses": .any,
                "recoveries": .any,
                "entry_vectors": .any,
                "third_parties": .any,
                "first_transactions": .any,
                "accounts": .any.many(4_096),
                "actors": .any,
                "investigators": .name,
                "aliases": .any,
            ]),
        MessageRules(
            "Victim", relation: .victim,
            [
                "name": .name.capturing(.victim).operand(0),
                "legal_name": .name.capturing(.victim),
                "type": .any.required,
                "country_registered": .country,
                "country_operated": .country,
                "country": .country,
                "description": .any,
                "inferred_identities": .any,
            ]),
        MessageRules("Recovery", ["type": .any.required, "amount": .any.required]),
        MessageRules("ThirdParty", ["name": .name.required, "role": .any]),
    ]
}
