internal import CDossierProtos
internal import CProtobufC
public import DossierCore
public import DossierCrypto
import MerkleLog

/// Which record to get.
public struct GetRequest: Hashable, Sendable {
    /// What names a record.
    public enum Selector: Hashable, Sendable {
        /// Record id: 64 lower-case hex digits or a unique prefix of at least 8.
        case recordID(String)
        /// Finding; version 0 is what default answers show.
        case finding(originator: String, reference: String, version: UInt32)
    }

    /// The record's name.
    public var selector: Selector
    /// Size of a tree of the node's own log that the client has verified; 0 for none.
    public var knownSize: UInt64
    /// The same for logs that the node may mirror.
    public var knownTrees: [KnownTree]

    /// A request.
    public init(_ selector: Selector, knownSize: UInt64 = 0, knownTrees: [KnownTree] = []) {
        self.selector = selector
        self.knownSize = knownSize
        self.knownTrees = knownTrees
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__GetRequest()
            dossier__v1__get_request__init(&message)
            message.known_size = self.knownSize
            message.n_known_trees = self.knownTrees.count
            message.known_trees = try arena.messages(self.knownTrees) {
                try $0.message(in: arena)
            }
            switch self.selector {
            case .recordID(let id):
                message.selector_case = DOSSIER__V1__GET_REQUEST__SELECTOR_RECORD_ID
                message.record_id = try arena.string(id)
            case .finding(let originator, let reference, let version):
                var finding = Dossier__V1__FindingSelector()
                dossier__v1__finding_selector__init(&finding)
                finding.originator = try arena.string(originator)
                finding.reference = try arena.string(reference)
                finding.version = version
                message.selector_case = DOSSIER__V1__GET_REQUEST__SELECTOR_FINDING
                message.finding = try arena.message(finding)
            }
            return message
        }
    }

    /// Reads the wire form.
    ///
    /// - Throws: ``ExchangeError`` with code `badRequest` and what was found wrong.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.GetRequest", by: dossier__v1__get_request__unpack
        ) { message in
            Self(
                try Self.selector(of: message), knownSize: message.known_size,
                knownTrees: messages(message.n_known_trees, message.known_trees) { KnownTree($0) })
        }
    }

    private static func selector(of message: Dossier__V1__GetRequest) throws -> Selector {
        switch message.selector_case {
        case DOSSIER__V1__GET_REQUEST__SELECTOR_RECORD_ID:
            return .recordID(String(field: message.record_id))
        case DOSSIER__V1__GET_REQUEST__SELECTOR_FINDING:
            let finding = message.finding.pointee
            return .finding(
                originator: String(field: finding.originator),
                reference: String(field: finding.reference), version: finding.version)
        default:
            throw ExchangeError.missing("selector", "set record_id or finding")
        }
    }
}

/// A record as the log holds it.
public struct LoggedRecord: Hashable, Sendable {
    /// The exact bytes that the originator signed.
    public var record: [UInt8]
    /// Leaf index in the log.
    public var leafIndex: UInt64
    /// Position in the batch it was signed in.
    public var positionInBatch: Int
    /// Sibling hashes from the leaf to the batch root, 32 bytes each, one after the other.
    public var batchPath: [UInt8]
    /// Which attestation of a page is its batch's.
    public var attestationIndex: Int
    /// To the originator itself: why nobody else is given the record; empty if others are.
    public var withheldReason: String
    /// What the record is within its finding.
    public var standing: Standing

    /// A record.
    public init(
        record: [UInt8], leafIndex: UInt64, positionInBatch: Int, batchPath: [UInt8],
        attestationIndex: Int = 0, withheldReason: String = "",
        standing: Standing = .unspecified
    ) {
        self.standing = standing
        self.record = record
        self.leafIndex = leafIndex
        self.positionInBatch = positionInBatch
        self.batchPath = batchPath
        self.attestationIndex = attestationIndex
        self.withheldReason = withheldReason
    }

