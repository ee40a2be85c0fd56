import DossierCrypto
import Foundation

/// An etcd of one member, over mutual TLS, that syncs each write as it does by default.
enum Etcd {
    /// Starts it; nil when it is not installed.
    static func start(at site: Site) throws -> Server? {
        guard let program = Installed.find("etcd", in: ["/usr/bin", "/usr/local/bin"]) else {
            return nil
        }
        return try Server(program, at: site)
    }

    /// A running etcd.
    final class Server {
        private let process = Process()
        let port: Int

        fileprivate init(_ program: URL, at site: Site) throws {
            self.port = try FreePort.any()
            let address = "https://localhost:\(self.port)"
            let peerAddress = "http://localhost:\(try FreePort.any())"
            let files = site.files(of: .node)
            self.process.executableURL = program
            self.process.arguments = [
                "--data-dir", site.folder.appending(path: "etcd").path, "--log-level", "error",
                "--listen-client-urls", "https://127.0.0.1:\(self.port)",
                "--advertise-client-urls", address,
                "--listen-peer-urls", peerAddress.replacing("localhost", with: "127.0.0.1"),
                "--initial-advertise-peer-urls", peerAddress,
                "--initial-cluster", "default=\(peerAddress)",
                "--cert-file", files.certificate.path, "--key-file", files.key.path,
                "--client-cert-auth", "--trusted-ca-file", site.anchors.path,
            ]
            self.process.standardError = FileHandle.nullDevice
            self.process.standardOutput = FileHandle.nullDevice
            try self.process.run()
            try FreePort.wait(for: self.port, while: self.process)
        }

        func stop() {
            self.process.kill()
        }
    }

    /// An encoded etcdserverpb.PutRequest: key 1, value 2.
    static func put(key: [UInt8], value: [UInt8]) -> [UInt8] {
        [0x0A] + self.varint(key.count) + key + [0x12] + self.varint(value.count) + value
    }

    private static func varint(_ value: Int) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F | 0x80)] + self.varint(value >> 7)
    }
}

/// Programs that Debian's packages bring.
enum Installed {
    static func find(_ name: String, in folders: [String]) -> URL? {
        folders.map { URL(filePath: "\($0)/\(name)") }.first {
            FileManager.default.isExecutableFile(atPath: $0.path)
        }
    }
}

/// Ports for programs that cannot be told to take any.
enum FreePort {
    /// A port that nothing listens on now.
    static func any() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> UInt16? in
                guard bind(descriptor, pointer, length) == 0,
                    getsockname(descriptor, pointer, &length) == 0
                else { return nil }
                return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    UInt16(bigEndian: $0.pointee.sin_port)
                }
            }
        }
        guard let port else { throw Failure("no port is free") }
        return Int(port)
    }

    /// Waits until something listens on a port.
    static func wait(for port: Int, while process: Process) throws {
        while process.isRunning {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = self.loopback(port: port)
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if result == 0 { return }
            usleep(20_000)
        }
        throw Failure("\(process.executableURL?.lastPathComponent ?? "a peer") ended at once")
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
