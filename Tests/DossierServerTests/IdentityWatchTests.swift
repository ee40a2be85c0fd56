import DossierCore
import DossierCrypto
import DossierTestSupport
import Foundation
import Logging
import Testing

@testable import DossierServer

@Suite("Certificate and key of a running node")
struct IdentityWatchTests {
    /// A node's identity in files, what watches it, and what the watch logs.
    private final class Bench {
        let consortium: Consortium
        let files: CredentialFiles
        let identity: NodeIdentity
        let log = LogLines()
        var watch: IdentityWatch
        let logKey = TestLogKey.privateKey.publicKey

        init(in folder: String) throws {
            self.consortium = try Consortium()
            self.files = CredentialFiles(in: folder)
            try self.files.replace(with: self.consortium.pki.node("kr"))
            self.identity = try NodeIdentity(
                files: .init(certificate: self.files.certificate, key: self.files.key),
                anchors: self.consortium.pki.anchors)
            self.watch = IdentityWatch(
                self.identity, anchors: self.consortium.pki.anchors, logger: self.log.logger)
        }

        /// Looks as often as it takes for what cannot be used to be told.
        func look(times: Int = 2) -> Bool {
            let rules = CredentialRules(
                members: self.consortium.members, anchors: self.consortium.pki.anchors,
                logKey: self.logKey)
            let clock = self.consortium.clock
            return (0..<times).map { _ in
                self.watch.lookAtPair {
                    try rules.checkSuccessor($0, of: "kr", at: clock.now)
                } != nil
            }.contains(true)
        }

        var fingerprint: Digest { self.identity.credentials.chain[0].fingerprint }

