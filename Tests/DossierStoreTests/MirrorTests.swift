import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@testable import DossierStore

/// A mirror is kept in the form of a log, with records missing where they are withheld.
@Suite("A mirror")
struct MirrorTests {
    private func references(_ mirror: Mirror) async throws -> [String] {
        let size = try await mirror.held.pinnedSize()
        let rows = try await mirror.held.list(
            CatalogQuery(), after: nil, below: size, limit: .max)
        let records = try await mirror.held.read(rows)
        for (row, record) in zip(rows, records) {
            #expect(record.leafIndex == row.leafIndex)
            #expect(record.recordID == RecordID(ofEncoded: record.bytes))
        }
        return rows.map(\.facts.reference)
    }

    private static let held = ["KR-0-0", "KR-0-1", "KR-2-0", "KR-2-1", "KR-4-0", "KR-4-1"]

    @Test("gives the records that it has, has the hash of every leaf, and proves both")
    func reads() async throws {
        try await TestMirror.with { mirror, _ in
            try await TestMirror.append(0..<3, to: mirror)
            try await TestMirror.append(3..<6, to: mirror)
            #expect(try await self.references(mirror) == Self.held)
            let tree = try mirror.held.publishedTree()
            #expect(tree.size == 18)
            let leaves = TestMirror.runs(0..<6).flatMap(\.leafHashes)
            #expect(try await tree.leafHashes(0..<18) == leaves)
            for index in leaves.indices {
                try Tree.verifyInclusion(
                    leaf: leaves[index], index: UInt64(index), treeSize: 18,
                    path: await tree.inclusionProof(of: UInt64(index)),
                    root: tree.checkpoint.head.root)
            }
            #expect(try await mirror.hashOnlyCount() == 12)
            #expect(
                try await mirror.hashOnlyRanges(in: 0..<99, limit: 9)
                    == [2..<6, 8..<12, 14..<18])
            #expect(try await mirror.hashOnlyRanges(in: 9..<99, limit: 1) == [9..<12])
        }
    }

    @Test("publishes only what a checkpoint is of, and goes on where it stood after a restart")
    func publishes() async throws {
        try await TestMirror.with { mirror, configuration in
            try await TestMirror.append(0..<2, to: mirror, checkpointOf: 2..<4)
            #expect(throws: StoreError(.unpublished, "")) { try mirror.held.publishedTree() }
            #expect(mirror.standing.seen?.head.size == 12)
            try await mirror.close()
            let reopened = try await Mirror.open(configuration, threads: MirrorThreads())
            #expect(reopened.standing.edge == mirror.standing.edge)
            #expect(reopened.standing.seen?.head.size == 12)
            try await TestMirror.append(2..<4, to: reopened)
            #expect(try reopened.held.publishedTree().size == 12)
            #expect(try await self.references(reopened) == Array(Self.held.prefix(4)))
            try await reopened.close()
            let again = try await Mirror.open(configuration, threads: MirrorThreads())
            #expect(try again.held.publishedTree().size == 12)
            #expect(again.standing.edge.size == 12)
            try await again.close()
        }
    }

    @Test("refuses leaves that do not begin where it ends")
    func order() async throws {
        try await TestMirror.with { mirror, _ in
            try await TestMirror.append(0..<1, to: mirror)
            let leaves = MirroredLeaves(
                runs: TestMirror.runs(1..<2), firstIndex: 0,
                checkpoint: try TestStoreLog.signer.sign(mirror.standing.edge.head))
            await #expect(throws: StoreError(.outOfOrder, "")) { try await mirror.append(leaves) }
            #expect(mirror.standing.edge.size == 3)
        }
    }

    @Test("takes records that come after their leaves, and keeps them when the catalog is rebuilt")
    func late() async throws {
        try await TestMirror.with { mirror, configuration in
            try await TestMirror.append(0..<6, to: mirror)
            try await mirror.add([TestMirror.late(3, 1), TestMirror.late(0, 2)])
            try await mirror.add([TestMirror.late(0, 2)])
            let expected = (Self.held + ["KR-0-2", "KR-3-1"]).sorted()
            #expect(try await self.references(mirror) == expected)
            #expect(try await mirror.hashOnlyCount() == 10)
            #expect(
                try await mirror.hashOnlyRanges(in: 0..<99, limit: 9)
                    == [3..<6, 8..<10, 11..<12, 14..<18])
            try await mirror.close()
            for name in try POSIXFileSystem().entries(of: configuration.directory)
            where name.hasPrefix(StoreDirectory.catalogName) {
                try POSIXFileSystem().remove("\(configuration.directory)/\(name)")
            }
            let reopened = try await Mirror.open(configuration, threads: MirrorThreads())
            #expect(try await self.references(reopened) == expected)
            #expect(try await reopened.hashOnlyCount() == 10)
            try await reopened.close()
        }
    }

    @Test("that is damaged is set aside and begun anew, and still knows what was seen of the log")
    func damaged() async throws {
        try await TestMirror.with { mirror, configuration in
            try await TestMirror.append(0..<6, to: mirror)
            try await mirror.close()
            let segment = "\(configuration.directory)/segments/\(SegmentFile.name(firstIndex: 0))"
            let file = try POSIXFileSystem().open(segment, .update)
            try file.write([0xFF, 0xFF, 0xFF, 0xFF], at: SegmentFile.headerByteCount + 60)
            let reopened = try await Mirror.open(configuration, threads: MirrorThreads())
            #expect(reopened.standing.edge.size == 0)
            #expect(reopened.standing.seen?.head.size == 18)
            let aside = "\(configuration.directory).damaged"
            #expect(try POSIXFileSystem().entries(of: aside).contains("segments"))
            try await TestMirror.append(0..<6, to: reopened)
            #expect(try await self.references(reopened) == Self.held)
            try await reopened.close()
        }
    }

    @Test("keeps when its peer was heard, and up to which release epoch it asked again")
    func notes() async throws {
        try await TestMirror.with { mirror, configuration in
            var contacts = try await mirror.contacts()
            #expect(contacts.asked.isEmpty && contacts.heardAt == 0 && contacts.begunAt > 0)
            contacts.asked["jp"] = AskedLeaves(releaseEpoch: [1, 2, 3], below: 6)
            contacts.heardAt = 77
            try await mirror.keep(AskedLeaves(releaseEpoch: [9], below: 1), of: "jp")
            try await mirror.keep(AskedLeaves(releaseEpoch: [1, 2, 3], below: 6), of: "jp")
            try await mirror.keep(heardAt: 77)
            try await mirror.close()
            let reopened = try await Mirror.open(configuration, threads: MirrorThreads())
            #expect(try await reopened.contacts() == contacts)
            try await reopened.close()
        }
    }
}
