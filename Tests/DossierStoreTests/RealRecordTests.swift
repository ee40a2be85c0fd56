import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@testable import DossierStore

@Suite("Records as agencies submit them")
struct RealRecordTests {
    private static let claim = Claim(
        author: "FBI", date: "2025-02-26", stance: .asserts,
        grade: Grade(sourceReliability: .b, contentCredibility: .two))

    private static func record(_ number: Int) -> Record {
        Record(
            header: Header(
                formatVersion: 1, originator: "kr", reference: "KR-2025-\(number)", version: 1,
                operation: .assert, kind: .cryptoTheft,
                marking: Marking(tlp: .amber, pap: .green, releasability: ["jp", "us"]),
                occurred: Period(start: "2025-02-21T14:13:35Z", end: "2025-02-21T14:16:11Z"),
                known: "2025-02-21", reported: "2025-02-26",
                salt: [UInt8](repeating: UInt8(number), count: 16)),
            report: Report(
                titles: [Text(text: "Theft number \(number)", language: "en")],
                grade: Grade(sourceReliability: .a, contentCredibility: .two)),
            content: .cryptoTheft(
                CryptoTheft(
                    victim: Victim(name: "Börse \(number)", type: .exchange),
                    accounts: [
                        AccountUse(
                            account: Account(
                                key: "eip155:1:0x47666fab8bd0ac7003bce3f5c3585383f09486e\(number)"),
                            role: .theft)
                    ],
                    actors: [ActorClaim(claim: self.claim, actor: "TraderTraitor")])))
    }

    private func submission() throws -> Submission {
        let records = try (0..<10).map { try Self.record($0).encoded() }
        let checked = records.map { RecordCheck.check($0) }
        #expect(checked.flatMap(\.findings) == [])
        let hashes = records.map { Tree.leafHash(of: $0) }
        return Submission(
            attestation: [1, 2, 3], batchRoot: Tree.root(of: hashes), leafHashes: hashes,
            records: records, facts: checked.map(\.facts))
    }

    @Test("are found by each of their keys, also after the catalog was rebuilt from their bytes")
    func lookups() async throws {
        try await withTemporaryDirectory { path in
            let configuration = StoreConfiguration(
                directory: "\(path)/store", log: .forTests)
            var store = try await Store.openForTests(configuration)
            _ = try await store.submit(try self.submission())
            for _ in 0..<2 {
                for number in [0, 7] {
                    let keys = [
                        LookupKey(
                            type: .account,
                            key: "eip155:1:0x47666fab8bd0ac7003bce3f5c3585383f09486e\(number)"),
                        LookupKey(type: .victim, key: NameKey.fold("BÖRSE  \(number)")),
                        LookupKey(type: .actor, key: NameKey.fold("tradertraitor")),
                    ]
                    for (key, expected) in zip(keys, [1, 1, 10]) {
                        var query = CatalogQuery()
                        query.lookupKeys = [key]
                        #expect(try await store.everything(query).count == expected)
                    }
                }
                #expect(try await store.checkEverything().count == 10)
                try await store.close()
                try await Store.reindex(configuration)
                store = try await Store.openForTests(configuration)
            }
            try await store.close()
        }
    }

    @Test("that break a rule of their form are not understood by a mirror, however it reads them")
    func brokenInMirror() async throws {
        var record = Self.record(1)
        record.header.salt = [1, 2, 3]
        let broken = try record.encoded()
        let leafHash = Tree.leafHash(of: broken)
        let leaves = [leafHash, Tree.leafHash(of: [0])]
        var edge = TreeEdge()
        for leaf in leaves { edge.append(leaf) }
        let checkpoint = try TestStoreLog.signer.sign(edge.head)
        let late = LateRecord(
            leafIndex: 0, record: broken, attestation: [1], batchRoot: leafHash, batchSize: 1,
            positionInBatch: 0, batchPath: [])
        let whole = MirroredRun(
            attestation: [1], leafHashes: [leafHash], root: leafHash, appended: [0],
            records: [broken], facts: [RecordCheck.check(broken).factsOfMirrored])
        for isLate in [false, true] {
            try await withTemporaryDirectory { path in
                let configuration = StoreConfiguration(mirrorOf: .forTests, below: path)
                try POSIXFileSystem().createDirectory("\(path)/mirrors")
                var mirror = try await Mirror.open(configuration, threads: MirrorThreads())
                let runs =
                    isLate
                    ? [MirroredRun(hashes: leaves)] : [whole, MirroredRun(hashes: [leaves[1]])]
                try await mirror.append(
                    MirroredLeaves(runs: runs, firstIndex: 0, checkpoint: checkpoint))
                if isLate { try await mirror.add([late]) }
                for _ in 0..<2 {
                    let rows = try await mirror.held.list(
                        CatalogQuery(), after: nil, below: 2, limit: .max)
                    #expect(rows.map(\.facts.hasUnknownInHeaderOrMarking) == [true])
                    try await mirror.close()
                    // Made again from the records.
                    for suffix in ["", "-wal", "-shm"] {
                        try? POSIXFileSystem().remove(
                            "\(configuration.directory)/\(StoreDirectory.catalogName)\(suffix)")
                    }
                    mirror = try await Mirror.open(configuration, threads: MirrorThreads())
                }
                try await mirror.close()
            }
        }
    }
}
