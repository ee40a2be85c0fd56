public import DossierCrypto

/// Leaves that follow each other in a log, with their range proof. Nothing of it is verified.
public struct ProvenRange: Hashable, Sendable {
    /// Leaf index of the first.
    public var firstIndex: UInt64
    /// How many.
    public var count: Int
    /// Their range proof, see `Protos/dossier/v1/log.proto`.
    public var proof: [Digest]

    /// A range with its proof.
    public init(firstIndex: UInt64, count: Int, proof: [Digest]) {
        self.firstIndex = firstIndex
        self.count = count
        self.proof = proof
    }
}
