import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Proofs of records that do not check")
struct RecordProofRefusalTests {
    private let log: ProofLog
    private let proof: RecordProof
    private let judge: RecordJudge

    init() throws {
        self.log = try ProofLog(at: [4, 5, 6])
        self.proof = try self.log.proof()
        self.judge = try self.log.judge()
        _ = try self.proof.verify(with: self.judge)
    }

    private func expectRefusal(
        _ code: VerificationError.Code, _ proof: RecordProof, _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        DossierCoreTests.expectRefusal(code, comment, sourceLocation: sourceLocation) {
            _ = try proof.verify(with: self.judge)
        }
    }

    @Test("a record is the one that was signed, at its position, and no other")
    func records() throws {
        let changed = try TestRecord("P-5-5", title: "Changed").encoded
        self.expectRefusal(.wrongLeaf, self.proof.with(record: changed))
        self.expectRefusal(.wrongLeaf, self.proof.with(record: self.log.batch.records[0]))
        self.expectRefusal(.wrongLeaf, self.proof.with(record: []))
        self.expectRefusal(.wrongLeaf, self.proof.with(positionInBatch: 0))
        for position in [3, 9_999, .max] {
            self.expectRefusal(.wrongIndex, self.proof.with(positionInBatch: position))
        }
        let path = self.proof.batchPath
        self.expectRefusal(.wrongLeaf, self.proof.with(batchPath: path.altered))
        self.expectRefusal(.wrongLeaf, self.proof.with(batchPath: path.reversed()))
        for path in [path.lengthened, path.shortened, []] {
            self.expectRefusal(.wrongProof, self.proof.with(batchPath: path))
        }
    }

    @Test("an attestation is its signer's, over this batch, and in its one form")
    func attestations() throws {
        var other = self.proof.attestation
        other.signature = try self.log.proof { $0.size = 4 }.attestation.signature
        self.expectRefusal(.wrongSignature, self.proof.with(attestation: other))
        other = self.proof.attestation
        other.attestedBatch.append(contentsOf: [0x28, 0x03])
        self.expectRefusal(.ambiguousForm, self.proof.with(attestation: other))
        self.expectRefusal(.ambiguousForm, self.proof.with(certificates: []))
        let colleague = try self.log.originator.pki.person("kr", name: "other").certificate
        self.expectRefusal(.unknownKey, self.proof.with(certificates: [colleague]))
        let forged = try self.log.proof { $0.originator = "us" }
        self.expectRefusal(.wrongSigner, forged)
    }

    @Test("a leaf is in the log where the proof says, and nowhere else")
    func inclusion() {
        for index in [0, 4, 7] as [UInt64] {
            self.expectRefusal(.wrongRoot, self.proof.with(leafIndex: index), "leaf \(index)")
        }
        for index in [13, 1 << 62, .max] as [UInt64] {
            self.expectRefusal(.wrongIndex, self.proof.with(leafIndex: index), "leaf \(index)")
        }
        let path = self.proof.inclusion.path
        self.expectRefusal(.wrongRoot, self.proof.with(path: path.altered))
        for path in [path.lengthened, path.shortened, []] {
            self.expectRefusal(.wrongProof, self.proof.with(path: path))
        }
    }

    @Test("a checkpoint is the originator's log's, signed by its key, and by nobody else in a file")
    func checkpoints() throws {
        let note = self.proof.inclusion.checkpoint
        let other = TreeHead(size: self.log.size, root: Digest.stranger)
        let stranger = try NoteSigner(name: ProofLog.origin, privateKey: .generate(.ed25519))
        let us = try TestLogKey.signer(of: TestMembers.logOrigin("us"))
        let notes: [(VerificationError.Code, [UInt8])] = [
            (.wrongRoot, try self.log.signer.sign(other).bytes),
            (.wrongSignature, FalseNote.tampered(note, "\n13\n", "\n14\n")),
            (.unknownKey, try self.log.checkpoint(by: stranger)),
            (.wrongOrigin, try self.log.checkpoint(by: us)),
            (.ambiguousForm, try FalseNote.cosigned(note)),
        ]
        for (code, note) in notes { self.expectRefusal(code, self.proof.with(checkpoint: note)) }
        let cosigned = self.proof.with(checkpoint: try FalseNote.cosigned(note))
        DossierCoreTests.expectRefusal(.ambiguousForm) {
            _ = try RecordProof(file: Array(cosigned.text.utf8))
        }
    }

