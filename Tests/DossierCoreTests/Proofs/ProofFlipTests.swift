import DossierCore
import DossierCrypto
import DossierTestSupport
import Foundation
import MerkleLog
import Testing

/// Something that verifies, in parts of which no bit may be another.
private struct Evidence: Sendable {
    let name: String
    let parts: [[UInt8]]
    let verify: @Sendable (_ parts: [[UInt8]]) throws -> Void

    /// A receipt with a record of it and the log's key.
    init(receipt log: ProofLog, _ name: String) throws {
        self.name = "receipt, \(name)"
        self.parts = [
            Array(try log.receipt().text.utf8), log.batch.records[1],
            Array(log.signer.verifierKey.text.utf8),
        ]
        self.verify = { parts in
            let key = try VerifierKey(String(decoding: parts[2], as: UTF8.self))
            let record = Tree.leafHash(of: parts[1])
            for receipt in try KeptReceipt.receipts(inFile: parts[0]) {
                let verified = try receipt.verify(in: LogIdentity(origin: key.name, key: key))
                _ = try verified.proof(of: record)
            }
        }
    }

    /// A proof, with the log's key as the members file has it.
    init(proof log: ProofLog, _ name: String) throws {
        let key = log.signer.verifierKey.text
        let keyBytes = Array(key.utf8)
        let file = TestMembers(["kr"]).json.replacing(
            try TestLogKey.signer(of: ProofLog.origin).verifierKey.text, with: key)
        let judge = try log.judge()
        let anchors = log.originator.pki.anchors
        self.name = "proof, \(name)"
        self.parts = [Array(try log.proof().text.utf8), keyBytes]
        self.verify = { parts in
            var judge = judge
            if parts[1] != keyBytes {
                let changed = file.replacing(key, with: String(decoding: parts[1], as: UTF8.self))
                judge = RecordJudge(
                    members: try Members(json: Array(changed.utf8)), anchors: anchors)
            }
            _ = try RecordProof(file: parts[0]).verify(with: judge)
        }
    }

    func isAccepted(_ parts: [[UInt8]]) -> Bool { (try? self.verify(parts)) != nil }
}

@Suite("Flipped bits")
struct ProofFlipTests {
    /// One bit of one part of one of the things that verify.
    private struct Flip: Sendable {
        var evidence: Int
        var part: Int
        var bit: Int
    }

    private static let isLong = ProcessInfo.processInfo.environment["DOSSIER_LONG_TESTS"] == "1"

    /// Receipts and proofs, over all algorithms of the log's and the originator's key.
    private static func evidence() throws -> [Evidence] {
        var all: [Evidence] = []
        for logKey in [KeyAlgorithm.ed25519, .ecdsaP256] {
            let key = try PrivateKey.generate(logKey)
            for algorithm in KeyAlgorithm.allCases {
                let originator = try ProofOriginator(algorithm)
                let log = try ProofLog(at: [4, 5, 6], by: originator, logKey: key)
                all.append(
                    try Evidence(proof: log, "\(logKey.rawValue), \(algorithm.rawValue)"))
            }
            for leafIndexes in [[4, 5, 6], [9, 2, 3, 12]] as [[UInt64]] {
                let log = try ProofLog(at: leafIndexes, logKey: key)
                all.append(try Evidence(receipt: log, "\(logKey.rawValue), \(leafIndexes)"))
            }
        }
        let below = try ProofLog(by: ProofOriginator(belowIntermediate: .ecdsaP256))
        return all + [try Evidence(proof: below, "with an intermediate CA")]
    }

    private static func flips(of evidence: [Evidence]) -> [Flip] {
        evidence.enumerated().flatMap { number, evidence in
            evidence.parts.enumerated().flatMap { part, bytes in
                (0..<bytes.count * 8).map { Flip(evidence: number, part: part, bit: $0) }
            }
        }
    }

    @Test("no bit of a receipt, a proof, a record or a log's key can be another")
    func flips() async throws {
        let evidence = try Self.evidence()
        for one in evidence { try one.verify(one.parts) }
        var flips = Self.flips(of: evidence)
        #expect(flips.count >= 100_000)
        if !Self.isLong {
            var generator = SeededGenerator(seed: 6_962)
            flips = Array(flips.shuffled(using: &generator).prefix(15_000))
        }
        let chosen = flips
        let counted = await withTaskGroup(of: Count.self) { group in
            for start in 0..<4 {
                group.addTask { Self.count(chosen, from: start, by: 4, evidence) }
            }
            return await group.reduce(into: Count()) { total, part in
                total.tried += part.tried
                total.accepted += part.accepted
            }
        }
        #expect(counted.tried >= (Self.isLong ? 100_000 : 15_000))
        #expect(counted.accepted == [])
    }

    /// What became of flips.
    private struct Count: Sendable {
        var tried = 0
        var accepted: [String] = []
    }

    private static func count(
        _ flips: [Flip], from start: Int, by step: Int, _ evidence: [Evidence]
    ) -> Count {
        var count = Count()
        for index in stride(from: start, to: flips.count, by: step) {
            let flip = flips[index]
            let one = evidence[flip.evidence]
            var parts = one.parts
            parts[flip.part] = parts[flip.part].flipping(bit: flip.bit)
            if one.isAccepted(parts) {
                count.accepted.append("\(one.name): part \(flip.part), bit \(flip.bit)")
            }
            count.tried += 1
        }
        return count
    }
}
