internal import CDossierProtos
internal import CProtobufC
public import DossierCrypto

/// Asks for the newest checkpoint.
public struct GetCheckpointRequest: Hashable, Sendable {
    /// Size of a tree of the log that the client has verified; 0 for none.
    public var knownSize: UInt64

    /// Origin of the log, one that the node mirrors; empty for its own.
    public var logOrigin: String

    /// A request.
    public init(knownSize: UInt64, logOrigin: String = "") {
        self.knownSize = knownSize
        self.logOrigin = logOrigin
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__GetCheckpointRequest()
            dossier__v1__get_checkpoint_request__init(&message)
            message.known_size = self.knownSize
            message.log_origin = try arena.string(self.logOrigin)
            return message
        }
    }

    /// Reads the wire form. Throws ``ExchangeError`` with code `badRequest`.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.GetCheckpointRequest",
            by: dossier__v1__get_checkpoint_request__unpack
        ) { Self(knownSize: $0.known_size, logOrigin: String(field: $0.log_origin)) }
    }
}

/// The newest checkpoint.
public struct GetCheckpointResponse: Hashable, Sendable {
    /// The checkpoint.
    public var checkpoint: ProvenCheckpoint

    /// An answer.
    public init(checkpoint: ProvenCheckpoint) { self.checkpoint = checkpoint }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__GetCheckpointResponse()
            dossier__v1__get_checkpoint_response__init(&message)
            message.checkpoint = try arena.message(self.checkpoint.message(in: arena))
            return message
        }
    }

    /// Reads the wire form. Throws ``ExchangeError`` with code `badRequest`.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.GetCheckpointResponse",
            by: dossier__v1__get_checkpoint_response__unpack
        ) { message in
            guard let checkpoint = message.checkpoint else {
                throw ExchangeError.missing("checkpoint")
            }
            return Self(checkpoint: try ProvenCheckpoint(checkpoint.pointee))
        }
    }
}

/// Asks for the inclusion proof of a leaf.
public struct GetInclusionProofRequest: Hashable, Sendable {
    /// Index of the leaf.
    public var leafIndex: UInt64
    /// Tree size.
    public var treeSize: UInt64
    /// Origin of the log, one that the node mirrors; empty for its own.
    public var logOrigin: String

    /// A request.
    public init(leafIndex: UInt64, treeSize: UInt64, logOrigin: String = "") {
        self.leafIndex = leafIndex
        self.treeSize = treeSize
        self.logOrigin = logOrigin
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__GetInclusionProofRequest()
            dossier__v1__get_inclusion_proof_request__init(&message)
            message.log_origin = try arena.string(self.logOrigin)
            message.leaf_index = self.leafIndex
            message.tree_size = self.treeSize
            return message
        }
    }

    /// Reads the wire form. Throws ``ExchangeError`` with code `badRequest`.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.GetInclusionProofRequest",
            by: dossier__v1__get_inclusion_proof_request__unpack
        ) {
            Self(
                leafIndex: $0.leaf_index, treeSize: $0.tree_size,
                logOrigin: String(field: $0.log_origin))
        }
    }
}

/// Asks for a consistency proof.
public struct GetConsistencyProofRequest: Hashable, Sendable {
    /// The smaller tree size.
    public var firstSize: UInt64
    /// The larger.
    public var secondSize: UInt64
    /// Origin of the log, one that the node mirrors; empty for its own.
    public var logOrigin: String

    /// A request.
    public init(firstSize: UInt64, secondSize: UInt64, logOrigin: String = "") {
        self.firstSize = firstSize
        self.secondSize = secondSize
        self.logOrigin = logOrigin
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__GetConsistencyProofRequest()
            dossier__v1__get_consistency_proof_request__init(&message)
            message.log_origin = try arena.string(self.logOrigin)
            message.first_size = self.firstSize
            message.second_size = self.secondSize
            return message
        }
    }

    /// Reads the wire form. Throws ``ExchangeError`` with code `badRequest`.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.GetConsistencyProofRequest",
            by: dossier__v1__get_consistency_proof_request__unpack
        ) {
            Self(
                firstSize: $0.first_size, secondSize: $0.second_size,
                logOrigin: String(field: $0.log_origin))
        }
    }
}

/// Asks for the hashes of leaves that follow each other.
public struct GetLeafHashesRequest: Hashable, Sendable {
    /// The most leaves that may be asked for at once.
    public static let maximumCount = 65_536

    /// Index of the first leaf.
    public var firstIndex: UInt64
    /// How many.
    public var count: Int
    /// Origin of the log, one that the node mirrors; empty for its own.
    public var logOrigin: String

    /// A request.
    public init(firstIndex: UInt64, count: Int, logOrigin: String = "") {
        self.firstIndex = firstIndex
        self.count = count
        self.logOrigin = logOrigin
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__GetLeafHashesRequest()
            dossier__v1__get_leaf_hashes_request__init(&message)
            message.log_origin = try arena.string(self.logOrigin)
            message.first_index = self.firstIndex
            message.count = UInt32(clamping: self.count)
            return message
        }
    }

    /// Reads the wire form. Throws ``ExchangeError`` with code `badRequest`.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.GetLeafHashesRequest",
            by: dossier__v1__get_leaf_hashes_request__unpack
        ) {
            Self(
                firstIndex: $0.first_index, count: Int($0.count),
                logOrigin: String(field: $0.log_origin))
        }
    }
}

/// The forms in which the log service answers with hashes alone.
public enum HashList {
    /// The wire form of a `GetInclusionProofResponse`.
    public static func encoded(inclusionProof hashes: [Digest]) throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__GetInclusionProofResponse()
            dossier__v1__get_inclusion_proof_response__init(&message)
            message.proof = try arena.hashes(hashes)
            return message
        }
    }

    /// The wire form of a `GetConsistencyProofResponse`.
    public static func encoded(consistencyProof hashes: [Digest]) throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__GetConsistencyProofResponse()
            dossier__v1__get_consistency_proof_response__init(&message)
            message.proof = try arena.hashes(hashes)
            return message
        }
    }

    /// The wire form of a `GetLeafHashesResponse`.
    public static func encoded(leafHashes hashes: [Digest]) throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__GetLeafHashesResponse()
            dossier__v1__get_leaf_hashes_response__init(&message)
            message.leaf_hashes = try arena.hashes(hashes)
            return message
        }
    }

    /// Reads a `GetInclusionProofResponse`. Throws ``ExchangeError`` with code `badRequest`.
    public static func inclusionProof(decoding bytes: [UInt8]) throws -> [Digest] {
        try unpacked(
            bytes, as: "dossier.v1.GetInclusionProofResponse",
            by: dossier__v1__get_inclusion_proof_response__unpack
        ) { try hashes($0.proof, "proof") }
    }

    /// Reads a `GetConsistencyProofResponse`. Throws ``ExchangeError`` with code `badRequest`.
    public static func consistencyProof(decoding bytes: [UInt8]) throws -> [Digest] {
        try unpacked(
            bytes, as: "dossier.v1.GetConsistencyProofResponse",
            by: dossier__v1__get_consistency_proof_response__unpack
        ) { try hashes($0.proof, "proof") }
    }

    /// Reads a `GetLeafHashesResponse`. Throws ``ExchangeError`` with code `badRequest`.
    public static func leafHashes(decoding bytes: [UInt8]) throws -> [Digest] {
        try unpacked(
            bytes, as: "dossier.v1.GetLeafHashesResponse",
            by: dossier__v1__get_leaf_hashes_response__unpack
        ) { try hashes($0.leaf_hashes, "leaf_hashes") }
    }
}
