internal import CDossierProtos
internal import CProtobufC
public import DossierCore
public import DossierCrypto

/// A node's answer to a batch as it travels: its records are in the log, durably. Nothing of it is
/// verified.
public struct Receipt: Hashable, Sendable {
    /// Origin of the log.
    public var logOrigin: String
    /// Root of the batch, as signed.
    public var batchRoot: Digest
    /// Number of records in the batch.
    public var batchSize: Int
    /// Where the records are in the log: runs that cover the batch, in order.
    public var runs: [BatchRun]
    /// How many records this submission added; the others were in the log before.
    public var appended: Int
    /// Size of the log when the receipt was given, in leaves.
    public var logSize: UInt64
    /// The checkpoint under which the records are proven.
    public var checkpoint: ProvenCheckpoint
    /// The leaves of the runs as ranges of the log, each proven in the tree of the checkpoint.
    public var ranges: [ProvenRange]

    /// A receipt.
    public init(
        logOrigin: String, batchRoot: Digest, batchSize: Int, runs: [BatchRun], appended: Int,
        logSize: UInt64, checkpoint: ProvenCheckpoint, ranges: [ProvenRange]
    ) {
        self.logOrigin = logOrigin
        self.batchRoot = batchRoot
        self.batchSize = batchSize
        self.runs = runs
        self.appended = appended
        self.logSize = logSize
        self.checkpoint = checkpoint
        self.ranges = ranges
    }

    func message(in arena: MessageArena) throws -> Dossier__V1__Receipt {
        var message = Dossier__V1__Receipt()
        dossier__v1__receipt__init(&message)
        message.log_origin = try arena.string(self.logOrigin)
        message.batch_root = try arena.bytes(self.batchRoot.bytes)
        message.batch_size = UInt32(clamping: self.batchSize)
        message.n_runs = self.runs.count
        message.runs = try arena.messages(self.runs) { run in
            var message = Dossier__V1__Run()
            dossier__v1__run__init(&message)
            message.offset = UInt32(clamping: run.offset)
            message.first_index = run.firstIndex
            message.count = UInt32(clamping: run.count)
            return message
        }
        message.appended = UInt32(clamping: self.appended)
        message.log_size = self.logSize
        message.checkpoint = try arena.message(self.checkpoint.message(in: arena))
        message.n_ranges = self.ranges.count
        message.ranges = try arena.messages(self.ranges) { try $0.message(in: arena) }
        return message
    }

    init(_ message: Dossier__V1__Receipt) throws {
        guard let root = Digest([UInt8](message.batch_root)) else {
            throw ExchangeError(
                code: .badRequest,
                message: "receipt's batch root has \(message.batch_root.len) bytes, expected 32")
        }
        guard let checkpoint = message.checkpoint else { throw ExchangeError.missing("checkpoint") }
        self.init(
            logOrigin: String(field: message.log_origin), batchRoot: root,
            batchSize: Int(message.batch_size),
            runs: messages(message.n_runs, message.runs) {
                BatchRun(offset: Int($0.offset), firstIndex: $0.first_index, count: Int($0.count))
            },
            appended: Int(message.appended), logSize: message.log_size,
            checkpoint: try ProvenCheckpoint(checkpoint.pointee),
            ranges: try messages(message.n_ranges, message.ranges) { try ProvenRange($0) })
    }
}
