import DossierCore
import DossierCrypto
import GRPCWire
import ServiceLifecycle

extension Node {
    /// What tells of expiry, having told what there is to tell already.
    func expiryWatch(_ health: HealthService) -> ExpiryWatch {
        var expiry = ExpiryWatch(health, logger: self.logger)
        self.look(with: &expiry)
        return expiry
    }

    /// Looks after the identity's files, and after what ends by itself, until a graceful shutdown is
    /// asked for.
    func watchUntilShutdown(_ server: GRPCServer, _ expiry: ExpiryWatch) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watch(server, expiry) }
            try? await gracefulShutdown()
            group.cancelAll()
        }
    }

    private func watch(_ server: GRPCServer, _ expiry: ExpiryWatch) async {
        var files = IdentityWatch(
            self.configuration.identity, anchors: self.configuration.anchors, logger: self.logger)
        var expiry = expiry
        while !Task.isCancelled {
            // Small files on a local disk, read only when they have changed: not worth a thread.
            let isPairNew = self.takeUpPair(&files, server)
            let areListsNew = self.takeUpLists(&files, server)
            if isPairNew || areListsNew { expiry.begin() }
            self.look(with: &expiry)
            // Ends early when the task is cancelled.
            try? await Task.sleep(for: Self.watchInterval)
        }
    }

    private func takeUpPair(_ files: inout IdentityWatch, _ server: GRPCServer) -> Bool {
        let tls = files.lookAtPair { credentials in
            try self.configuration.rules.checkSuccessor(
                credentials, of: self.organisation.id, at: self.configuration.now())
            return try self.tls(credentials)
        }
        guard let tls else { return false }
        server.replaceTLS(tls)
        return true
    }

    private func takeUpLists(_ files: inout IdentityWatch, _ server: GRPCServer) -> Bool {
        guard files.lookAtLists() else { return false }
        let revocations = self.configuration.identity.revocations
        server.closeConnections {
            ($0 as? Peer).map { revocations.revokes($0.issuances) } ?? false
        }
        return true
    }

    private func look(with expiry: inout ExpiryWatch) {
        expiry.look(
            at: self.configuration.identity.expiring(self.configuration.anchors),
            at: self.configuration.now())
    }
}

extension Node.Configuration {
    /// What an operator must do something about.
    var warnings: [String] { self.identity.warnings(self.anchors, at: self.now()) }
}
