import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Files of receipts")
struct ReceiptFileTests {
    private let log: ProofLog
    private let text: String

    init() throws {
        self.log = try ProofLog(at: [7, 8, 5])
        self.text = try self.log.receipt().text
    }

    private func expectRefusal(
        _ code: VerificationError.Code, _ text: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        DossierCoreTests.expectRefusal(code, "\(text)", sourceLocation: sourceLocation) {
            _ = try KeptReceipt.receipts(inFile: Array(text.utf8))
        }
    }

    @Test(
        "a value in another spelling, out of bounds or misplaced is refused",
        arguments: [
            ("receipt/v1", "receipt/v2"), ("dossier-receipt/v1", ""), ("dossier-", " dossier-"),
            ("batch 3 ", "batch 03 "), ("batch 3 ", "batch +3 "), ("batch 3 ", "batch 0 "),
            ("batch 3 ", "batch 10001 "), ("batch 3 ", "batch 18446744073709551616 "),
            ("batch 3 ", "batch 2 "), ("batch 3 ", "batch 4 "), ("batch 3 ", "batch  3 "),
            ("leaf ", "leaf"), ("leaf ", "Leaf "), ("leaf ", "leaf  "), ("=\nleaf", "\nleaf"),
            ("run 0 7 2", "run 0 7 2 "), ("run 0 7 2", "run 00 7 2"), ("run 0 7 2", "run -0 7 2"),
            ("run 0 7 2", "run 0 7"), ("run 0 7 2", "run 0 7 2 1"), ("run 0 7 2", "run 0 7 10001"),
            ("run 0 7 2", "run 0 18446744073709551616 2"), ("run 0 7 2", "run 10001 7 2"),
            ("run 0 7 2\n", "run 0 7 2\n\n"), ("range 7 2", "range 7  2"),
            ("range 7 2", "range 7 02"), ("range 7 2", "range 7 10001"), ("range 7 2", "range 7"),
            ("range 7 2", "range 18446744073709551616 2"), ("range 7 2\n", "range 7 2\n\n"),
            ("range 7 2\n", "range 7 2\nAAAA\n"), ("\n\nmsmt", "\nmsmt"),
            ("\n\nmsmt", "\n\n\nmsmt"),
            ("\n", "\r\n"),
        ])
    func spelling(old: String, new: String) throws {
        let place = try #require(self.text.firstRange(of: old))
        self.expectRefusal(.ambiguousForm, self.text.replacingCharacters(place, new))
    }

    @Test("leaves that do not make the batch's root are refused as they are read")
    func leaves() throws {
        let other = Digest.stranger.base64
        self.expectRefusal(
            .wrongLeaf, self.text.replacing(self.log.batch.leafHashes[1].base64, with: other))
        self.expectRefusal(
            .wrongLeaf, self.text.replacing(self.log.batch.root.base64, with: other))
    }

    @Test("nothing may stand before, between or behind receipts, and no second signature in them")
    func additions() throws {
        for text in ["", "\n", self.text + "\n", "\n" + self.text, self.text + "\n" + self.text] {
            self.expectRefusal(.ambiguousForm, text)
        }
        let receipt = try self.log.receipt()
        let cosigned = receipt.with(checkpoint: try FalseNote.cosigned(receipt.checkpoint))
        try cosigned.verify(in: self.log.identity)
        self.expectRefusal(.ambiguousForm, cosigned.text)
    }

    @Test("a file cannot be cut anywhere, and no line left out, doubled or exchanged")
    func lines() throws {
        let bytes = Array(self.text.utf8)
        for count in 0..<bytes.count {
            self.expectRefusal(
                .ambiguousForm, String(decoding: bytes.prefix(count), as: UTF8.self))
        }
        let lines = self.text.split(separator: "\n", omittingEmptySubsequences: false)
        for index in lines.indices.dropLast() {
            var (fewer, more, moved) = (lines, lines, lines)
            fewer.remove(at: index)
            more.insert(lines[index], at: index)
            moved.swapAt(index, index + 1)
            for changed in [fewer, more, moved] where changed != lines {
                DossierCoreTests.expectRefusal {
                    let file = Array(changed.joined(separator: "\n").utf8)
                    for receipt in try KeptReceipt.receipts(inFile: file) {
                        try receipt.verify(in: self.log.identity)
                    }
                }
            }
        }
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<String.Index>, _ new: String) -> String {
        self[..<range.lowerBound] + new + self[range.upperBound...]
    }
}
