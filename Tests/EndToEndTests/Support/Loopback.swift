import DossierTestSupport
import Foundation
import Synchronization

/// Sockets on 127.0.0.1.
enum Loopback {
    static func socket() throws -> Int32 {
        let descriptor = Glibc.socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestSupportError("no socket: \(errno)") }
        return descriptor
    }

    static func bind(_ descriptor: Int32, _ port: Int) -> Bool {
        var isOn: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<Int32>.size))
        return self.withAddress(port) { Glibc.bind(descriptor, $0, $1) == 0 }
    }

    static func connect(_ descriptor: Int32, _ port: Int) -> Bool {
        self.withAddress(port) { Glibc.connect(descriptor, $0, $1) == 0 }
    }

    /// Whether there is something to read, after a short wait.
    static func isReadable(_ descriptor: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 50) > 0
    }

    /// Sends everything; false when the connection has ended.
    static func send(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func withAddress(
        _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// Ports of this machine that nobody listens on, none twice.
enum LoopbackPorts {
    // Below those that the system gives to whoever connects: a node that was killed must find its
    // port free when it comes back.
    private static let range = 12_000..<32_000
    private static let given = Mutex<Set<Int>>([])

    static func next() throws -> Int {
        let (descriptor, port) = try self.listen()
        Glibc.close(descriptor)
        return port
    }

    /// A socket that listens on such a port.
    static func listen() throws -> (descriptor: Int32, port: Int) {
        for _ in 0..<1_000 {
            let port = Int.random(in: self.range)
            guard self.given.withLock({ $0.insert(port).inserted }) else { continue }
            let descriptor = try Loopback.socket()
            if Loopback.bind(descriptor, port), Glibc.listen(descriptor, 64) == 0 {
                return (descriptor, port)
            }
            Glibc.close(descriptor)
        }
        throw TestSupportError("no free port")
    }
}
