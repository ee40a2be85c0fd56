internal import CDossierProtos
internal import CProtobufC
internal import DossierCore
public import DossierCrypto

/// What to follow.
public struct FollowRequest: Hashable, Sendable {
    /// Origin of the log.
    public var logOrigin: String
    /// How many leaves the follower has.
    public var position: UInt64
    /// Whether the answer ends at the end of the log.
    public var once: Bool

    /// A request.
    public init(logOrigin: String, position: UInt64, once: Bool = false) {
        self.logOrigin = logOrigin
        self.position = position
        self.once = once
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { try self.message(in: $0) }
    }

    func message(in arena: MessageArena) throws -> Dossier__V1__FollowRequest {
        var message = Dossier__V1__FollowRequest()
        dossier__v1__follow_request__init(&message)
        message.log_origin = try arena.string(self.logOrigin)
        message.position = self.position
        message.once = self.once ? 1 : 0
        return message
    }

    /// Reads the wire form. Throws ``ExchangeError`` with code `badRequest`.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.FollowRequest", by: dossier__v1__follow_request__unpack
        ) { Self($0) }
    }

    init(_ message: Dossier__V1__FollowRequest) {
        self.init(
            logOrigin: String(field: message.log_origin), position: message.position,
            once: message.once != 0)
    }
}

/// Leaves that follow each other, with the checkpoint that proves them. Nothing of it is verified.
public struct FollowResponse: Hashable, Sendable {
    /// The largest wire form, in bytes: a batch of the largest size, with the hashes beside it.
    public static let maximumBytes = 5 * 1_024 * 1_024
    /// Length of a release epoch, in bytes.
    public static let epochBytes = 8

    /// Leaf index of the first leaf, or of the one that is waited for.
    public var firstIndex: UInt64
    /// The leaves, in log order.
    public var runs: [LeafRun]
    /// The log's newest checkpoint, with the consistency proof from the tree that the leaves
    /// complete.
    public var checkpoint: ProvenCheckpoint
    /// Certificates in DER that were not on the stream before.
    public var certificates: [[UInt8]]
    /// Changes when withheld leaves may have been released since.
    public var releaseEpoch: [UInt8]

    /// A message.
    public init(
        firstIndex: UInt64, runs: [LeafRun], checkpoint: ProvenCheckpoint,
        certificates: [[UInt8]], releaseEpoch: [UInt8]
    ) {
        self.firstIndex = firstIndex
        self.runs = runs
        self.checkpoint = checkpoint
        self.certificates = certificates
        self.releaseEpoch = releaseEpoch
    }

    /// Leaf index after the last leaf.
    public var endIndex: UInt64 {
        self.firstIndex &+ UInt64(self.runs.reduce(0) { $0 + $1.count })
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__FollowResponse()
            dossier__v1__follow_response__init(&message)
            message.first_index = self.firstIndex
            message.n_runs = self.runs.count
            message.runs = try arena.messages(self.runs) { try $0.message(in: arena) }
            message.checkpoint = try arena.message(self.checkpoint.message(in: arena))
            message.n_certificate_der = self.certificates.count
            message.certificate_der = try arena.array(self.certificates) { try arena.bytes($0) }
            message.release_epoch = try arena.bytes(self.releaseEpoch)
            return message
        }
    }

    /// Reads the wire form. Throws ``ExchangeError`` with code `badRequest`.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.FollowResponse", by: dossier__v1__follow_response__unpack
        ) { message in
            guard let checkpoint = message.checkpoint else {
                throw ExchangeError.missing("checkpoint")
            }
            return Self(
                firstIndex: message.first_index,
                runs: try messages(message.n_runs, message.runs) { try LeafRun($0) },
                checkpoint: try ProvenCheckpoint(checkpoint.pointee),
                certificates: array(message.n_certificate_der, message.certificate_der) {
                    [UInt8]($0)
                }, releaseEpoch: [UInt8](message.release_epoch))
        }
    }
}

/// Leaves that follow each other: what one batch added to the log, or leaves that are all withheld.
public struct LeafRun: Hashable, Sendable {
    /// The batch; nil if nothing of the run is released to the peer.
    public var batch: FollowedBatch?
    /// With a batch, the records that it added, and an empty one for each that is withheld.
    public var records: [[UInt8]]
    /// The leaf hashes of the leaves that are withheld, in order.
    public var withheldHashes: [Digest]

    /// A run.
    public init(batch: FollowedBatch?, records: [[UInt8]], withheldHashes: [Digest]) {
        self.batch = batch
        self.records = records
        self.withheldHashes = withheldHashes
    }

    /// How many leaves it has.
    public var count: Int { self.batch == nil ? self.withheldHashes.count : self.records.count }

    func message(in arena: MessageArena) throws -> Dossier__V1__LeafRun {
        var message = Dossier__V1__LeafRun()
        dossier__v1__leaf_run__init(&message)
        if let batch { message.batch = try arena.message(batch.message(in: arena)) }
        message.n_records = self.records.count
        message.records = try arena.array(self.records) { try arena.bytes($0) }
        message.withheld_hashes = try arena.hashes(self.withheldHashes)
        return message
    }

    init(_ message: Dossier__V1__LeafRun) throws {
        self.init(
            batch: try message.batch.map { try FollowedBatch($0.pointee) },
            records: array(message.n_records, message.records) { [UInt8]($0) },
            withheldHashes: try hashes(message.withheld_hashes, "runs.withheld_hashes"))
    }
}

/// A batch, as far as a follower cannot tell it from the records.
public struct FollowedBatch: Hashable, Sendable {
    /// As signed.
    public var attestedBatch: [UInt8]
    /// Its signature.
    public var signature: [UInt8]
    /// The certificates, the signing one first, by their numbers in the stream.
    public var certificateNumbers: [UInt32]
    /// Leaf hashes of those records of the batch that it did not add to the log, in order.
    public var knownHashes: [Digest]
    /// A bit for each record of the batch, lowest first: whether it was added to the log. Empty if
    /// all were.
    public var added: [UInt8]

    /// A batch.
    public init(
        attestedBatch: [UInt8], signature: [UInt8], certificateNumbers: [UInt32],
        knownHashes: [Digest] = [], added: [UInt8] = []
    ) {
        self.attestedBatch = attestedBatch
        self.signature = signature
        self.certificateNumbers = certificateNumbers
        self.knownHashes = knownHashes
        self.added = added
    }

    func message(in arena: MessageArena) throws -> Dossier__V1__FollowedBatch {
        var message = Dossier__V1__FollowedBatch()
        dossier__v1__followed_batch__init(&message)
        message.attested_batch = try arena.bytes(self.attestedBatch)
        message.signature = try arena.bytes(self.signature)
        message.n_certificate_numbers = self.certificateNumbers.count
        message.certificate_numbers = try arena.array(self.certificateNumbers) { $0 }
        message.known_hashes = try arena.hashes(self.knownHashes)
        message.added = try arena.bytes(self.added)
        return message
    }

    init(_ message: Dossier__V1__FollowedBatch) throws {
        self.init(
            attestedBatch: [UInt8](message.attested_batch), signature: [UInt8](message.signature),
            certificateNumbers: array(message.n_certificate_numbers, message.certificate_numbers) {
                $0
            }, knownHashes: try hashes(message.known_hashes, "batch.known_hashes"),
            added: [UInt8](message.added))
    }
}
