import DossierAPI
import DossierCore
import DossierCrypto
import DossierServer
import DossierStore
import MerkleLog

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

extension VerificationError: CommandFailureConvertible {
    var commandFailure: CommandFailure {
        CommandFailure("\(self.code): \(self.message)", status: .verificationFailed)
    }
}

extension ExchangeError: CommandFailureConvertible {
    var commandFailure: CommandFailure {
        CommandFailure(
            self.message, details: self.findings.map(\.line),
            status: self.code == .unverifiable ? .verificationFailed : .failed)
    }
}
