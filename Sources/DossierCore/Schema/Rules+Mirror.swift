extension MessageRules {
    /// The most elements of a message of a mirror: as many of the smallest batches, of one record
    /// each, as it has room for.
    private static let mirrorElements = 262_144

    /// A batch of the largest size, with the hashes beside it.
    private static let followedBytes = 5_242_880

    /// Rules of `mirror.proto`.
    static let mirror: [MessageRules] = [
        MessageRules("WatchRequest", [:]),
        MessageRules("WatchResponse", ["logs": .any.many(64)]),
        MessageRules(
            "OfferedLog",
            ["log_origin": .text(256).required, "size": .any, "release_epoch": .text(8)]),
        MessageRules(
            "OfferRequest", maximumBytes: Self.followedBytes + 16,
            ["message": .text(Self.followedBytes), "refusal": .any]),
        MessageRules("OfferResponse", ["watch": .any, "follow": .any, "fetch": .any]),
        MessageRules(
            "FollowRequest", ["log_origin": .text(256).required, "position": .any, "once": .any]),
        MessageRules(
            "FollowResponse", maximumElements: Self.mirrorElements,
            maximumBytes: Self.followedBytes,
            [
                "first_index": .any, "runs": .any.many(65_536), "checkpoint": .any.required,
                "certificate_der": .text(8_192).many(8_192), "release_epoch": .text(8),
            ]),
        MessageRules(
            "LeafRun",
            [
                "batch": .any,
                "records": .text(RecordCheck.maximumBytes).many(Batch.maximumRecords)
                    .withEmptyElements,
                "withheld_hashes": .text(LeafRunLimits.hashes * 32),
            ]),
        MessageRules(
            "FollowedBatch",
            [
                "attested_batch": .text(1_024).required, "signature": .text(256).required,
                "certificate_numbers": .any.many(8).required.withEmptyElements,
                "known_hashes": .text(Batch.maximumRecords * 32),
                "added": .text((Batch.maximumRecords + 7) / 8),
            ]),
        MessageRules(
            "FetchRequest",
            ["log_origin": .text(256).required, "ranges": .any.many(1_000).required]),
        MessageRules("LeafRange", ["first_index": .any, "count": .any.required]),
        MessageRules(
            "FetchResponse", maximumElements: Self.mirrorElements,
            [
                "attestations": .any.many(16_384), "records": .any.many(16_384),
                "answered_below": .any,
            ]),
    ]

    /// Rules of `sync.proto`.
    static let sync: [MessageRules] = [
        MessageRules("GetSyncStatusRequest", [:]),
        MessageRules("GetSyncStatusResponse", ["peers": .any, "warnings": .any]),
        MessageRules("PauseSyncRequest", ["organisations": Self.organisations]),
        MessageRules("PauseSyncResponse", ["peers": .any]),
        MessageRules("ResumeSyncRequest", ["organisations": Self.organisations]),
        MessageRules("ResumeSyncResponse", ["peers": .any]),
        MessageRules("SyncOnceRequest", ["organisations": Self.organisations]),
        MessageRules("SyncOnceResponse", ["peers": .any]),
        MessageRules(
            "PeerSyncStatus",
            [
                "organisation": .organisationID, "log_origin": .any, "address": .any,
                "state": .any, "mirrored": .any, "hash_only": .any, "known": .any,
                "lag_seconds": .any, "heard_at": .second, "error": .any, "advice": .any,
                "failed_at": .second, "evidence": .any, "received_bytes": .any, "rate": .any,
                "remaining_seconds": .any, "next_attempt_ms": .any, "not_released": .any,
                "path": .any, "direct_age_seconds": .any, "stale": .any,
            ]),
    ]

    private static let organisations = FieldRule.organisationID.many(64)
}

/// Limits of runs of leaves.
enum LeafRunLimits {
    /// The most leaf hashes in one run.
    static let hashes = 65_536
}
