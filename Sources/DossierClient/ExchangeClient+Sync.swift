public import DossierAPI
import GRPCWire

// MARK: - Sync of the node's mirrors

extension ExchangeClient {
    /// Tells how the node's mirror of each peer's log stands.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``; `notPermitted` for whoever is neither admin nor
    ///   auditor of the node's own organisation.
    public func syncStatus() async throws -> SyncReport {
        try await self.sync(SyncMethods.getStatus, [], timeout: self.configuration.timeout)
    }

    /// Stops sync with peers until it is resumed or the node starts again.
    ///
    /// - Parameter organisations: organisation ids; empty for all.
    /// - Throws: ``DossierAPI/ExchangeError``; `notPermitted` for whoever is not admin of the
    ///   node's own organisation, `notFound` for an organisation that the node does not sync with.
    public func pauseSync(_ organisations: [String]) async throws -> SyncReport {
        try await self.sync(
            SyncMethods.pause, organisations, timeout: self.configuration.timeout)
    }

    /// Goes on with sync, at once.
    ///
    /// - Parameter organisations: organisation ids; empty for all.
    /// - Throws: as ``pauseSync(_:)``.
    public func resumeSync(_ organisations: [String]) async throws -> SyncReport {
        try await self.sync(
            SyncMethods.resume, organisations, timeout: self.configuration.timeout)
    }

    /// Runs one round of sync, and gives how it ended for each peer. It may take as long as
    /// ``Configuration/syncTimeout``.
    ///
    /// - Parameter organisations: organisation ids; empty for all.
    /// - Throws: as ``pauseSync(_:)``.
    public func syncOnce(_ organisations: [String]) async throws -> SyncReport {
        try await self.sync(
            SyncMethods.once, organisations, timeout: self.configuration.syncTimeout)
    }

    private func sync(
        _ method: MethodPath, _ organisations: [String], timeout: Duration
    ) async throws -> SyncReport {
        let request = try SyncSelection(organisations: organisations).encoded()
        let answer = try await self.call(knowing: nil) {
            try await self.grpc.unary(method, request, timeout: timeout)
        }
        return try SyncReport(decoding: answer)
    }
}
