/// What a node's sync does for its operators: what `dossier.v1.SyncService` offers, whoever does it.
public protocol SyncControl: Sendable {
    /// Tells how sync with each peer stands.
    func report() async -> SyncReport

    /// Pauses some peers, or all.
    ///
    /// - Throws: ``ExchangeError`` with code `notFound` for one that is not synced with.
    func pause(_ selection: SyncSelection) async throws -> SyncReport

    /// Resumes some peers, or all. Throws as ``pause(_:)`` does.
    func resume(_ selection: SyncSelection) async throws -> SyncReport

    /// Runs a round with some peers, or all, and reports when each has ended or failed. Throws as
    /// ``pause(_:)`` does.
    func once(_ selection: SyncSelection) async throws -> SyncReport
}
