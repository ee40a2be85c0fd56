import Glibc
import Synchronization

/// A link between two nodes on this machine that can be cut: connections to its port are passed on to
/// another, by a thread of its own.
final class DemoLink: Sendable {
    private static let bufferBytes = 64 * 1_024
    // How many connections may wait to be taken.
    private static let backlog: Int32 = 16
    // How often it is looked whether the link was cut, in milliseconds.
    private static let lookInterval: Int32 = 20

    /// The port that it takes connections on.
    let port: Int
    private let listener: Int32
    private let target: Int
    private let isCut = Mutex(false)

    /// Lays the link to a port of this machine.
    init(to target: Int) throws {
        (self.listener, self.port) = try FreePorts.bound()
        self.target = target
        guard listen(self.listener, Self.backlog) == 0 else {
            throw CommandFailure("cannot listen: \(String(cString: strerror(errno)))")
        }
        var thread = pthread_t()
        // The thread lets go of the link at its end.
        let context = Unmanaged.passRetained(self).toOpaque()
        pthread_create(
            &thread, nil,
            { context in
                if let context {
                    Unmanaged<DemoLink>.fromOpaque(context).takeRetainedValue().run()
                }
                return nil
            }, context)
        pthread_detach(thread)
    }

    /// Ends all connections, and takes no more.
    func cut() { self.isCut.withLock { $0 = true } }

    private func run() {
        // Each end of a connection, and the other.
        var ends: [Int32: Int32] = [:]
        while !self.isCut.withLock({ $0 }) {
            var entries = ([self.listener] + ends.keys).map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            guard poll(&entries, nfds_t(entries.count), Self.lookInterval) > 0 else { continue }
            for entry in entries where entry.revents != 0 {
                if entry.fd == self.listener {
                    self.accept(&ends)
                } else if let other = ends[entry.fd], !Self.pass(from: entry.fd, to: other) {
                    for end in [entry.fd, other] {
                        close(end)
                        ends[end] = nil
                    }
                }
            }
        }
        for end in [self.listener] + ends.keys { close(end) }
    }

    private func accept(_ ends: inout [Int32: Int32]) {
        let client = Glibc.accept(self.listener, nil, nil)
        guard client >= 0 else { return }
        let node = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard FreePorts.withAddress(port: self.target, { connect(node, $0, $1) }) == 0 else {
            close(node)
            close(client)
            return
        }
        ends[client] = node
        ends[node] = client
    }

    /// Passes on what there is; false at the end.
    private static func pass(from source: Int32, to sink: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: self.bufferBytes)
        let count = recv(source, &buffer, buffer.count, 0)
        var sent = 0
        while sent < count {
            let written = buffer[sent..<count].withUnsafeBytes {
                send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard written > 0 else { return false }
            sent += written
        }
        return count > 0
    }
}

/// Ports of this machine that nobody listens on.
enum FreePorts {
    /// Finds so many, all different.
    static func find(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        // Held until all are found, so that none is given twice.
        defer { for descriptor in sockets { close(descriptor) } }
        return try (0..<count).map { _ in
            let (descriptor, port) = try self.bound()
            sockets.append(descriptor)
            return port
        }
    }

    /// A socket that is bound to one.
    static func bound() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = self.withAddress(port: 0) { bind(descriptor, $0, $1) } == 0
        let isNamed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound, isNamed else {
            throw CommandFailure("no free port: \(String(cString: strerror(errno)))")
        }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// Calls with the address of a port of this machine.
    static func withAddress(
        port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
