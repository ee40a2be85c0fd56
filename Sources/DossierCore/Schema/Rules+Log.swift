extension MessageRules {
    /// Rules of `log.proto`.
    static let log: [MessageRules] = [
        MessageRules(
            "ProvenCheckpoint",
            ["checkpoint": .text(4_096).required, "consistency_proof": Self.proof]),
        MessageRules("ProvenRange", ["first_index": .any, "count": .any, "proof": Self.proof]),
        MessageRules("GetCheckpointRequest", ["known_size": .any, "log_origin": Self.origin]),
        MessageRules("GetCheckpointResponse", ["checkpoint": .any]),
        MessageRules(
            "GetInclusionProofRequest",
            ["leaf_index": .any, "tree_size": .any, "log_origin": Self.origin]),
        MessageRules("GetInclusionProofResponse", ["proof": Self.proof]),
        MessageRules(
            "GetConsistencyProofRequest",
            ["first_size": .any, "second_size": .any, "log_origin": Self.origin]),
        MessageRules("GetConsistencyProofResponse", ["proof": Self.proof]),
        MessageRules(
            "GetLeafHashesRequest",
            [
                "first_index": .any, "count": .number(65_536).required, "log_origin": Self.origin,
            ]),
        MessageRules("GetLeafHashesResponse", ["leaf_hashes": .text(65_536 * 32)]),
    ]

    private static let origin = FieldRule.text(256)

    /// Hashes of a proof: two for each level of the highest tree.
    private static let proof = FieldRule.text(128 * 32)
}
