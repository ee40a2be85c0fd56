import DossierCrypto
import MerkleLog
import Testing

@testable import DossierSync

@Suite("How far a follower has come")
struct PositionTests {
    private func checkpoint(_ head: TreeHead) throws -> SignedCheckpoint {
        try World.shared.checkpoint(head, of: "kr")
    }

    private func head(_ size: UInt64, _ hashes: [Digest]) -> TreeHead {
        TreeHead(size: size, root: Tree.root(of: Array(hashes.prefix(Int(size)))))
    }

    private let hashes = (0..<64).map { SHA256.digest(of: [UInt8($0)]) }

    @Test("begins with nothing, and complete")
    func begins() {
        let position = SyncPosition(edge: TreeEdge(), seen: nil)
        #expect(position.size == 0)
        #expect(position.knownSize == 0)
        #expect(position.isComplete)
        #expect(position.promises.isEmpty)
    }

    @Test("a checkpoint that was seen is a promise, also after a restart")
    func seen() throws {
        let seen = try self.checkpoint(self.head(9, self.hashes))
        var position = SyncPosition(edge: TreeEdge(), seen: seen)
        #expect(position.knownSize == 9)
        #expect(!position.isComplete)
        try position.append(self.hashes.prefix(8))
        #expect(position.promises == [seen])
        #expect(throws: VerificationError(code: .splitView, message: "")) {
            try position.append([.stranger])
        }
    }

    @Test("promises are kept across appends, each where its tree ends")
    func promises() throws {
        var position = SyncPosition(edge: TreeEdge(), seen: nil)
        for size in [5, 9, 20] as [UInt64] {
            position.note(try self.checkpoint(self.head(size, self.hashes)))
        }
        var left = [3]
        for (start, end) in [(0, 4), (4, 5), (5, 19), (19, 20)] {
            try position.append(self.hashes[start..<end])
            left.append(position.promises.count)
        }
        #expect(left == [3, 3, 2, 1, 0])
        #expect(position.isComplete)
    }

    @Test("a broken promise is found within an append, before those that follow")
    func brokenWithin() throws {
        var position = SyncPosition(edge: TreeEdge(), seen: nil)
        position.note(try self.checkpoint(TreeHead(size: 5, root: .stranger)))
        position.note(try self.checkpoint(self.head(9, self.hashes)))
        #expect(throws: VerificationError(code: .splitView, message: "")) {
            try position.append(self.hashes.prefix(20))
        }
        #expect(position.promises.first?.head.size == 5)
    }

    @Test("of more promises than are remembered the oldest count, and the newest")
    func limit() throws {
        var position = SyncPosition(edge: TreeEdge(), seen: nil)
        for size in 1...UInt64(40) {
            position.note(try self.checkpoint(self.head(size, self.hashes)))
        }
        #expect(position.promises.count == SyncPosition.maximumPromises)
        #expect(position.promises.prefix(15).map(\.head.size) == Array(1...15))
        #expect(position.promises.last?.head.size == 40)
        #expect(position.newest?.head.size == 40)
    }

    @Test("a checkpoint of no more leaves than there are is no promise")
    func reached() throws {
        var position = SyncPosition(edge: TreeEdge(), seen: nil)
        try position.append(self.hashes.prefix(5))
        position.note(try self.checkpoint(self.head(5, self.hashes)))
        #expect(position.promises.isEmpty)
        #expect(position.isComplete)
        // An older one changes nothing.
        position.note(try self.checkpoint(self.head(4, self.hashes)))
        #expect(position.newest?.head.size == 5)
    }
}