        /// Expects that the pair in use stays, and that the log says so in one line with a text.
        func expectRefusal(
            _ text: String, sourceLocation: SourceLocation = #_sourceLocation
        ) {
            let before = self.fingerprint
            #expect(!self.look(times: 4), sourceLocation: sourceLocation)
            #expect(self.fingerprint == before, sourceLocation: sourceLocation)
            let lines = self.log.take(.error)
            #expect(lines.count == 1, "\(lines)", sourceLocation: sourceLocation)
            #expect(
                lines.first?.contains(text) == true, "\(lines)", sourceLocation: sourceLocation)
            #expect(
                lines.first?.contains(self.files.certificate) == true
                    && lines.first?.contains(self.files.key) == true
                    && lines.first?.contains("nothing needs to be restarted") == true, "\(lines)",
                sourceLocation: sourceLocation)
        }
    }

    @Test("a new pair is used, and the same pair again is no news")
    func replaced() throws {
        try withTemporaryDirectory { folder in
            let bench = try Bench(in: folder)
            #expect(!bench.look())
            for _ in 0..<3 {
                let next = try bench.consortium.pki.node("kr")
                try bench.files.replace(with: next)
                #expect(bench.look(times: 1))
                #expect(bench.fingerprint == next.certificate.fingerprint)
                #expect(!bench.look())
            }
            #expect(bench.log.take(.error).isEmpty)
            #expect(bench.log.take(.notice).count == 3)
        }
    }

    @Test(
        "certificate and key may be replaced one after the other, in either order, without a word")
    func oneByOne() throws {
        try withTemporaryDirectory { folder in
            let bench = try Bench(in: folder)
            for isCertificateFirst in [true, false] {
                let next = try bench.consortium.pki.node("kr")
                let before = bench.fingerprint
                if isCertificateFirst {
                    try bench.files.replaceCertificate(with: next)
                } else {
                    try bench.files.replaceKey(with: next)
                }
                #expect(!bench.look(times: 1))
                #expect(bench.fingerprint == before)
                if isCertificateFirst {
                    try bench.files.replaceKey(with: next)
                } else {
                    try bench.files.replaceCertificate(with: next)
                }
                #expect(bench.look(times: 1))
                #expect(bench.fingerprint == next.certificate.fingerprint)
            }
            #expect(bench.log.take(.error).isEmpty)
        }
    }

    @Test("files that are rewritten in place are seen")
    func inPlace() throws {
        try withTemporaryDirectory { folder in
            let bench = try Bench(in: folder)
            for _ in 0..<3 {
                let next = try bench.consortium.pki.node("kr")
                try bench.files.overwrite(bench.files.key, with: try next.privateKeyPEM)
                try bench.files.overwrite(bench.files.certificate, with: try next.certificatePEM)
                #expect(bench.look(times: 1))
                #expect(bench.fingerprint == next.certificate.fingerprint)
            }
        }
    }

    @Test("what stays broken is told once, and again when it breaks in another way")
    func toldOnce() throws {
        try withTemporaryDirectory { folder in
            let bench = try Bench(in: folder)
            try bench.files.overwrite(bench.files.certificate, with: [])
            bench.expectRefusal("no certificate in PEM form")
            #expect(!bench.look(times: 5))
            #expect(bench.log.take(.error).isEmpty)
            try FileManager.default.removeItem(atPath: bench.files.certificate)
            bench.expectRefusal("No such file")
        }
    }

    @Test("a pair of which half is missing stays unused, and is used once it is whole")
    func halfWritten() throws {
        try withTemporaryDirectory { folder in
            let bench = try Bench(in: folder)
            let next = try bench.consortium.pki.node("kr")
            let (certificate, key) = (try next.certificatePEM, try next.privateKeyPEM)
            try bench.files.overwrite(
                bench.files.certificate, with: certificate.prefix(certificate.count / 2))
            bench.expectRefusal("broken PEM block")
            try bench.files.overwrite(bench.files.certificate, with: certificate)
            bench.expectRefusal("not that of the certificate")
            try bench.files.overwrite(bench.files.key, with: key.prefix(key.count / 2))
            bench.expectRefusal("no unencrypted private key")
            try bench.files.overwrite(bench.files.key, with: key)
            #expect(bench.look(times: 1))
            #expect(bench.fingerprint == next.certificate.fingerprint)
        }
    }

    @Test("files that are gone or that others may read stay unused")
    func unreadable() throws {
        try withTemporaryDirectory { folder in
            let bench = try Bench(in: folder)
            try FileManager.default.removeItem(atPath: bench.files.certificate)
            bench.expectRefusal("No such file")
            let next = try bench.consortium.pki.node("kr")
            try bench.files.replace(with: next)
            #expect(chmod(bench.files.key, 0o644) == 0)
            bench.expectRefusal("mode 644")
            #expect(chmod(bench.files.key, 0o600) == 0)
            #expect(bench.look(times: 1))
        }
    }

    @Test("a pair that the node would not start with is not used")
    func unfit() throws {
        try withTemporaryDirectory { folder in
            let bench = try Bench(in: folder)
            let pki = bench.consortium.pki
            var expired = try pki.profile("kr", .node, hosts: ["localhost"])
            expired.notAfter = UnixTime.now - 1
            var early = try pki.profile("kr", .node, hosts: ["localhost"])
            early.notBefore = UnixTime.now + 3_600
            let logPair = TestPKI.Credential(
                certificate: try pki.authority(of: "kr").issue(
                    pki.profile("kr", .node), for: TestLogKey.privateKey.publicKey),
                privateKey: TestLogKey.privateKey,
                issuer: try pki.authority(of: "kr").certificate)
            let unfit: [(TestPKI.Credential, String)] = [
                (try pki.issue(expired, by: "kr"), "expired"),
                (try pki.issue(early, by: "kr"), "not yet valid"),
                (try pki.node("us"), "this node is kr's"),
                (try pki.person("kr"), "is no node"),
                (try pki.issue(pki.profile("kr", .node), by: "us"), "depth 0"),
                (try TestPKI().node("kr"), "depth 0"),
                (logPair, "log key"),
            ]
            for (credential, text) in unfit {
                try bench.files.replace(with: credential)
                bench.expectRefusal(text)
            }
            try bench.files.replace(with: pki.node("kr"))
            #expect(bench.look(times: 1))
        }
    }

    @Test("a certificate that is not valid yet is used when it is")
    func waits() throws {
        try withTemporaryDirectory { folder in
            let bench = try Bench(in: folder)
            let pki = bench.consortium.pki
            var early = try pki.profile("kr", .node, hosts: ["localhost"])
            early.notBefore = UnixTime.now + 3_600
            try bench.files.replace(with: pki.issue(early, by: "kr"))
            #expect(!bench.look())
            bench.consortium.clock.advance(by: 3_601)
            #expect(bench.look(times: 1))
        }
    }

    @Test("revocation lists are taken up when they change, and broken ones leave the old in use")
    func lists() throws {
        try withTemporaryDirectory { folder in
            let consortium = try Consortium()
            let (pki, path) = (consortium.pki, "\(folder)/crl.pem")
            let files = CredentialFiles(in: folder)
            try files.replace(with: pki.node("kr"))
            let (first, second) = (try pki.person("us"), try pki.person("us"))
            let kept = try pki.authority(of: "us").revoke([first.certificate])
            try Data(kept).write(to: URL(filePath: path))
            let identity = try NodeIdentity(
                files: .init(
                    certificate: files.certificate, key: files.key, revocationLists: path),
                anchors: pki.anchors)
            let log = LogLines()
            var watch = IdentityWatch(identity, anchors: pki.anchors, logger: log.logger)
            var looks = (0..<3).map { _ in watch.lookAtLists() }
            #expect(looks == [false, false, false])
            #expect(identity.revocations.revokedCount == 1)

            let stranger = try TestPKI(organisations: ["us"]).authority(of: "us").revoke([])
            for broken in [Array(kept.dropLast(30)), [], stranger] {
                try files.overwrite(path, with: broken)
                looks = (0..<4).map { _ in watch.lookAtLists() }
                #expect(!looks.contains(true))
                #expect(identity.revocations.revokedCount == 1)
                let lines = log.take(.error)
                #expect(lines.count == 1 && lines[0].contains(path), "\(lines)")
            }
            let more = try pki.authority(of: "us")
                .revoke([second.certificate], addingTo: kept)
            try files.overwrite(path, with: more)
            looks = (0..<3).map { _ in watch.lookAtLists() }
            #expect(looks == [true, false, false])
            #expect(identity.revocations.revokedCount == 2)
        }
    }

    @Test("a node does not start without a pair, or with lists that cannot be used")
    func start() throws {
        try withTemporaryDirectory { folder in
            let pki = try Consortium().pki
            let files = CredentialFiles(in: folder)
            var paths = NodeIdentity.Files(certificate: files.certificate, key: files.key)
            let expectRefusal = { (text: String) in
                let error = #expect(throws: CryptoError.self) {
                    _ = try NodeIdentity(files: paths, anchors: pki.anchors)
                }
                #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
            }
            expectRefusal(files.certificate)
            try files.replaceCertificate(with: pki.node("kr"))
            expectRefusal(files.key)
            try files.replaceKey(with: pki.node("kr"))
            expectRefusal("\(files.certificate): the private key is not")
            try files.replace(with: pki.node("kr"))
            _ = try NodeIdentity(files: paths, anchors: pki.anchors)
            paths.revocationLists = "\(folder)/crl.pem"
            expectRefusal("\(folder)/crl.pem")
            try Data("nothing".utf8).write(to: URL(filePath: "\(folder)/crl.pem"))
            expectRefusal("\(folder)/crl.pem: no revocation list")
        }
    }
}
