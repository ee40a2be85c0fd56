import DossierCrypto
import Foundation
import MerkleLog
import Testing

// What other programs must agree with: digests of all proofs of all small trees, and range proofs
// as published for those who write clients.
@Suite("Proof fixtures")
struct ProofFixtureTests {
    private static let tree = TestTree(size: 1_024)

    /// Sizes above this one are taken in steps, unless the long tests are asked for.
    private static let denseSize = 128
    private static var step: Int {
        ProcessInfo.processInfo.environment["DOSSIER_LONG_TESTS"] == nil ? 89 : 1
    }

    @Test("all proofs of each size have the digest that is on file")
    func digests() throws {
        let url = try #require(
            Bundle.module.url(forResource: "Fixtures/proof-digests", withExtension: "txt"))
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2 * 1_024 + 128)
        for line in lines {
            let words = line.split(separator: " ")
            let size = try #require(Int(words[1]))
            guard size <= Self.denseSize || (1_024 - size).isMultiple(of: Self.step) else {
                continue
            }
            let digest = try self.digest(ofAll: String(words[0]), size)
            #expect(digest.hexadecimal == words[2], "\(words[0]) \(size)")
        }
    }

    private func digest(ofAll kind: String, _ size: Int) throws -> Digest {
        let hasher = SHA256.Hasher()
        func add(_ proof: [Digest]) {
            for hash in proof { hash.withUnsafeBytes { hasher.update($0) } }
        }
        switch kind {
        case "inclusion":
            for index in 0..<size { add(try Self.tree.inclusion(index, size)) }
        case "consistency":
            for first in 1...size { add(try Self.tree.consistency(first, size)) }
        case _:
            try #require(kind == "range")
            for first in 0..<size {
                for end in first + 1...size { add(try Self.tree.range(first..<end, size)) }
            }
        }
        return hasher.finish()
    }

    @Test("the published range proofs come out and verify")
    func publishedVectors() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "Protos/vectors/range-proofs.json"))
        let vectors = try JSONDecoder().decode(RangeVectors.self, from: data).vectors
        #expect(vectors.count == 160)
        for vector in vectors {
            let range = vector.first..<vector.end
            let proof = try vector.proof.map { try #require(Digest(hexadecimal: $0)) }
            let head = TreeHead(
                size: UInt64(vector.size), root: try #require(Digest(hexadecimal: vector.root)))
            #expect(try Self.tree.range(range, vector.size) == proof)
            try Tree.verifyRange(
                Array(Self.tree.leaves[range]), from: UInt64(vector.first), in: head, proof: proof)
        }
    }
}

private struct RangeVectors: Decodable {
    struct Vector: Decodable {
        let size: Int
        let first: Int
        let end: Int
        let root: String
        let proof: [String]
    }

    let vectors: [Vector]
}
