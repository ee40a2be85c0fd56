import DossierCrypto

// The checks that proving and verifying share.
extension Tree {
    static func checkIndex(_ index: UInt64, in size: UInt64) throws(VerificationError) {
        guard index < size else {
            throw VerificationError(
                code: .wrongIndex, message: "leaf index \(index) in a tree of \(size)")
        }
    }

    static func checkRange(_ leaves: Range<UInt64>, in size: UInt64) throws(VerificationError) {
        guard !leaves.isEmpty, leaves.upperBound <= size else {
            throw VerificationError(
                code: .wrongIndex, message: "leaves \(leaves) in a tree of \(size)")
        }
    }

    static func checkOrder(_ first: UInt64, _ second: UInt64) throws(VerificationError) {
        guard first <= second else {
            throw VerificationError(
                code: .sizeMismatch, message: "from a tree of \(first) to one of \(second) leaves")
        }
    }

    static func checkLength(of proof: [Digest], _ expected: Int) throws(VerificationError) {
        guard proof.count == expected else {
            throw VerificationError(
                code: .wrongProof, message: "proof has \(proof.count) hashes, expected \(expected)")
        }
    }
}
