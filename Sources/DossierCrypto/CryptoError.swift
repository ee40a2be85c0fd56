/// Why a cryptographic operation failed. Two errors are equal when their codes are.
///
/// `description` names the code only and may be shown to a peer; `debugDescription` has the rest
/// and belongs into the log. Neither holds key material or certificate contents.
public struct CryptoError: Error, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What kind of failure this is.
    public var code: Code
    /// What happened, for the log.
    public var message: String
    /// The failure below this one, if there was one.
    public var cause: (any Error)?

    /// Creates an error.
    public init(code: Code, message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The code alone, safe to show a peer.
    public var description: String { "CryptoError.\(self.code)" }

    /// Code, message and cause, for the log.
    public var debugDescription: String {
        let reason = self.cause.map { " (\(String(reflecting: $0)))" } ?? ""
        return "\(self.description): \(self.message)\(reason)"
    }

    /// Calls `body`; the message of what it throws then says which file it is about.
    static func naming<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch var error as CryptoError {
            if !error.message.contains(path) { error.message = "\(path): \(error.message)" }
            throw error
        }
    }

    /// Whether both have the same code.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.code == rhs.code }

    /// Hashes the code.
    public func hash(into hasher: inout Hasher) { hasher.combine(self.code) }
}

extension CryptoError {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case malformedKey, unsupportedKey, unreadableKeyFile, insecureKeyFile, keyMismatch
            case unreadableFile
            case malformedSignature, invalidSignature, malformedSeal, brokenSeal
            case malformedCertificate, malformedIdentity, foreignTrustDomain
            case malformedAnchors, unknownOrganisation, untrustedChain
            case certificateExpired, certificateNotYetValid, certificateRevoked, wrongUsage
            case malformedRevocationList, untrustedRevocationList
            case invalidProfile, libraryFailure
        }

        private let value: Value

        /// The code's own name.
        public var description: String { self.value.rawValue }

        /// Bytes that should be a key are not one.
        public static let malformedKey = Self(value: .malformedKey)
        /// A key of an algorithm, curve or encoding that Dossier does not use.
        public static let unsupportedKey = Self(value: .unsupportedKey)
        /// A key file cannot be opened, read or written.
        public static let unreadableKeyFile = Self(value: .unreadableKeyFile)
        /// A file of certificates or revocation lists cannot be opened or read.
        public static let unreadableFile = Self(value: .unreadableFile)
        /// A private key file that others than its owner may read or write.
        public static let insecureKeyFile = Self(value: .insecureKeyFile)
        /// A private key that does not belong to the certificate it was given with.
        public static let keyMismatch = Self(value: .keyMismatch)
        /// A signature that is not in the one encoding accepted for its algorithm.
        public static let malformedSignature = Self(value: .malformedSignature)
        /// A signature that does not fit message and key.
        public static let invalidSignature = Self(value: .invalidSignature)
        /// Bytes too short to be sealed data, or a sealing key of the wrong size.
        public static let malformedSeal = Self(value: .malformedSeal)
        /// Sealed bytes, or what was authenticated with them, were changed.
        public static let brokenSeal = Self(value: .brokenSeal)
        /// Bytes that should be a certificate, or a chain of them, are not.
        public static let malformedCertificate = Self(value: .malformedCertificate)
        /// A certificate that does not carry exactly one well-formed identity.
        public static let malformedIdentity = Self(value: .malformedIdentity)
        /// An identity of another trust domain.
        public static let foreignTrustDomain = Self(value: .foreignTrustDomain)
        /// Trust anchors that cannot be used: not a CA, or one anchor under two organisations.
        public static let malformedAnchors = Self(value: .malformedAnchors)
        /// An identity of an organisation for which there are no anchors.
        public static let unknownOrganisation = Self(value: .unknownOrganisation)
        /// A chain that does not lead to an anchor of the identity's own organisation.
        public static let untrustedChain = Self(value: .untrustedChain)
        /// A certificate of the chain is past its end.
        public static let certificateExpired = Self(value: .certificateExpired)
        /// A certificate of the chain is not valid yet.
        public static let certificateNotYetValid = Self(value: .certificateNotYetValid)
        /// A certificate of the chain was taken back by its CA.
        public static let certificateRevoked = Self(value: .certificateRevoked)
        /// Bytes that should be revocation lists are not, or are of a form that is not understood.
        public static let malformedRevocationList = Self(value: .malformedRevocationList)
        /// A revocation list that no CA of a member signed.
        public static let untrustedRevocationList = Self(value: .untrustedRevocationList)
        /// A certificate that may not be used for this purpose.
        public static let wrongUsage = Self(value: .wrongUsage)
        /// A certificate was asked for that no CA should issue.
        public static let invalidProfile = Self(value: .invalidProfile)
        /// libcrypto failed where it should not: out of memory, or a provider is missing.
        public static let libraryFailure = Self(value: .libraryFailure)
    }
}