    @Test("a batch was signed for the log that has it, or for one that it succeeds")
    func origins() throws {
        let former = try self.log.proof { $0.logOrigin = "msmt.example/dossier/kr/0" }
        self.expectRefusal(.wrongOrigin, former)
        let key = self.log.signer.verifierKey
        let succession = (
            old: "\"key\":\"\(key)\"",
            new: "\"key\":\"\(key)\",\"former_origins\":[\"msmt.example/dossier/kr/0\"]"
        )
        let judge = try self.log.judge(succession)
        _ = try former.verify(with: judge)
        _ = try self.proof.verify(with: judge)
        for origin in ["msmt.example/dossier/kr/00", "msmt.example/dossier/us/1", "kr"] {
            DossierCoreTests.expectRefusal(.wrongOrigin) {
                _ = try self.log.proof { $0.logOrigin = origin }.verify(with: judge)
            }
        }
    }

    @Test("a record that says it is of another originator than its batch is refused")
    func foreignHeader() throws {
        let records = try ["kr", "us"].map { try TestRecord("P", originator: $0).encoded }
        let log = try ProofLog(at: [4, 5], batch: records)
        _ = try log.proof(at: 0).verify(with: log.judge())
        DossierCoreTests.expectRefusal(.wrongSigner) {
            _ = try log.proof(at: 1).verify(with: log.judge())
        }
    }

    @Test("without the log's key, or for an organisation that is no member, nothing is proven")
    func strangers() throws {
        let key = self.log.signer.verifierKey
        let keyless = try self.log.judge((",\"key\":\"\(key)\"", ""))
        DossierCoreTests.expectRefusal(.unknownKey) { _ = try self.proof.verify(with: keyless) }
        let others = RecordJudge(
            members: try TestMembers(["us"]).members, anchors: self.log.originator.pki.anchors)
        DossierCoreTests.expectRefusal(.wrongSigner) { _ = try self.proof.verify(with: others) }
        DossierCoreTests.expectRefusal(.unknownKey) { _ = try others.log(of: "kr") }
    }

    @Test("a line too many, too few, doubled or exchanged, and a file that is cut, are refused")
    func lines() throws {
        let lines = self.proof.text.split(separator: "\n", omittingEmptySubsequences: false)
        for index in lines.indices.dropLast() {
            var (fewer, more, moved, empty) = (lines, lines, lines, lines)
            fewer.remove(at: index)
            more.insert(lines[index], at: index)
            moved.swapAt(index, index + 1)
            empty.insert("", at: index)
            for changed in [fewer, more, moved, empty] where changed != lines {
                DossierCoreTests.expectRefusal {
                    let file = Array(changed.joined(separator: "\n").utf8)
                    _ = try RecordProof(file: file).verify(with: self.judge)
                }
            }
        }
        let bytes = Array(self.proof.text.utf8)
        for count in stride(from: 0, to: bytes.count, by: 7) {
            DossierCoreTests.expectRefusal(.ambiguousForm) {
                _ = try RecordProof(file: Array(bytes.prefix(count)))
            }
        }
        DossierCoreTests.expectRefusal(.ambiguousForm) { _ = try RecordProof(file: bytes + bytes) }
    }

    @Test(
        "a value in another spelling or out of bounds is refused",
        arguments: [
            ("proof/v1", "proof/v2"), ("record ", "record  "), ("record ", "record"),
            ("position 1", "position 01"), ("position 1", "position +1"),
            ("position 1", "position "),
            ("position 1", "position 10000"), ("position 1", "position 18446744073709551616"),
            ("index 5", "index 05"), ("index 5", "index 18446744073709551616"), ("\n", "\r\n"),
            ("path ", "Path "), ("\nindex", "\nextra AAAA\nindex"), ("=\npath", "\npath"),
        ])
    func spelling(old: String, new: String) {
        let text = self.proof.text.replacing(old, with: new, maxReplacements: 1)
        DossierCoreTests.expectRefusal(.ambiguousForm) {
            _ = try RecordProof(file: Array(text.utf8))
        }
    }
}
