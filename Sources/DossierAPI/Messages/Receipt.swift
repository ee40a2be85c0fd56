internal import CDossierProtos
internal import CProtobufC
public import DossierCrypto

/// A node's answer to a batch: its records are in the log, durably.
public struct Receipt: Hashable, Sendable {
    /// Origin of the log.
    public var logOrigin: String
    /// Root of the batch, as signed.
    public var batchRoot: Digest
    /// Number of records in the batch.
    public var batchSize: Int
    /// Where the records are in the log: runs that cover the batch, in order.
    public var runs: [Run]
    /// How many records this submission added; the others were in the log before.
    public var appended: Int
    /// Size of the log when the receipt was given, in leaves.
    public var logSize: UInt64

    /// Records that are neighbours both in the batch and in the log.
    public struct Run: Hashable, Sendable {
        /// Position of the first of them in the batch.
        public var offset: Int
        /// Leaf index of the first of them.
        public var firstIndex: UInt64
        /// How many.
        public var count: Int

        /// A run of records.
        public init(offset: Int, firstIndex: UInt64, count: Int) {
            self.offset = offset
            self.firstIndex = firstIndex
            self.count = count
        }
    }

    /// A receipt.
    public init(
        logOrigin: String, batchRoot: Digest, batchSize: Int, runs: [Run], appended: Int,
        logSize: UInt64
    ) {
        self.logOrigin = logOrigin
        self.batchRoot = batchRoot
        self.batchSize = batchSize
        self.runs = runs
        self.appended = appended
        self.logSize = logSize
    }

    /// Checks that the receipt is for a batch: its root and size, with runs that cover it.
    ///
    /// - Throws: ``ExchangeError`` with code `unverifiable`.
    public func verify(batchRoot: Digest, size: Int, logOrigin: String) throws {
        guard self.logOrigin == logOrigin else {
            throw ExchangeError.unverifiable(
                "receipt is of log \(self.logOrigin), expected \(logOrigin)")
        }
        guard self.batchRoot == batchRoot, self.batchSize == size else {
            throw ExchangeError.unverifiable("receipt is for another batch")
        }
        var covered = 0
        for run in self.runs {
            guard run.offset == covered, run.count > 0,
                run.firstIndex < self.logSize,
                UInt64(run.count) <= self.logSize - run.firstIndex
            else {
                throw ExchangeError.unverifiable("receipt's runs do not cover the batch in order")
            }
            covered += run.count
        }
        guard covered == size, (0...size).contains(self.appended) else {
            throw ExchangeError.unverifiable("receipt covers \(covered) records, expected \(size)")
        }
    }

    /// Leaf index of the record at a position of the batch; nil when no run covers it.
    public func leafIndex(at position: Int) -> UInt64? {
        self.runs.first { ($0.offset..<$0.offset + $0.count).contains(position) }
            .map { $0.firstIndex + UInt64(position - $0.offset) }
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
        return message
    }

    init(_ message: Dossier__V1__Receipt) throws {
        guard let root = Digest([UInt8](message.batch_root)) else {
            throw ExchangeError.unverifiable(
                "receipt's batch root has \(message.batch_root.len) bytes, expected 32")
        }
        self.init(
            logOrigin: String(field: message.log_origin), batchRoot: root,
            batchSize: Int(message.batch_size),
            runs: messages(message.n_runs, message.runs) {
                Run(offset: Int($0.offset), firstIndex: $0.first_index, count: Int($0.count))
            },
            appended: Int(message.appended), logSize: message.log_size)
    }
}

extension ExchangeError {
    /// An answer that does not check.
    public static func unverifiable(_ message: String) -> ExchangeError {
        ExchangeError(code: .unverifiable, message: message)
    }
}
