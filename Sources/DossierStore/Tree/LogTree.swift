import DossierCore
import DossierCrypto
import MerkleLog

/// The log's tree as its writer sees it: it grows with the log, and is published by a checkpoint
/// when what was added is durable.
///
/// The order makes a checkpoint that anybody has seen come true after any crash: hashes are written
/// first and count for nothing; then the frames are made durable; only then is the tree signed. What
/// signs is never the same for two trees of one size, since the size only grows.
struct LogTree {
    /// What a commit adds to the tree.
    struct Growth {
        fileprivate var edge: TreeEdge
        fileprivate var hashes: [Digest]
    }

    private let signer: NoteSigner
    private let hashFile: HashFile
    private let stored: HashReader
    private let readers: ThreadExecutor
    private var hashMarker: DurableMarker
    private var own: CheckpointFile
    private var guardian: CheckpointFile
    private var recent = RecentHashes()
    // The tree of all that is in the log, durably.
    private var edge: TreeEdge
    // The checkpoint was signed by a key that was replaced since.
    private var isSignedBefore: Bool
    /// The newest published tree.
    private(set) var published: PublishedTree

    /// Creates the tree of a log in order, published by a checkpoint.
    init(_ parts: TreeParts, edge: TreeEdge, checkpoint: SignedCheckpoint) {
        self.signer = parts.signer
        self.hashFile = parts.hashFile
        self.stored = HashReader(parts.hashFile)
        self.hashMarker = parts.hashMarker
        self.own = parts.own
        self.guardian = parts.guardian
        self.readers = parts.readers
        self.edge = edge
        self.published = parts.published(by: checkpoint, self.stored)
        let signed = try? SignedCheckpoint(
            verifying: checkpoint.bytes, with: parts.signer.verifierKey)
        self.isSignedBefore = signed == nil
    }

    /// Writes what some leaves add to the tree. It counts when it is taken.
    func grow(by leaves: some Sequence<Digest>) throws(FileError) -> Growth {
        var growth = Growth(edge: self.edge, hashes: [])
        for leaf in leaves { growth.edge.append(leaf, storing: &growth.hashes) }
        try self.hashFile.write(
            growth.hashes, at: Subtree.storedCount(treeSize: self.edge.size))
        return growth
    }

    /// Takes what was written, since the log has the leaves now.
    mutating func take(_ growth: Growth) {
        self.recent.append(growth.hashes, to: self.edge)
        self.edge = growth.edge
    }

    /// Publishes the tree of all that is in the log: signs and keeps its checkpoint, unless that
    /// was done.
    ///
    /// Throws when the checkpoint could not be kept: then the one before stands.
    mutating func publish() throws(StoreError) -> PublishedTree {
        guard self.published.size < self.edge.size || self.isSignedBefore else {
            return self.published
        }
        let checkpoint = try self.signed(self.edge.head)
        do throws(FileError) {
            try self.own.write(checkpoint)
            try self.guardian.write(checkpoint)
        } catch {
            throw StoreError(error)
        }
        self.isSignedBefore = false
        self.published = PublishedTree(
            checkpoint: checkpoint, recent: self.recent, stored: self.stored,
            readers: self.readers)
        return self.published
    }

    /// Makes hashes and checkpoints durable, and notes that they are.
    mutating func synchronize() throws(FileError) {
        try self.own.synchronize()
        try self.guardian.synchronize()
        try self.hashFile.synchronize()
        try self.hashMarker.write(.init(size: self.edge.size, segment: 0, offset: 0))
        try self.hashMarker.synchronize()
    }

    private func signed(_ head: TreeHead) throws(StoreError) -> SignedCheckpoint {
        do { return try self.signer.sign(head) } catch {
            throw StoreError(.storageFailed, "the checkpoint could not be signed", cause: error)
        }
    }
}
