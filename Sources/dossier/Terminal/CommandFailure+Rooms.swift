import DossierAPI
import DossierCore
import DossierCrypto
import DossierServer
import DossierStore

extension CoreError: CommandFailureConvertible {
    var commandFailure: CommandFailure { CommandFailure(self.message) }
}

extension CryptoError: CommandFailureConvertible {
    var commandFailure: CommandFailure { CommandFailure(self.message) }
}

extension NodeError: CommandFailureConvertible {
    var commandFailure: CommandFailure { CommandFailure(self.message) }
}

extension StoreError: CommandFailureConvertible {
    var commandFailure: CommandFailure { CommandFailure(self.message) }
}

extension ExchangeError: CommandFailureConvertible {
    var commandFailure: CommandFailure {
        let findings = self.findings.map { "\n  \($0.field): \($0.rule.rawValue): \($0.hint)" }
        return CommandFailure(
            self.message + findings.joined(),
            status: self.code == .unverifiable ? .verificationFailed : .failed)
    }
}
