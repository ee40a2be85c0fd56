extension MessageRules {
    /// Rules of `money.proto`.
    static let money: [MessageRules] = [
        MessageRules(
            "Money", relation: .decimalRange,
            [
                "currency": .currency.required,
                "basis": .any.required,
                "as_of": .moment,
                "low": .amount.operand(0),
                "point": .amount.operand(1),
                "high": .amount.operand(2),
            ]),
        MessageRules(
            "DecimalRange", relation: .decimalRange,
            [
                "low": .decimal.operand(0), "point": .decimal.operand(1),
                "high": .decimal.operand(2),
            ]),
        MessageRules(
            "DecimalRange", variant: "percent", relation: .decimalRange,
            [
                "low": .percent.operand(0), "point": .percent.operand(1),
                "high": .percent.operand(2),
            ]),
        MessageRules(
            "AssetAmount",
            [
                "asset_id": .assetID, "chain": .chain, "symbol": .text(64), "quantity": .amount,
                "description": .any,
            ]),
        MessageRules(
            "Account",
            ["key": .accountKey.required.capturing(.account), "seen": .text(512)]),
        MessageRules(
            "AccountUse", relation: .period,
            [
                "account": .any.required,
                "role": .any,
                "first_seen": .moment.operand(0),
                "last_seen": .moment.operand(1),
                "note": .any,
            ]),
        MessageRules(
            "Transaction",
            [
                "chain": .chain, "hash": .transactionHash.required, "time": .moment,
                "note": .any,
            ]),
    ]
}
