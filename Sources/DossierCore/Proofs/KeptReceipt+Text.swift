public import MerkleLog

extension KeptReceipt {
    private static let version = "dossier-receipt/v1"

    /// The receipts in a file, one directly after the other.
    ///
    /// Throws ``MerkleLog/VerificationError`` with code `ambiguousForm`, naming line and rule, for
    /// anything but the one form of a receipt.
    public static func receipts(inFile bytes: [UInt8]) throws(VerificationError) -> [KeptReceipt] {
        var reader = LineReader(bytes, of: "receipt")
        var receipts: [KeptReceipt] = []
        repeat { receipts.append(try KeptReceipt(readFrom: &reader)) } while !reader.isAtEnd
        return receipts
    }

    private init(readFrom reader: inout LineReader) throws(VerificationError) {
        try reader.require(Self.version)
        let batch = try reader.fields(2, after: "batch")
        let size = try reader.number(batch[0])
        guard (1...UInt64(Batch.maximumRecords)).contains(size) else {
            throw reader.failure("has a batch of \(size), at most \(Batch.maximumRecords)")
        }
        let root = try reader.digest(batch[1])
        self.leafHashes = try Self.read(while: { _ in true }, atMost: Int(size), &reader) {
            reader throws(VerificationError) in try reader.digest(after: "leaf")
        }
        self.runs = try Self.read(while: { $0.isNext("run ") }, atMost: Int(size), &reader) {
            reader throws(VerificationError) in try Self.run(&reader)
        }
        self.ranges = try Self.read(
            while: { $0.isNext("range ") }, atMost: Batch.maximumRanges, &reader
        ) { reader throws(VerificationError) in try Self.range(&reader) }
        try reader.require("")
        self.checkpoint = try reader.bareNote()
        guard self.batchRoot == root else {
            throw VerificationError(
                code: .wrongLeaf, message: "the receipt's leaves do not make its batch root")
        }
    }

    private static func read<Element>(
        while isNext: (LineReader) -> Bool, atMost count: Int, _ reader: inout LineReader,
        _ read: (inout LineReader) throws(VerificationError) -> Element
    ) throws(VerificationError) -> [Element] {
        var elements: [Element] = []
        while elements.count < count, isNext(reader) { elements.append(try read(&reader)) }
        return elements
    }

    private static func run(
        _ reader: inout LineReader
    ) throws(VerificationError) -> BatchRun {
        let fields = try reader.fields(3, after: "run")
        return BatchRun(
            offset: try Self.count(fields[0], reader), firstIndex: try reader.number(fields[1]),
            count: try Self.count(fields[2], reader))
    }

    private static func range(
        _ reader: inout LineReader
    ) throws(VerificationError) -> ProvenRange {
        let fields = try reader.fields(2, after: "range")
        return ProvenRange(
            firstIndex: try reader.number(fields[0]), count: try Self.count(fields[1], reader),
            proof: try reader.digests(until: "range "))
    }

    private static func count(
        _ field: String, _ reader: LineReader
    ) throws(VerificationError) -> Int {
        let number = try reader.number(field)
        guard number <= UInt64(Batch.maximumRecords) else {
            throw reader.failure("has \(number) where at most \(Batch.maximumRecords) can be")
        }
        return Int(number)
    }

    /// The file.
    public var text: String {
        var lines = [Self.version, "batch \(self.leafHashes.count) \(self.batchRoot.base64)"]
        lines += self.leafHashes.map { "leaf \($0.base64)" }
        lines += self.runs.map { "run \($0.offset) \($0.firstIndex) \($0.count)" }
        for range in self.ranges {
            lines.append("range \(range.firstIndex) \(range.count)")
            lines += range.proof.map(\.base64)
        }
        let head = lines.map { "\($0)\n" }.joined()
        return "\(head)\n\(String(decoding: self.checkpoint, as: UTF8.self))"
    }
}
