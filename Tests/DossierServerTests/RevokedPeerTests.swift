import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import Foundation
import GRPCWire
import Logging
import NIOOpenSSL
import Synchronization
import Testing

@testable import DossierServer

@Suite("Peers whose certificate is taken back", .timeLimit(.minutes(2)))
struct RevokedPeerTests {
    /// Kr's node with its identity in files, among which are revocation lists.
    private static func withNode(
        _ body: (TestNode, CredentialFiles, _ lists: String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let consortium = try Consortium()
            let files = CredentialFiles(in: folder)
            try files.replace(with: consortium.pki.node("kr"))
            let lists = "\(folder)/crl.pem"
            try Self.revoke([], of: "kr", consortium.pki, in: lists)
            let identity = try NodeIdentity(
                files: .init(
                    certificate: files.certificate, key: files.key, revocationLists: lists),
                anchors: consortium.pki.anchors)
            try await consortium.withNode(identity: identity) { node in
                try await body(node, files, lists)
            }
        }
    }

    /// Adds to the lists in a file.
    private static func revoke(
        _ credentials: [TestPKI.Credential], of organisation: String, _ pki: TestPKI,
        in path: String
    ) throws {
        let old = FileManager.default.contents(atPath: path).map { [UInt8]($0) } ?? []
        let new = try pki.authority(of: organisation)
            .revoke(credentials.map(\.certificate), addingTo: old)
        try Data(new).write(to: URL(filePath: path), options: .atomic)
    }

