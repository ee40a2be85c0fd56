import DossierCrypto
import MerkleLog
import Synchronization

/// Reads hashes of published trees with few calls, so that a proof from a large log costs little
/// more than one from a small log.
///
/// What is published never changes. So the hashes of large subtrees, of which there are few and
/// which most proofs need, are kept in memory; those of the small subtrees around a leaf lie close
/// together in the file and are read at once.
final class HashReader: Sendable {
    // Of 256 leaves: their own subtrees lie within 511 hashes.
    private static let keptLevel = 8
    private static let maximumSpan: UInt64 = 511
    // 2 MiB of hashes: the large subtrees of some four million leaves. When it is full, all are
    // forgotten.
    private static let maximumKept = 65_536

    private let file: HashFile
    private let kept = Mutex<[UInt64: Digest]>([:])

    /// Reads from a file whose hashes are those of the log.
    init(_ file: HashFile) { self.file = file }

    /// The hashes of some subtrees of a published tree.
    ///
    /// Throws `corrupted` when the file ends before one of them.
    func hashes(of subtrees: [Subtree]) throws(StoreError) -> [Digest] {
        var request = Request(subtrees, kept: self.kept)
        while let span = request.nextSpan() { request.fill(span, try self.read(span)) }
        return self.finish(request)
    }

    /// The same, if that takes no waiting for a disk.
    func hashesWithoutWaiting(of subtrees: [Subtree]) -> [Digest]? {
        var request = Request(subtrees, kept: self.kept)
        while let span = request.nextSpan() {
            guard let hashes = self.file.readWithoutWaiting(span) else { return nil }
            request.fill(span, hashes)
        }
        return self.finish(request)
    }

    private func finish(_ request: Request) -> [Digest] {
        let hashes = request.found.compactMap { $0 }
        self.keep(zip(request.subtrees, hashes).filter { $0.0.level >= Self.keptLevel })
        return hashes
    }

    /// Hashes that are asked for, found bit by bit.
    private struct Request {
        let subtrees: [Subtree]
        private(set) var found: [Digest?]
        private let indexes: [UInt64]
        // Positions of what is not found, by ascending index.
        private var missing: ArraySlice<Int>

        init(_ subtrees: [Subtree], kept: borrowing Mutex<[UInt64: Digest]>) {
            let indexes = subtrees.map(\.storedIndex)
            let found = kept.withLock { kept in indexes.map { kept[$0] } }
            self.subtrees = subtrees
            self.indexes = indexes
            self.found = found
            self.missing =
                indexes.indices.filter { found[$0] == nil }
                .sorted { indexes[$0] < indexes[$1] }[...]
        }

        /// What to read next; nil when all is found.
        func nextSpan() -> Range<UInt64>? {
            guard let first = self.missing.first else { return nil }
            let start = self.indexes[first]
            let last = self.missing.last { self.indexes[$0] - start < HashReader.maximumSpan }
            return start..<self.indexes[last ?? first] + 1
        }

        /// Takes what was read.
        mutating func fill(_ span: Range<UInt64>, _ hashes: [Digest]) {
            while let position = self.missing.first, span.contains(self.indexes[position]) {
                self.found[position] = hashes[Int(self.indexes[position] - span.lowerBound)]
                self.missing.removeFirst()
            }
        }
    }

    /// The stored hashes in a range.
    ///
    /// Throws `corrupted` when the file ends before its end.
    func read(_ range: Range<UInt64>) throws(StoreError) -> [Digest] {
        let hashes: [Digest]
        do throws(FileError) { hashes = try self.file.read(range) } catch {
            throw StoreError(error)
        }
        guard hashes.count == range.count else {
            throw StoreError(.corrupted, "\(HashFile.name) ends before a hash that the tree has")
        }
        return hashes
    }

    private func keep(_ hashes: [(Subtree, Digest)]) {
        guard !hashes.isEmpty else { return }
        self.kept.withLock { kept in
            if kept.count + hashes.count > Self.maximumKept { kept.removeAll() }
            for (subtree, hash) in hashes { kept[subtree.storedIndex] = hash }
        }
    }
}
