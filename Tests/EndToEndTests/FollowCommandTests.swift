import DossierClient
import DossierCrypto
import DossierTestSupport
import Foundation
import Glibc
import Testing

@Suite("dossier follow as a process", .timeLimit(.minutes(2)))
struct FollowCommandTests {
    /// Waits until a condition holds; the suite's limit is what ends it otherwise.
    private static func until(_ condition: () async throws -> Bool) async throws {
        while try await !condition() { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// Logs so many records of kr.
    private static func submit(
        _ count: Int, _ prefix: String, _ scene: Scene, _ node: ServedNode
    ) async throws {
        let analyst = try Analyst(scene)
        try await analyst.connected(to: node) { client in
            let records = (0..<count).map {
                TestRecord.ofUsualSize("\(prefix)-\($0)", to: [], narrativeBytes: 2_000)
            }
            try await client.submit(analyst.plan([records])) { _ = try $1.get() }
        }
    }

    @Test(
        "a signal ends it while nobody reads what it prints; the place is good",
        arguments: [SIGINT, SIGTERM])
    func blockedOutput(signal: Int32) async throws {
        try await Scene.withNode { scene, node in
            try await Self.submit(200, "B", scene, node)
            let arguments = ["--from-start", "--cursor-file", "place"]
            let first = try Follower(scene.program(node: node), arguments, isRead: false)
            try await Self.until { first.unreadBytes > 40_000 }
            let end = await first.stop(signal)
            #expect(end.status == 0, "\(end.errors)")
            let before = try first.printed
            #expect(before.count < 200)

            let second = try Follower(scene.program(node: node), arguments)
            try await Self.until { try second.printed.last == "B-199 OPERATION_ASSERT" }
            #expect(await second.stop(signal).status == 0)
            #expect(Set(before + (try second.printed)).count == 200)
        }
    }

    @Test("a signal ends it while it connects, to a node that is silent or to none")
    func connecting() async throws {
        try await Scene.with { scene in
            for isListening in [true, false] {
                let port = try LoopbackPorts.next()
                let listener = isListening ? try SilentListener(port: port) : nil
                defer { listener?.close() }
                var program = scene.program()
                program.environment["DOSSIER_NODE"] = "localhost:\(port)"
                let follower = try Follower(program, [])
                if let listener {
                    await listener.accepted()
                } else {
                    try await Self.until { follower.errors.contains("trying again in") }
                }
                let end = await follower.stop(SIGINT)
                #expect(end.status == 0, "\(end.errors)")
            }
        }
    }

    @Test("what it has verified is remembered while it runs, and when it fails")
    func remembers() async throws {
        try await Scene.withNode { scene, node in
            try await Self.submit(1, "R", scene, node)
            var program = scene.program(node: node)
            program.environment["DOSSIER_STATE"] = "\(scene.folder)/killed"
            let killed = try Follower(program, ["--from-start"])
            try await Self.until { try !killed.printed.isEmpty && Self.remembers("killed", scene) }
            _ = await killed.stop(SIGKILL)

            program.environment["DOSSIER_STATE"] = "\(scene.folder)/failed"
            let failed = try Follower(program, ["--from-start", "--cursor-file", "no/such/place"])
            let end = await failed.end()
            #expect(end.status == 1)
            #expect(end.errors.contains("no/such/place cannot be written"), "\(end.errors)")
            #expect(Self.remembers("failed", scene))
        }
    }

    private static func remembers(_ state: String, _ scene: Scene) -> Bool {
        let files = try? FileManager.default.contentsOfDirectory(
            atPath: "\(scene.folder)/\(state)")
        return files?.contains { $0.hasSuffix(".checkpoint") } ?? false
    }

    @Test("when it fails it still says how many there were, and that some did not check")
    func failsAfterRefusals() async throws {
        try await Scene.withNode { scene, node in
            try await Self.submit(2, "F", scene, node)
            let chain = try Certificate.chain(
                pem: [UInt8](Data(contentsOf: URL(filePath: "\(scene.pki)/kr/analyst.pem"))))
            let revoked = try scene.revoking(#require(chain.first?.publicKey.keyID))
            let good = try Follower(
                scene.program(node: node), ["--from-start", "--cursor-file", "no/such/place"])
            let end = await good.end()
            #expect(end.status == 1)
            #expect(end.errors.contains("dossier: 2 records\n"), "\(end.errors)")

            var program = scene.program(node: node)
            program.environment["DOSSIER_MEMBERS"] = revoked
            let bad = try Follower(
                program, ["--from-start", "--cursor-file", "no/such/place"])
            let badEnd = await bad.end()
            #expect(badEnd.status == 2)
            #expect(badEnd.errors.contains("revokedKey"), "\(badEnd.errors)")
            #expect(badEnd.errors.contains("no/such/place cannot be written"))
        }
    }

    @Test("a place that is not good, or none, is told with what to do")
    func places() async throws {
        try await Scene.withNode { scene, node in
            try scene.write("place", "00ff\n")
            let bad = try await scene.dossier("follow", "--cursor-file", "place", at: node)
            #expect(bad.status == 1)
            #expect(bad.errors.contains("hint: remove place"), "\(bad.errors)")

            try scene.write("place", "\n")
            let empty = try Follower(scene.program(node: node), ["--cursor-file", "place"])
            try await Self.until { try !scene.text("place").allSatisfy(\.isWhitespace) }
            let end = await empty.stop()
            #expect(end.status == 0)
            #expect(end.errors.contains("place holds no place"), "\(end.errors)")
        }
    }

    @Test("it waits for a node that is not there yet")
    func waits() async throws {
        try await Scene.with { scene in
            let port = try LoopbackPorts.next()
            var program = scene.program()
            program.environment["DOSSIER_NODE"] = "localhost:\(port)"
            let follower = try Follower(program, ["--from-start"])
            try await Self.until { follower.errors.contains("trying again in") }
            let node = try await ServedNode.start(scene, port: port)
            try await Self.submit(1, "W", scene, node)
            try await Self.until { try follower.printed == ["W-0 OPERATION_ASSERT"] }
            #expect(await follower.stop().status == 0)
            await node.end(SIGTERM)
        }
    }
}

extension Scene {
    /// Path of a members file that differs in one thing: a key of kr's counts at no leaf.
    fileprivate func revoking(_ key: Digest) throws -> String {
        let path = "\(try self.withOwnMembers().pki)/members.json"
        let data = try Data(contentsOf: URL(filePath: path))
        var file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        var organisations = try #require(file["organisations"] as? [[String: Any]])
        for index in organisations.indices where organisations[index]["id"] as? String == "kr" {
            organisations[index]["revoked_keys"] = [["key_id": key.hexadecimal, "leaf_index": 0]]
        }
        file["organisations"] = organisations
        try JSONSerialization.data(withJSONObject: file, options: .withoutEscapingSlashes)
            .write(to: URL(filePath: path))
        return path
    }
}

/// Takes connections and says nothing.
private final class SilentListener: Sendable {
    private let descriptor: Int32

    init(port: Int) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(self.descriptor, $0, size) == 0
            }
        }
        guard isBound, listen(self.descriptor, 8) == 0 else {
            throw TestSupportError("port \(port): \(String(cString: strerror(errno)))")
        }
    }

    /// Waits for the first connection, which stays open.
    func accepted() async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                _ = accept(self.descriptor, nil, nil)
                continuation.resume()
            }
        }
    }

    func close() { _ = Glibc.close(self.descriptor) }
}
