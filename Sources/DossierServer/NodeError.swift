import DossierCrypto
import NIOOpenSSL

/// Why a node cannot run. Two errors are equal when their codes are.
public struct NodeError: Error, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What kind of failure this is.
    public var code: Code
    /// What happened and what to do, for the operator.
    public var message: String
    /// The failure below this one.
    public var cause: (any Error)?

    /// Creates an error.
    public init(code: Code, message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The code's name.
    public var description: String { "NodeError.\(self.code)" }

    /// Everything there is to tell, for the log.
    public var debugDescription: String {
        let reason = self.cause.map { " (\(String(reflecting: $0)))" } ?? ""
        return "\(self.description): \(self.message)\(reason)"
    }

    /// Why something of a node's cannot be used, for its operator.
    static func reason(of error: any Error) -> String {
        switch error {
        case let error as NodeError: error.message
        case let error as CryptoError: error.message
        case let error as TLSError: error.message
        default: String(reflecting: error)
        }
    }

    /// Equal when the codes are.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.code == rhs.code }

    /// Hashes the code.
    public func hash(into hasher: inout Hasher) { hasher.combine(self.code) }
}

extension NodeError {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case notANode, unusableDataDirectory, unusableLogKey
        }

        private let value: Value

        /// The code's name.
        public var description: String { self.value.rawValue }

        /// The certificate is not that of a member's node.
        public static let notANode = Self(value: .notANode)
        /// The log's key is not the one that the members file names, or signs something else too.
        public static let unusableLogKey = Self(value: .unusableLogKey)
        /// A file in the data directory cannot be read or made.
        public static let unusableDataDirectory = Self(value: .unusableDataDirectory)
    }
}
