import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import Foundation
import GRPCWire
import NIOOpenSSL
import Synchronization
import Testing

/// Who works at a node while its certificate is renewed, and what each of its calls came to.
private actor Office {
    private let analyst: Analyst
    private let node: ServedNode
    private var isOver = false
    private(set) var calls = 0
    private(set) var connections = 0
    private(set) var submitted = 0
    private(set) var failures: [String] = []

    init(_ analyst: Analyst, at node: ServedNode) {
        self.analyst = analyst
        self.node = node
    }

    /// Ends the work.
    func close() { self.isOver = true }

    /// Submits and asks over one connection, from the first to the last.
    func stay(_ desk: Int) async {
        await self.noting {
            let client = try await self.analyst.connect(to: self.node)
            defer { client.close() }
            self.connections += 1
            var number = 0
            while !self.isOver {
                number += 1
                try await client.submit([TestRecord("R-\(desk)-\(number)")])
                self.submitted += 1
                _ = try await client.checkpoint()
                self.calls += 2
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    /// Connects, asks, and goes, again and again.
    func comeAndGo() async {
        while !self.isOver {
            await self.noting {
                let client = try await self.analyst.connect(to: self.node)
                self.connections += 1
                _ = try await client.checkpoint()
                self.calls += 1
                await client.shutdownGracefully()
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    private func noting(_ body: () async throws -> Void) async {
        do { try await body() } catch { self.failures.append(String(reflecting: error)) }
    }
}

@Suite("A node's certificate that is renewed while it runs", .timeLimit(.minutes(15)))
struct RotationTests {
    private static let isLong = ProcessInfo.processInfo.environment["DOSSIER_LONG_TESTS"] == "1"
    private static let rotations = isLong ? 100 : 20
    /// One in so many rotations stays half done until the node has said so.
    private static let slowOnes = 5

    /// The certificate that a node shows to whoever connects now, in DER.
    private static func shown(by node: ServedNode, to analyst: Analyst) async throws -> [UInt8] {
        let shown = Mutex<[UInt8]>([])
        let tls = try TLSContext(
            TLSConfiguration(
                role: .client(serverName: "localhost"),
                certificateChainPEM: analyst.credentials.chainPEM,
                privateKeyPEM: analyst.credentials.key.pem(),
                trustAnchors: (analyst.anchors.certificates[node.organisation] ?? []).map(\.der),
                applicationProtocols: ["h2"],
                verifyPeer: { chain in shown.withLock { $0 = chain.first ?? [] } }))
        let client = try await GRPCClient.connect(host: "localhost", port: node.port, tls: tls)
        await client.shutdownGracefully()
        return shown.withLock { $0 }
    }

    private static func eventually(
        _ what: String, within limit: Duration = .seconds(30),
        _ condition: () async throws -> Bool
    ) async throws {
        let start = ContinuousClock.now
        while try await !condition() {
            try #require(start.duration(to: .now) < limit, "not within \(limit): \(what)")
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Puts a pair into the files, in one of the ways in which operators do.
    private static func rotate(
        _ round: Int, to next: TestPKI.Credential, _ files: CredentialFiles, _ node: ServedNode
    ) async throws {
        let (certificate, key) = (try next.certificatePEM, try next.privateKeyPEM)
        let isSlow = round % self.slowOnes == 0
        let said = await node.logText.count
        switch round % 4 {
        case 0: try files.replaceCertificate(with: next)
        case 1: try files.replaceKey(with: next)
        case 2: try files.overwrite(files.certificate, with: certificate.dropLast(100))
        default: try files.overwrite(files.key, with: key.prefix(60))
        }
        if isSlow {
            try await self.eventually("the half is told") {
                await node.logText.dropFirst(said).contains("are not used")
            }
        }
        switch round % 4 {
        case 0: try files.replaceKey(with: next)
        case 1: try files.replaceCertificate(with: next)
        default:
            try files.overwrite(files.certificate, with: certificate)
            try files.overwrite(files.key, with: key)
        }
    }

    @Test("many times under load: no call fails, no stream ends, and the newest is what is shown")
    func underLoad() async throws {
        try await Scene.with { shared in
            let scene = try shared.withOwnMembers()
            let certificates = try NodeCertificates(scene, of: "kr")
            let node = try await ServedNode.start(scene)
            let analyst = try Analyst(scene)
            let office = Office(analyst, at: node)
            let follower = try Follower(scene.program(node: node), ["--from-start"])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for desk in 0..<3 { group.addTask { await office.stay(desk) } }
                for _ in 0..<2 { group.addTask { await office.comeAndGo() } }
                for round in 0..<Self.rotations {
                    let next = try certificates.next()
                    try await Self.rotate(round, to: next, certificates.files, node)
                    try await Self.eventually("round \(round) is shown") {
                        try await Self.shown(by: node, to: analyst) == next.certificate.der
                    }
                    if round % 4 == 0 {
                        let listed = try await scene.dossier(
                            "list", "--kind", "assessment", at: node)
                        #expect(listed.status == 0, "\(listed.errors)")
                    }
                }
                await office.close()
                try await group.waitForAll()
            }
            #expect(await office.failures == [])
            let submitted = await office.submitted
            #expect(submitted > Self.rotations)
            #expect(await office.connections > Self.rotations)
            try await Self.eventually("everything is followed") {
                try follower.printed.count >= submitted
            }
            #expect(try follower.printed.count == submitted)
            let followed = await follower.stop()
            // A connection that was lost and made again would have been told as well.
            #expect(followed.status == 0)
            #expect(followed.errors == "dossier: \(submitted) records\n")
            let log = await node.logText
            #expect(log.contains("new certificate and key in use"))
            print(
                "rotation: \(Self.rotations) rotations, \(await office.calls) calls, "
                    + "\(await office.connections) connections, \(submitted) records followed")
            #expect(await node.end(SIGTERM) == 0)
        }
    }

    @Test("a peer is turned away with its old certificate, and syncs with the new one")
    func sync() async throws {
        let extra = ["kr": ["--crl", "kr.crl"], "us": ["--crl", "us.crl"]]
        try await Consortium.with(["kr", "us"], unstarted: ["kr", "us"], extra: extra) {
            consortium in
            let (kr, us) = (try consortium.scene("kr"), try consortium.scene("us"))
            try await Self.revoke(nil, of: "us", in: "kr.crl", kr)
            try await Self.revoke(nil, of: "kr", in: "us.crl", us)
            for organisation in ["kr", "us"] { try await consortium.start(organisation) }
            try await Self.expectSynced("T-1", consortium)

            // In use at the node's own side, then not acceptable to the other any more.
            let certificates = try NodeCertificates(us, of: "us")
            let old = try certificates.keepAside("old.pem")
            let short = try certificates.next(lasting: 10 * 86_400)
            try certificates.files.replace(with: short)
            let analyst = try Analyst(us, of: "us")
            let node = try consortium.node("us")
            try await Self.eventually("the new certificate is shown") {
                try await Self.shown(by: node, to: analyst) == short.certificate.der
            }
            try await Self.expectWarnings(consortium)
            try await Self.revoke(old, of: "us", in: "kr.crl", kr)
            try await Self.eventually("kr knows") {
                try await consortium.node("kr").logText.contains("new revocation lists in use")
            }
            try await Self.expectSynced("T-2", consortium)

            let new = try certificates.keepAside("new.pem")
            try await Self.revoke(new, of: "us", in: "kr.crl", kr)
            try await Self.eventually("us is turned away") {
                try await consortium.status("us", of: "kr").error.contains("certificate revoked")
            }
            #expect(try await consortium.node("kr").logText.contains("is revoked by its CA"))
        }
    }

    @Test("a node whose certificate is revoked is not synced with")
    func revokedNode() async throws {
        let extra = ["us": ["--crl", "us.crl"]]
        try await Consortium.with(["kr", "us"], unstarted: ["us"], extra: extra) { consortium in
            let us = try consortium.scene("us")
            try await Self.revoke(nil, of: "kr", in: "us.crl", us)
            try await consortium.start("us")
            try await Self.expectSynced("T-1", consortium)
            let own = "\(try consortium.scene("kr").pki)/kr/node.pem"
            try await Self.revoke(own, of: "kr", in: "us.crl", us)
            try await Self.eventually("us refuses kr") {
                try await consortium.status("us", of: "kr").error.contains("is revoked by its CA")
            }
            // A broken file changes nothing, and is told.
            try us.write("us.crl", "nothing")
            try await Self.eventually("the broken file is told") {
                let status = try await consortium.dossier("sync", "status", as: "us", "operator")
                return status.text.contains("the revocation lists in us.crl are not used")
            }
            #expect(
                try await consortium.status("us", of: "kr").error.contains("is revoked by its CA"))
        }
    }

    /// Takes back a certificate, or with nil makes a list of none.
    private static func revoke(
        _ certificate: String?, of organisation: String, in file: String, _ scene: Scene
    ) async throws {
        let arguments = ["pki", "revoke", "--ca", "\(scene.pki)/\(organisation)/ca.pem"]
        let outcome = try await Program(directory: scene.folder)
            .run(arguments + ["--out", file] + (certificate.map { [$0] } ?? []))
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines == [file])
    }

    private static func expectSynced(_ reference: String, _ consortium: Consortium) async throws {
        try await consortium.connected(as: "kr") {
            try await $0.submit([TestRecord(reference, to: ["us"])])
        }
        try await self.eventually("us has \(reference)") {
            let got = try await consortium.dossier("get", "kr/\(reference)", as: "us")
            return got.status == 0
        }
    }

    private static func expectWarnings(_ consortium: Consortium) async throws {
        let status = { (form: String) in
            try await consortium.dossier("sync", "status", "--output", form, as: "us", "operator")
        }
        let text = "the certificate of spiffe://msmt.example/org/us/node/node ends "
        let table = try await status("table")
        #expect(
            table.status == 0 && table.lines.count { $0.hasPrefix("warning:") } == 1,
            "\(table.text)")
        #expect(table.lines.last?.hasPrefix("warning: \(text)") == true, "\(table.text)")
        let json = try JSONOutput.objects(await status("json"))
        #expect(json.count { $0["warnings"] != nil } == 1)
        let warnings = try #require(json.last?["warnings"] as? [String])
        #expect(warnings.count == 1 && warnings[0].hasPrefix(text), "\(warnings)")
        #expect(try await consortium.node("us").logText.contains(" warning \(text)"))
        let kr = try await consortium.dossier("sync", "status", as: "kr", "operator")
        #expect(!kr.text.contains("warnings"), "\(kr.text)")
    }
}
