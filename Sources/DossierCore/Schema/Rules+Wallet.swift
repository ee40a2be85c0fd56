extension MessageRules {
    /// Rules of `wallet.proto`.
    static let wallet: [MessageRules] = [
        MessageRules(
            "Wallet", relation: .period,
            [
                "account": .any.required,
                "assets": .any,
                "roles": .any,
                "holders": .any,
                "custody": .any,
                "first_seen": .moment.operand(0),
                "last_seen": .moment.operand(1),
                "listings": .any,
                "reused": .any,
                "shared_infrastructure": .any,
                "valid_until": .moment,
                "actors": .any,
                "aliases": .any,
            ]),
        MessageRules("RoleClaim", ["claim": .any.required, "role": .any.required]),
        MessageRules(
            "HolderClaim",
            ["claim": .any.required, "holder": .name.required, "external_ids": .any]),
        MessageRules("Custody", ["custodian": .name.required, "account_id": .text(128)]),
        MessageRules(
            "Listing",
            [
                "entry": .any.required,
                "authority": .name.required,
                "listed": .moment,
                "amended": .moment,
                "delisted": .moment,
                "expires": .moment,
                "legal_basis": .any,
            ]),
    ]
}
