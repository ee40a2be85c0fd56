extension Finding.Rule {
    // MARK: Batches

    /// The attestation does not hold, or does not fit the records.
    public static let attestation = Finding.Rule(rawValue: "ATTESTATION")
    /// The record is not of the batch's originator.
    public static let originator = Finding.Rule(rawValue: "ORIGINATOR")
    /// The batch holds the record, or its reference and version, twice.
    public static let duplicateRecord = Finding.Rule(rawValue: "DUPLICATE_RECORD")
    /// The record's releasability is not that of the rest of the batch.
    public static let batchReleasability = Finding.Rule(rawValue: "BATCH_RELEASABILITY")
}
