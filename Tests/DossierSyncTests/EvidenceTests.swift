import DossierAPI
import DossierClient
import DossierTestSupport
import FoundationEssentials
import MerkleLog
import Testing

@testable import DossierSync

@Suite("What shows that a peer lied")
struct EvidenceTests {
    private func evidence(
        _ message: [UInt8], peer: String = "kr", _ failure: SyncFailure? = nil
    ) -> DossierSync.Evidence {
        DossierSync.Evidence(
            failure ?? SyncFailure(.broken, "a message is malformed"), peer: peer,
            message: message)
    }

    private func files(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    @Test("it says what was found, with the message")
    func text() {
        #expect(
            self.evidence([1, 2, 3]).text == """
                dossier-evidence/v1
                peer kr
                found broken
                reason a message is malformed

                message AQID

                """)
        #expect(!self.evidence([]).text.contains("message AQ"))
    }

    @Test("of two checkpoints that contradict each other it has both, as signed")
    func conflict() throws {
        let known = try World.shared.checkpoint(TreeHead(size: 4, root: .stranger), of: "kr")
        let shown = try World.shared.checkpoint(TreeEdge().head, of: "kr")
        let error = VerificationError(
            code: .splitView, message: "two trees",
            cause: CheckpointConflict(known: known.bytes, shown: shown.bytes))
        let text = self.evidence([7], SyncFailure(error)).text
        #expect(text.contains("found unverifiable\nreason splitView: two trees\n"))
        #expect(text.contains("\nknown\n" + String(decoding: known.bytes, as: UTF8.self)))
        #expect(text.contains("\nshown\n" + String(decoding: shown.bytes, as: UTF8.self)))
        #expect(text.hasSuffix("\nmessage Bw==\n"))
    }

    @Test("what a machine accuses of has both checkpoints and the message")
    func ofMachine() throws {
        let bench = try Bench()
        var machine = bench.machine()
        machine.open()
        _ = try machine.take(bench.message(0..<1))
        var message = try bench.message(1..<2, isFirst: false)
        let fork = try World.shared.checkpoint(TreeHead(size: 6, root: .stranger), of: "kr")
        message.checkpoint.checkpoint = fork.bytes
        #expect(try machine.on(message) == "accuse of unverifiable")
        let text = try #require(machine.evidence).text
        #expect(text.contains(String(decoding: bench.log.checkpoint.bytes, as: UTF8.self)))
        #expect(text.contains(String(decoding: fork.bytes, as: UTF8.self)))
        #expect(text.contains("message \(StrictBase64.encode(try message.encoded()))\n"))
    }

    @Test("what a peer says cannot steer a terminal")
    func isEscaped() {
        let evidence = self.evidence([], SyncFailure(.broken, "a\u{1B}[2Jb\nfound nothing"))
        #expect(!evidence.text.contains("\u{1B}"))
        #expect(!evidence.text.contains("\nfound nothing"))
    }

    @Test("the same again is one file, and other evidence is another")
    func again() throws {
        try withTemporaryDirectory { directory in
            let folder = EvidenceFolder(path: "\(directory)/evidence")
            let first = try folder.keep(self.evidence([1]))
            #expect(try folder.keep(self.evidence([1])) == first)
            #expect(try folder.keep(self.evidence([2])) != first)
            #expect(
                try folder.keep(self.evidence([1], SyncFailure(.unverifiable, "else"))) != first)
            #expect(try self.files(folder.path).count == 3)
            #expect(
                try String(contentsOfFile: first, encoding: .utf8) == self.evidence([1]).text)
        }
    }

    @Test("there are at most so many files for each peer")
    func isLimited() throws {
        try withTemporaryDirectory { directory in
            let folder = EvidenceFolder(path: directory)
            for number in 0..<UInt8(40) { _ = try folder.keep(self.evidence([number])) }
            #expect(try self.files(directory).count == EvidenceFolder.maximumFiles)
            // What is kept already is found also when the folder is full.
            let first = try folder.keep(self.evidence([0]))
            #expect(try self.files(directory).contains { first.hasSuffix($0) })
            _ = try folder.keep(self.evidence([0], peer: "us"))
            #expect(try self.files(directory).count == EvidenceFolder.maximumFiles + 1)
        }
    }

    @Test("another peer, whose id begins with the first's, does not count")
    func longerID() throws {
        try withTemporaryDirectory { directory in
            let folder = EvidenceFolder(path: directory)
            for number in 0..<UInt8(16) {
                _ = try folder.keep(self.evidence([number], peer: "kr-south"))
            }
            let kept = try folder.keep(self.evidence([1]))
            #expect(kept.contains("/kr-") && !kept.contains("south"))
            #expect(folder.newest(of: "kr") == kept)
            #expect(folder.newest(of: "kr-south")?.contains("/kr-south-") == true)
            #expect(folder.newest(of: "kr-so") == nil)
            #expect(folder.newest(of: "us") == nil)
        }
    }

    @Test("a folder that cannot be written is this node's failure")
    func unwritable() throws {
        try withTemporaryDirectory { directory in
            let folder = EvidenceFolder(path: "\(directory)/file/below")
            try Data("x".utf8).write(to: URL(filePath: "\(directory)/file"))
            #expect(throws: SyncFailure(.storage, "")) { try folder.keep(self.evidence([1])) }
            #expect(folder.newest(of: "kr") == nil)
        }
    }
}
