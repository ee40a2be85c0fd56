import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Receipts that are kept")
struct KeptReceiptTests {
    /// Expects a receipt to verify, and to prove each record where the log has it.
    private func expectProven(
        _ log: ProofLog, _ receipt: KeptReceipt, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let verified = try receipt.verify(in: log.identity)
        for (position, leafIndex) in log.leafIndexes.enumerated() {
            let record = log.batch.leafHashes[position]
            let proof = try verified.proof(of: record)
            #expect(proof.leafIndex == leafIndex, sourceLocation: sourceLocation)
            #expect(proof.path == log.path(leafIndex), sourceLocation: sourceLocation)
            try proof.verify(leaf: record, with: log.signer.verifierKey)
        }
    }

    @Test("a batch that was logged whole is one run and one range, wherever it stands")
    func whole() throws {
        for size in 1...9 {
            for count in 1...size {
                let first = (size - count) / 2
                let log = try ProofLog(
                    size: size, at: (first..<first + count).map { UInt64($0) })
                let receipt = try log.receipt()
                #expect(receipt.runs.count == 1 && receipt.ranges.count == 1)
                try self.expectProven(log, receipt)
            }
        }
    }

    @Test("of a batch that was known in part, runs keep its order, ranges the log's")
    func runs() throws {
        let log = try ProofLog(at: [7, 8, 5, 6, 0, 12])
        let receipt = try log.receipt()

        #expect(
            receipt.runs == [
                BatchRun(offset: 0, firstIndex: 7, count: 2),
                BatchRun(offset: 2, firstIndex: 5, count: 2),
                BatchRun(offset: 4, firstIndex: 0, count: 1),
                BatchRun(offset: 5, firstIndex: 12, count: 1),
            ])
        #expect(receipt.ranges.map(\.firstIndex) == [0, 5, 12])
        #expect(receipt.ranges.map(\.count) == [1, 4, 1])
        #expect(receipt.batchRoot == log.batch.root)
        try self.expectProven(log, receipt)
    }

    @Test("however four records are scattered over six leaves, each is proven where it is")
    func scattered() throws {
        var places: [[UInt64]] = [[]]
        for _ in 0..<4 {
            places = places.flatMap { place in
                (0..<6).filter { !place.contains($0) }.map { place + [$0] }
            }
        }
        #expect(places.count == 360)
        let originator = try ProofOriginator()
        for leafIndexes in places {
            let log = try ProofLog(size: 6, at: leafIndexes, by: originator)
            let receipt = try log.receipt()
            try self.expectProven(log, receipt)
            #expect(try KeptReceipt.receipts(inFile: Array(receipt.text.utf8)) == [receipt])
        }
    }

    @Test("the file is written as specified")
    func form() throws {
        let log = try ProofLog(size: 3, at: [2, 0])
        let (leaves, receipt) = (log.batch.leafHashes, try log.receipt())
        let expected = """
            dossier-receipt/v1
            batch 2 \(log.batch.root.base64)
            leaf \(leaves[0].base64)
            leaf \(leaves[1].base64)
            run 0 2 1
            run 1 0 1
            range 0 1
            \(log.leaves[1].base64)
            \(log.leaves[2].base64)
            range 2 1
            \(TreeOracle.root(log.leaves[0..<2]).base64)

            msmt.example/dossier/kr/1
            3
            \(log.head.root.base64)

            \u{2014} msmt.example/dossier/kr/1 
            """
        #expect(receipt.text.hasPrefix(expected))
        #expect(receipt.text.hasSuffix(String(decoding: receipt.checkpoint, as: UTF8.self)))
    }

    @Test("receipts that follow each other in a file are read back, byte for byte")
    func several() throws {
        let originator = try ProofOriginator()
        let logs = try [[0, 1, 2], [9, 3], [12]].map { try ProofLog(at: $0, by: originator) }
        let receipts = try logs.map { try $0.receipt() }
        let text = receipts.map(\.text).joined()

        let back = try KeptReceipt.receipts(inFile: Array(text.utf8))

        #expect(back == receipts)
        #expect(back.map(\.text).joined() == text)
        for (log, receipt) in zip(logs, back) { try self.expectProven(log, receipt) }
    }

    @Test("a receipt has no proof of a record that it does not speak of")
    func stranger() throws {
        let log = try ProofLog()
        let verified = try log.receipt().verify(in: log.identity)
        expectRefusal(.wrongLeaf) { _ = try verified.proof(of: Digest.stranger) }
        expectRefusal(.wrongLeaf) { _ = try verified.proof(of: log.leaves[0]) }
    }

    @Test("as many ranges as a node may answer with are read, one more is not")
    func manyRanges() throws {
        let originator = try ProofOriginator()
        for (count, isGood) in [(Batch.maximumRanges, true), (Batch.maximumRanges + 1, false)] {
            let log = try ProofLog(
                size: 2 * count, at: (0..<count).map { UInt64(2 * $0) }, by: originator)
            let file = Array(try log.receipt().text.utf8)
            if isGood {
                try #require(KeptReceipt.receipts(inFile: file).first).verify(in: log.identity)
            } else {
                expectRefusal(.ambiguousForm) { _ = try KeptReceipt.receipts(inFile: file) }
            }
        }
    }
}
