import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog

@testable import DossierStore

/// Mirrors for tests: batches of three, of which every second is withheld and of the others every
/// third record.
enum TestMirror {
    /// Calls `body` with a mirror in a directory of its own.
    static func with(
        _ body: (Mirror, StoreConfiguration) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { path in
            var configuration = StoreConfiguration.forTests("\(path)/mirror", segmentBytes: 4_000)
            configuration.isMirror = true
            let mirror = try await Mirror.open(configuration, threads: MirrorThreads())
            try await body(mirror, configuration)
            try await mirror.close()
        }
    }

    /// The leaves of such batches.
    static func runs(_ numbers: Range<Int>) -> [MirroredRun] {
        numbers.map { number in
            let records = (0..<3).map { TestRecord(reference: "KR-\(number)-\($0)") }
            let hashes = records.map(\.recordID)
            guard number.isMultiple(of: 2) else { return MirroredRun(hashes: hashes) }
            return MirroredRun(
                attestation: Self.attestation(hashes), leafHashes: hashes,
                root: Tree.root(of: hashes), appended: [0, 1, 2],
                records: records.enumerated().map { $0 == 2 ? [] : $1.bytes },
                facts: records.enumerated().map { $0 == 2 ? nil : $1.facts })
        }
    }

    /// Appends batches under a checkpoint of what the mirror has then, or of more.
    static func append(
        _ numbers: Range<Int>, to mirror: Mirror, checkpointOf further: Range<Int> = 0..<0
    ) async throws {
        let runs = Self.runs(numbers)
        var edge = mirror.standing.edge
        for run in runs + Self.runs(further) {
            for hash in run.leafHashes { edge.append(hash) }
        }
        try await mirror.append(
            MirroredLeaves(
                runs: runs, firstIndex: mirror.standing.edge.size,
                checkpoint: try TestStoreLog.signer.sign(edge.head)))
    }

    /// The record at a leaf that is withheld at first.
    static func late(_ number: Int, _ position: Int) -> LateRecord {
        let hashes = (0..<3).map { TestRecord(reference: "KR-\(number)-\($0)").recordID }
        let path = try? ProvenLeaves(ofWholeTree: hashes).inclusionPath(of: UInt64(position))
        return LateRecord(
            leafIndex: UInt64(number * 3 + position),
            record: TestRecord(reference: "KR-\(number)-\(position)").bytes,
            attestation: Self.attestation(hashes), batchRoot: Tree.root(of: hashes),
            batchSize: 3, positionInBatch: position, batchPath: path ?? [])
    }

    /// What stands for an attestation: the batch root that it attests.
    private static func attestation(_ hashes: [Digest]) -> [UInt8] {
        Array(Tree.root(of: hashes).hexadecimal.utf8)
    }

    /// An audit of a mirror; it may be open.
    static func audit(_ configuration: StoreConfiguration) -> Audit {
        let audit = AuditConfiguration(
            store: configuration, guardDirectory: nil, threadCount: 2
        ) { (attestation, _) throws(VerificationError) in
            guard let root = Digest(hexadecimal: String(decoding: attestation, as: UTF8.self)),
                let moment = Moment("2025-02-21T14:03:00Z")
            else { throw VerificationError(code: .ambiguousForm, message: "no attestation") }
            return AttestedBatch(
                logOrigin: TestStoreLog.origin, originator: "kr", batchRoot: root, size: 3,
                signedAt: moment, keyID: root)
        }
        return Audit(audit)
    }
}
