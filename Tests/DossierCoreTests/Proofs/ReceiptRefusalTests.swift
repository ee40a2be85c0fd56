import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Receipts that do not check")
struct ReceiptRefusalTests {
    private let log: ProofLog
    private let receipt: KeptReceipt

    init() throws {
        self.log = try ProofLog(at: [7, 8, 5, 6, 0])
        self.receipt = try self.log.receipt()
        try self.receipt.verify(in: self.log.identity)
    }

    private func expectRefusal(
        _ code: VerificationError.Code, _ receipt: KeptReceipt, _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        DossierCoreTests.expectRefusal(code, comment, sourceLocation: sourceLocation) {
            try receipt.verify(in: self.log.identity)
        }
    }

    @Test("a checkpoint that is not the log's is refused, each for its reason")
    func checkpoints() throws {
        let note = self.receipt.checkpoint
        let stranger = try NoteSigner(name: ProofLog.origin, privateKey: .generate(.ed25519))
        let other = try TestLogKey.signer(of: TestMembers.logOrigin("us"))
        let notes: [(VerificationError.Code, [UInt8])] = [
            (.wrongSignature, FalseNote.tampered(note, "\n13\n", "\n14\n")),
            (.unknownKey, try self.log.checkpoint(by: stranger)),
            (.wrongOrigin, try self.log.checkpoint(by: other)),
            (.ambiguousForm, FalseNote.tampered(note, "\n13\n", "\n013\n")),
            (.ambiguousForm, note + [UInt8(ascii: "\n")]), (.ambiguousForm, []),
        ]
        for (code, note) in notes { self.expectRefusal(code, self.receipt.with(checkpoint: note)) }
    }

    @Test("a log whose key is not known proves nothing")
    func noKey() {
        let unknown = LogIdentity(origin: ProofLog.origin, key: nil)
        DossierCoreTests.expectRefusal(.unknownKey) { try self.receipt.verify(in: unknown) }
    }

    @Test("leaves, hashes and roots that were exchanged lead to another root")
    func roots() throws {
        let leaves = self.receipt.leafHashes
        self.expectRefusal(
            .wrongRoot, self.receipt.with(leafHashes: [leaves[1], leaves[0]] + leaves[2...]))
        self.expectRefusal(.wrongRoot, self.receipt.with(leafHashes: leaves.altered))
        let proof = self.receipt.ranges[0].proof
        self.expectRefusal(.wrongRoot, self.receipt.with(firstProof: proof.altered))
        self.expectRefusal(.wrongRoot, self.receipt.with(firstProof: proof.reversed()))
        let other = TreeHead(size: self.log.size, root: Digest.stranger)
        self.expectRefusal(
            .wrongRoot, self.receipt.with(checkpoint: try self.log.signer.sign(other).bytes))
    }

    @Test("a range proof has as many hashes as it must have")
    func lengths() {
        let proof = self.receipt.ranges[0].proof
        for changed in [proof.lengthened, proof.shortened, []] {
            self.expectRefusal(.wrongProof, self.receipt.with(firstProof: changed))
        }
    }

    @Test("runs must cover the batch in order, once and to its end, however they are numbered")
    func coverage() {
        let runs = self.receipt.runs
        var later = runs
        later[1].offset = 3
        var longer = runs
        longer[2].count = 2
        var empty = runs
        empty.append(BatchRun(offset: 5, firstIndex: 1, count: 0))
        let further = runs + [BatchRun(offset: 5, firstIndex: 1, count: 1)]
        let negative = runs + [BatchRun(offset: 5, firstIndex: 1, count: -1)]
        for changed in [
            [], runs.dropLast(), Array(runs.dropFirst()), [runs[0], runs[2]], runs.reversed(),
            later, longer, empty, further, negative, runs + [runs[2]],
        ] {
            self.expectRefusal(
                .sizeMismatch, self.receipt.with(runs: changed), "\(changed)")
        }
        var all = runs
        all[0].count = .max
        self.expectRefusal(.sizeMismatch, self.receipt.with(runs: all))
    }

    @Test("a batch of nothing proves nothing")
    func nothing() {
        for runs in [[], [BatchRun(offset: 0, firstIndex: 0, count: 1)]] {
            self.expectRefusal(
                .sizeMismatch, self.receipt.with(leafHashes: [], runs: runs, ranges: []))
        }
    }

    @Test("no two records of a batch can be one leaf: what the second claims was not proven")
    func overlap() throws {
        // The third record was never logged, and is said to be where the second is.
        let log = try ProofLog(at: [4, 5])
        let ghost = Tree.leafHash(of: try TestRecord("GHOST").encoded)
        let receipt = KeptReceipt(
            leafHashes: log.batch.leafHashes + [ghost],
            runs: [
                BatchRun(offset: 0, firstIndex: 4, count: 2),
                BatchRun(offset: 2, firstIndex: 5, count: 1),
            ], ranges: [log.range(4..<6)], checkpoint: try log.checkpoint())
        DossierCoreTests.expectRefusal(.sizeMismatch) { try receipt.verify(in: log.identity) }
    }

    @Test("runs that could be one are refused, although all of it is true")
    func splitRuns() {
        let runs = [
            BatchRun(offset: 0, firstIndex: 7, count: 1),
            BatchRun(offset: 1, firstIndex: 8, count: 1),
        ]
        self.expectRefusal(
            .ambiguousForm, self.receipt.with(runs: runs + self.receipt.runs.dropFirst()))
    }

    @Test("ranges are those of the runs: none touch, none is missing, none too many")
    func ranges() {
        let ranges = self.receipt.ranges
        let split = [ranges[0], self.log.range(5..<7), self.log.range(7..<9)]
        let empty = ProvenRange(firstIndex: 9, count: 0, proof: [])
        for changed in [
            split, [], ranges.dropLast(), Array(ranges.dropFirst()), ranges.reversed(),
            ranges + [self.log.range(11..<13)], ranges + [empty], [ranges[0], ranges[0]],
            [ranges[0], self.log.range(5..<10)], [ranges[0], self.log.range(4..<9)],
        ] {
            self.expectRefusal(.wrongIndex, self.receipt.with(ranges: changed), "\(changed)")
        }
    }

    @Test("places past the tree are refused, also those that no number can hold")
    func places() {
        for firstIndex in [9, 12, 13, 1 << 62, UInt64(Int64.max), .max - 1, .max] {
            var runs = self.receipt.runs
            runs[2].firstIndex = firstIndex
            var ranges = self.receipt.ranges
            ranges[0].firstIndex = firstIndex
            let code: VerificationError.Code = .wrongIndex
            self.expectRefusal(code, self.receipt.with(ranges: ranges))
            runs[2].firstIndex = max(firstIndex, 13)
            self.expectRefusal(code, self.receipt.with(runs: runs, ranges: ranges))
        }
        var ranges = self.receipt.ranges
        ranges[1].count = .max
        self.expectRefusal(.wrongIndex, self.receipt.with(ranges: ranges))
    }
}