    func message(in arena: MessageArena) throws -> Dossier__V1__LoggedRecord {
        var position = Dossier__V1__BatchPosition()
        dossier__v1__batch_position__init(&position)
        position.index = UInt32(clamping: self.positionInBatch)
        position.path = try arena.bytes(self.batchPath)
        var message = Dossier__V1__LoggedRecord()
        dossier__v1__logged_record__init(&message)
        message.record = try arena.bytes(self.record)
        message.leaf_index = self.leafIndex
        message.position = try arena.message(position)
        message.attestation_index = UInt32(clamping: self.attestationIndex)
        message.standing = Dossier__V1__Standing(rawValue: .init(self.standing.rawValue))
        if !self.withheldReason.isEmpty {
            message.withheld_reason = try arena.string(self.withheldReason)
        }
        return message
    }

    init(_ message: Dossier__V1__LoggedRecord) throws {
        guard let position = message.position?.pointee else {
            throw ExchangeError.missing("record.position")
        }
        self.init(
            record: [UInt8](message.record), leafIndex: message.leaf_index,
            positionInBatch: Int(position.index), batchPath: [UInt8](position.path),
            attestationIndex: Int(message.attestation_index),
            withheldReason: String(field: message.withheld_reason),
            standing: Standing(rawValue: UInt32(message.standing.rawValue)) ?? .unspecified)
    }
}

extension LoggedRecord {
    /// The sibling hashes from the leaf to the batch root.
    ///
    /// Throws `wrongProof` when the last one is cut short.
    public var pathToBatchRoot: [Digest] {
        get throws(VerificationError) {
            guard let path = Digest.list(self.batchPath) else {
                throw VerificationError(code: .wrongProof, message: "a path ends within a hash")
            }
            return path
        }
    }
}

/// A record, with the attestation of its batch.
public struct GetResponse: Hashable, Sendable {
    /// Origin of the log the record is in.
    public var logOrigin: String
    /// The record.
    public var record: LoggedRecord
    /// The attestation of its batch.
    public var attestation: Attestation
    /// A checkpoint of the log.
    public var checkpoint: ProvenCheckpoint
    /// Inclusion proof of the record in the tree of the checkpoint.
    public var inclusionProof: [Digest]
    /// When the node last heard of the log from the log's own node.
    public var contact: DirectContact

    /// An answer.
    public init(
        logOrigin: String, record: LoggedRecord, attestation: Attestation,
        checkpoint: ProvenCheckpoint, inclusionProof: [Digest],
        contact: DirectContact = DirectContact()
    ) {
        self.contact = contact
        self.logOrigin = logOrigin
        self.record = record
        self.attestation = attestation
        self.checkpoint = checkpoint
        self.inclusionProof = inclusionProof
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__GetResponse()
            dossier__v1__get_response__init(&message)
            message.log_origin = try arena.string(self.logOrigin)
            message.record = try arena.message(self.record.message(in: arena))
            message.attestation = try arena.message(self.attestation.message(in: arena))
            message.checkpoint = try arena.message(self.checkpoint.message(in: arena))
            message.inclusion_proof = try arena.hashes(self.inclusionProof)
            message.heard_at = try arena.string(self.contact.heardAt)
            message.stale = self.contact.isStale ? 1 : 0
            return message
        }
    }

    /// Reads the wire form.
    ///
    /// - Throws: ``ExchangeError`` with code `badRequest` for malformed bytes.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.GetResponse", by: dossier__v1__get_response__unpack
        ) { message in
            guard let record = message.record, let attestation = message.attestation,
                let checkpoint = message.checkpoint
            else { throw ExchangeError.missing("record, attestation, checkpoint") }
            return Self(
                logOrigin: String(field: message.log_origin),
                record: try LoggedRecord(record.pointee),
                attestation: Attestation(attestation.pointee),
                checkpoint: try ProvenCheckpoint(checkpoint.pointee),
                inclusionProof: try hashes(message.inclusion_proof, "inclusion_proof"),
                contact: DirectContact(
                    heardAt: String(field: message.heard_at), isStale: message.stale != 0))
        }
    }
}
