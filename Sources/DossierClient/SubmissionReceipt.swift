public import DossierCore

/// What a node answered to a batch, verified unless the client verifies nothing.
public struct SubmissionReceipt: Sendable {
    /// The receipt, as it can be kept.
    public let kept: KeptReceipt
    /// How many records the submission added; the others were in the log before.
    public let appended: Int
    /// Size of the log when the receipt was given, in leaves.
    public let logSize: UInt64

    /// Leaf index of the record at a position of the batch; nil when no run covers it.
    public func leafIndex(at position: Int) -> UInt64? { self.kept.runs.leafIndex(at: position) }
}