    @Test("a revoked peer's calls and connections end, and it gets no other; nobody else notices")
    func revoked() async throws {
        try await Self.withNode { node, _, lists in
            let pki = node.consortium.pki
            let (gone, good) = (try pki.node("us"), try pki.node("us"))
            try await node.connected { try await $0.submit([TestRecord("A-0", to: ["us"])]) }
            let follow = FollowRequest(logOrigin: TestNode.logOrigin, position: 0)
            try await node.connected(as: "us", credential: good) { staying in
                let stays = try await staying.client.ask(.follow(follow))
                _ = try await stays.next()
                await #expect(throws: (any Error).self) {
                    try await node.connected(as: "us", credential: gone) { going in
                        let ends = try await going.client.ask(.follow(follow))
                        _ = try await ends.next()
                        try Self.revoke([gone], of: "us", pki, in: lists)
                        // Until the connection is closed.
                        while try await ends.next() != nil {}
                    }
                }
                let refusal = await #expect(throws: ExchangeError.self) {
                    try await node.connected(as: "us", credential: gone) { _ in }
                }
                #expect(refusal?.code == .unavailable)
                #expect(
                    refusal?.message.contains("revoked") == true, "\(refusal?.message ?? "")")
                try await node.connected(credential: pki.person("kr")) {
                    try await $0.submit([TestRecord("A-1", to: ["us"])])
                }
                while try await stays.next().map({ try FollowResponse(decoding: $0).runs.isEmpty })
                    ?? false
                {}
                #expect(try await node.references(as: "us") == ["A-0", "A-1"])
            }
        }
    }

    @Test("what a person signed before its certificate was taken back stays good")
    func attestations() async throws {
        try await Self.withNode { node, _, lists in
            let pki = node.consortium.pki
            let signer = try pki.person("kr")
            try await node.connected(credential: signer) {
                try await $0.submit([TestRecord("A-0", to: ["us"])])
            }
            try Self.revoke([signer], of: "kr", pki, in: lists)
            while true {
                do {
                    try await node.connected(credential: signer) { _ = try await $0.references() }
                } catch { break }
            }
            #expect(try await node.references(as: "us") == ["A-0"])
            try await node.connected(as: "us") { _ = try await $0.get("A-0") }
        }
    }

    @Test("a call on a connection that is not closed yet is UNAUTHENTICATED")
    func lateCall() async throws {
        let consortium = try Consortium()
        let pki = consortium.pki
        let (gone, good) = (try pki.person("us"), try pki.person("us"))
        let lists = try RevocationLists(
            pem: pki.authority(of: "us").revoke([gone.certificate]), anchors: pki.anchors)
        let own = try pki.node("kr")
        let calls = CallAnswering(
            identity: NodeIdentity(
                try Credentials(
                    chainPEM: own.certificatePEM, key: own.privateKey,
                    trustDomain: pki.trustDomain), revocations: lists),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, shutdown: Shutdown())
        for (credential, isGood) in [(gone, false), (good, true)] {
            let peer = try Peer(
                chain: [credential.certificate.der], anchors: pki.anchors,
                members: consortium.members, revocations: RevocationLists())
            let call = ServerCall(path: Exchange.get, connection: peer)
            if isGood {
                try await calls.answer(call) { _ in }
            } else {
                let status = await #expect(throws: GRPCStatus.self) {
                    try await calls.answer(call) { _ in }
                }
                #expect(status?.code == .unauthenticated)
                #expect(status?.message.contains("revoked") == true)
                #expect(throws: CryptoError.self) {
                    _ = try Peer(
                        chain: [credential.certificate.der], anchors: pki.anchors,
                        members: consortium.members, revocations: lists)
                }
            }
        }
    }

    @Test("a client connects to no node whose certificate is taken back")
    func node() async throws {
        try await Self.withNode { node, files, _ in
            let pki = node.consortium.pki
            let own = try Certificate(
                pem: [UInt8](Data(contentsOf: URL(filePath: files.certificate))))
            let lists = try RevocationLists(
                pem: pki.authority(of: "kr").revoke([own]), anchors: pki.anchors)
            let refusal = await #expect(throws: ExchangeError.self) {
                try await node.connected(
                    as: "us", configuring: { $0.revocations = { lists } }, { _ in })
            }
            #expect(refusal?.code == .unavailable)
            #expect(refusal?.message.contains("revoked") == true, "\(refusal?.message ?? "")")
            try await node.connected(as: "us") { _ in }
        }
    }

    @Test("a stream from a node whose certificate is taken back meanwhile ends")
    func openNode() async throws {
        try await Self.withNode { node, files, _ in
            let pki = node.consortium.pki
            let own = try Certificate(
                pem: [UInt8](Data(contentsOf: URL(filePath: files.certificate))))
            let lists = Mutex(RevocationLists())
            try await node.connected { try await $0.submit([TestRecord("A-0", to: ["us"])]) }
            try await node.connected(
                as: "us", credential: pki.node("us"),
                configuring: { $0.revocations = { lists.withLock { $0 } } },
                { us in
                    let messages = try await us.client.ask(
                        .follow(FollowRequest(logOrigin: TestNode.logOrigin, position: 0)))
                    #expect(try await messages.next() != nil)
                    let revoked = try RevocationLists(
                        pem: pki.authority(of: "kr").revoke([own]), anchors: pki.anchors)
                    lists.withLock { $0 = revoked }
                    try await node.connected {
                        try await $0.submit([TestRecord("A-1", to: ["us"])])
                    }
                    let refusal = await #expect(throws: ExchangeError.self) {
                        _ = try await messages.next()
                    }
                    #expect(refusal?.code == .unverifiable)
                })
        }
    }

    @Test("whoever connects is shown the newest certificate, and connections that are open go on")
    func renewed() async throws {
        try await Self.withNode { node, files, _ in
            let pki = node.consortium.pki
            try await node.connected(as: "us") { open in
                for _ in 0..<3 {
                    let next = try pki.node("kr")
                    try files.replace(with: next)
                    let old = try RevocationLists(
                        pem: pki.authority(of: "kr").revoke([next.certificate]),
                        anchors: pki.anchors)
                    // The new one is seen once a client that does not want it is refused.
                    while true {
                        do {
                            try await node.connected(
                                as: "us", configuring: { $0.revocations = { old } }, { _ in })
                        } catch { break }
                        _ = try await open.references()
                    }
                    _ = try await open.references()
                }
            }
        }
    }
}
