import DossierAPI
import DossierCore
import DossierCrypto
import GRPCWire

/// Answers the calls of `dossier.v1.SyncService`: for the operators of the node's own organisation.
struct SyncService: Sendable {
    /// Organisation id of the node.
    let organisation: String
    let control: any SyncControl
    /// What an operator must do something about.
    let warnings: @Sendable () -> [String]
    let calls: CallAnswering

    /// Registers the methods.
    func register(in router: inout Router) {
        self.unary(SyncMethods.getStatus, [.admin, .auditor], in: &router) { _ in
            var report = await self.control.report()
            report.warnings = self.warnings()
            return report
        }
        self.unary(SyncMethods.pause, [.admin], in: &router) {
            try await self.control.pause(SyncSelection(decoding: $0))
        }
        self.unary(SyncMethods.resume, [.admin], in: &router) {
            try await self.control.resume(SyncSelection(decoding: $0))
        }
        self.unary(SyncMethods.once, [.admin], in: &router) {
            try await self.control.once(SyncSelection(decoding: $0))
        }
    }

    private func unary(
        _ method: MethodPath, _ roles: Set<Members.Role>, in router: inout Router,
        _ answer: @escaping @Sendable ([UInt8]) async throws -> SyncReport
    ) {
        router.unary(method) { request, call in
            try await self.calls.answer(call) { peer in
                guard peer.organisation == self.organisation, !peer.roles.isDisjoint(with: roles)
                else {
                    let needed = roles.map(\.rawValue).sorted().joined(separator: " or ")
                    throw ExchangeError(
                        code: .notPermitted,
                        message: "\(peer.identity.spiffeID) may not do this: it needs role "
                            + "\(needed) of \(self.organisation)")
                }
                return try await answer(request).encoded()
            }
        }
    }
}
