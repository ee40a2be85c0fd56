import DossierCore
import DossierCrypto
import DossierTestSupport
import Foundation
import MerkleLog

@testable import DossierStore

/// A store on disk of signed records in several segments, and what an audit of it needs.
struct AuditedStore {
    let directory: String
    private let pki: TestPKI
    private let credential: TestPKI.Credential
    private let members: Members

    init(_ folder: String) throws {
        self.directory = "\(folder)/store"
        self.pki = try TestPKI(organisations: ["kr", "us"])
        self.credential = try self.pki.person("kr")
        self.members = try TestMembers(["kr", "us"]).members
    }

    var guardDirectory: String { "\(self.directory).guard" }

    var store: StoreConfiguration { .forTests(self.directory, segmentBytes: 8 << 10) }

    /// An audit; the store may be open.
    func audit(progressFile: String? = nil, threads: Int = 2) -> Audit {
        let judge = RecordJudge(members: self.members, anchors: self.pki.anchors)
        let log = self.store.log
        return Audit(
            AuditConfiguration(
                store: self.store, guardDirectory: self.guardDirectory, threadCount: threads,
                progressFile: progressFile
            ) { (encoded, lastLeaf) throws(VerificationError) in
                let batch = try judge.verify(Attestation(pieces: encoded)).batch
                try judge.requireOrigin(batch.logOrigin, is: log)
                try judge.requireGood(batch, at: lastLeaf)
                return batch
            })
    }

    /// Makes the store: batches of one and of many records, one of which is known before.
    func fill(batches: Int = 40, in store: Store) async throws {
        for number in 0..<batches {
            let count = number % 3 == 0 ? 1 : number % 7 + 2
            _ = try await store.submit(try self.submission(number * 10..<number * 10 + count))
        }
        _ = try await store.submit(
            try self.submission([0, 10, batches * 10, batches * 10 + 1]))
    }

    /// A signed batch of records with these numbers; `change` makes it another than what is signed.
    func submission(
        _ numbers: some Sequence<Int>, origin: String = TestStoreLog.origin,
        _ change: (inout AttestedBatch, inout [TestRecord]) -> Void = { _, _ in }
    ) throws -> Submission {
        var records = numbers.map(Self.record)
        var batch = AttestedBatch(
            logOrigin: origin, originator: "kr", batchRoot: Tree.root(of: records.map(\.recordID)),
            size: records.count, signedAt: try Self.now(),
            keyID: self.credential.privateKey.publicKey.keyID)
        change(&batch, &records)
        let attestation = try Attestation(
            signing: batch, with: self.credential.privateKey,
            certificates: [self.credential.certificate])
        var submission = Submission(records)
        submission.attestation = attestation.pieces
        return submission
    }

    private static func now() throws -> Moment {
        guard let now = Moment(unixSeconds: Int64(Date().timeIntervalSince1970)) else {
            throw TestSupportError("the clock shows no moment")
        }
        return now
    }

    private static func record(_ number: Int) -> TestRecord {
        TestRecord(
            reference: "KR-\(number)", kind: Int32(number % 3 + 1),
            releasability: number % 2 == 0 ? ["us"] : ["jp", "us"], orcon: number % 5 == 0,
            occurredStart: "2025-0\(number % 9 + 1)", known: "2025-02-21",
            keys: [
                LookupKey(type: .account, key: "eip155:1:0x\(number * 7919)"),
                LookupKey(type: .victim, key: "exchange \(number % 4)"),
                LookupKey(type: .actor, key: "lazarus group"),
            ], text: String(repeating: "text \(number) ", count: number % 20))
    }
}

/// The files that an audit reads byte for byte, and which place of them a byte belongs to.
struct AuditedFiles {
    /// A file, its bytes, and where what can be named begins in it.
    struct Entry {
        var path: String
        var size: Int
        var places: [Int]
    }

    let entries: [Entry]

    init(_ store: AuditedStore) throws {
        let segments = "\(store.directory)/segments"
        var entries = try FileManager.default.contentsOfDirectory(atPath: segments).sorted()
            .map { try Self.segment("\(segments)/\($0)") }
        let hashes = "\(store.directory)/\(HashFile.name)"
        entries.append(Self.slots(hashes, try Self.size(of: hashes), of: Digest.byteCount))
        for directory in [store.directory, store.guardDirectory] {
            let path = "\(directory)/\(CheckpointFile.name)"
            entries.append(
                Self.slots(path, try Self.size(of: path), of: CheckpointFile.slotBytes))
        }
        self.entries = entries
    }

    /// A file and a place in it, and where what it belongs to begins. Each kind of file is as likely
    /// as the others, whatever their sizes.
    func randomPlace(
        _ random: inout some RandomNumberGenerator
    ) -> (path: String, offset: Int, place: Int) {
        let entry = self.entries[Int.random(in: self.entries.indices, using: &random)]
        let offset = Int.random(in: 0..<entry.size, using: &random)
        return (entry.path, offset, entry.places.last { $0 <= offset } ?? 0)
    }

    private static func size(of path: String) throws -> Int {
        try POSIXFileSystem().open(path, .read).size()
    }

    private static func slots(_ path: String, _ size: Int, of bytes: Int) -> Entry {
        Entry(path: path, size: size, places: Array(stride(from: 0, to: size, by: bytes)))
    }

    private static func segment(_ path: String) throws -> Entry {
        let name = path.split(separator: "/").last.map { String($0) } ?? ""
        guard let firstIndex = SegmentFile.firstIndex(ofName: name),
            let segment = try SegmentFile.open(
                path, firstIndex: firstIndex, mode: .read, in: POSIXFileSystem())
        else { throw TestSupportError("\(path) is no segment") }
        let size = try segment.file.size()
        var scanner = FrameScanner(
            segment, range: SegmentFile.headerByteCount..<size, nextIndex: firstIndex)
        var places = [0]
        while case .frame(_, let offset) = try scanner.next() { places.append(offset) }
        return Entry(path: path, size: size, places: places)
    }
}

/// Changes one byte of a file.
func flipByte(of path: String, at offset: Int, with mask: UInt8) throws {
    let file = try POSIXFileSystem().open(path, .update)
    let byte = try file.read(count: 1, at: offset)
    try file.write(byte.map { $0 ^ mask }, at: offset)
}

extension Attestation {
    /// The parts with their lengths: the store does not care how an attestation is encoded, and the
    /// wire form is another room's.
    var pieces: [UInt8] {
        var bytes: [UInt8] = []
        for piece in [self.attestedBatch, self.signature] + self.certificates {
            bytes.append(littleEndian: UInt32(piece.count))
            bytes += piece
        }
        return bytes
    }

    init(pieces bytes: [UInt8]) throws(VerificationError) {
        var pieces: [[UInt8]] = []
        bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            while let count = reader.next(UInt32.self),
                let piece = reader.slice(count: Int(count))
            {
                pieces.append([UInt8](piece))
            }
        }
        guard pieces.count > 2 else {
            throw VerificationError(code: .ambiguousForm, message: "no attestation")
        }
        self.init(
            attestedBatch: pieces[0], signature: pieces[1], certificates: Array(pieces[2...]))
    }
}
