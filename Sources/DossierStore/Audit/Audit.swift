import DossierCrypto
import MerkleLog

/// Reads again everything that a store keeps, beside a node that may be running, and says where
/// anything is wrong.
///
/// Segments are audited side by side, each with the catalog's rows of its leaves; one pass over what
/// they give makes the log's tree again and compares it with the stored hashes and with what was
/// signed. Only read: the one thing written is the file that says how far the audit has come.
public struct Audit: Sendable {
    /// Told how many leaves of how many are read; from several threads.
    public typealias Progress = @Sendable (_ done: UInt64, _ total: UInt64) -> Void

    private let configuration: AuditConfiguration

    /// Prepares an audit.
    public init(_ configuration: AuditConfiguration) { self.configuration = configuration }

    /// Audits the store.
    ///
    /// Damage is reported, not thrown. Throws `wrongOrigin` or `corrupted` for a progress file of
    /// another log or of none, `cancelled` when the task was cancelled, or what reading failed with.
    public func run(
        _ progress: @escaping Progress = { _, _ in }
    ) async throws(StoreError) -> AuditReport {
        let threads = ThreadExecutor(threadCount: self.configuration.threadCount)
        // The function below rethrows untyped; the error comes out as a value.
        let result = await withTaskExecutorPreference(threads) {
            () async -> Result<AuditReport, StoreError> in
            do throws(StoreError) {
                var run = try await AuditRun(self.configuration, progress)
                return .success(try await run.report())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
