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
}
