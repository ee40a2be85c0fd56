import DossierAPI
import DossierCrypto
import GRPCWire
import NIOOpenSSL

extension ExchangeError {
    init(connectingTo endpoint: Endpoint, _ error: any Error) {
        self.init(
            code: .unavailable,
            message: "no connection to \(endpoint): \(Self.reason(for: error))", cause: error)
    }

    private static func reason(for error: any Error) -> String {
        switch error {
        case let error as ExchangeError: error.message
        case let error as CryptoError: error.message
        case let error as TLSError:
            error.cause.map { "\(error.message) (\(self.reason(for: $0)))" } ?? error.message
        case let error as GRPCError:
            // What the system says is in the message, why there is no TLS is not.
            (error.cause as? TLSError).map { "\(error.message): \(self.reason(for: $0))" }
                ?? error.message
        case let status as GRPCStatus: status.message
        default: "\(error)"
        }
    }
}
