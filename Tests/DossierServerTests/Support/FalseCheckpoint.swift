import DossierAPI
import DossierCrypto
import DossierTestSupport
import MerkleLog

/// A way in which a node may lie about its log, and what its reader must say to it.
struct FalseCheckpoint: Sendable, CustomStringConvertible {
    /// What the liar has at hand: what the reader knows, and what it once showed.
    struct Context: Sendable {
        var known: SignedCheckpoint
        var earlier: SignedCheckpoint
    }

    let description: String
    let code: VerificationError.Code
    let change: @Sendable (inout ProvenCheckpoint, Context) throws -> Void

    static let all: [FalseCheckpoint] = [
        FalseCheckpoint(description: "changed after signing", code: .wrongSignature) { proven, _ in
            proven.checkpoint = Self.line(2, of: proven.checkpoint, Digest.stranger.base64)
        },
        FalseCheckpoint(description: "of another key", code: .unknownKey) { proven, _ in
            let stranger = try NoteSigner(
                name: TestNode.logOrigin, privateKey: .generate(.ed25519))
            proven.checkpoint = try stranger.sign(Self.head(of: proven)).bytes
        },
        FalseCheckpoint(description: "of another log", code: .wrongOrigin) { proven, _ in
            let us = try TestLogKey.signer(of: TestMembers.logOrigin("us"))
            proven.checkpoint = try us.sign(Self.head(of: proven)).bytes
        },
        FalseCheckpoint(description: "in another form", code: .ambiguousForm) { proven, _ in
            let size = try Self.head(of: proven).size
            proven.checkpoint = Self.line(1, of: proven.checkpoint, "0\(size)")
        },
        FalseCheckpoint(description: "with a line more", code: .ambiguousForm) { proven, _ in
            proven.checkpoint.append(UInt8(ascii: "\n"))
        },
        FalseCheckpoint(description: "an earlier one", code: .olderCheckpoint) { proven, context in
            proven = ProvenCheckpoint(
                checkpoint: context.earlier.bytes, consistencyProof: [])
        },
        FalseCheckpoint(description: "another tree as large", code: .splitView) { proven, context in
            proven = try Self.forged(context.known.head.size, proof: [])
        },
        FalseCheckpoint(description: "another tree that is larger", code: .splitView) {
            proven, context in
            let (known, size) = (context.known.head.size, context.known.head.size + 3)
            let length = Tree.consistencyProofLength(from: known, to: size)
            proven = try Self.forged(
                size, proof: [Digest](repeating: Digest.stranger, count: length))
        },
        FalseCheckpoint(description: "with a hash too many", code: .wrongProof) { proven, _ in
            proven.consistencyProof = proven.consistencyProof.lengthened
        },
        FalseCheckpoint(description: "without its proof", code: .wrongProof) { proven, _ in
            proven.consistencyProof = []
        },
        FalseCheckpoint(description: "with another proof", code: .splitView) { proven, _ in
            proven.consistencyProof = proven.consistencyProof.altered
        },
    ]

    /// A checkpoint that the log's key signs, of a tree that there never was.
    static func forged(_ size: UInt64, proof: [Digest]) throws -> ProvenCheckpoint {
        let signer = try TestLogKey.signer(of: TestNode.logOrigin)
        let head = TreeHead(size: size, root: Digest.stranger)
        return ProvenCheckpoint(
            checkpoint: try signer.sign(head).bytes, consistencyProof: proof)
    }

    static func head(of proven: ProvenCheckpoint) throws -> TreeHead {
        try Checkpoint(text: SignedNote(proven.checkpoint).text).head
    }

    private static func line(_ number: Int, of note: [UInt8], _ new: String) -> [UInt8] {
        var lines = String(decoding: note, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        lines[number] = new
        return Array(lines.joined(separator: "\n").utf8)
    }
}
