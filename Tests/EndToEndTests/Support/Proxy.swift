import DossierTestSupport
import Foundation
import Synchronization

/// A TCP proxy on loopback between who connects and a node: it counts, and it can be a bad network.
///
/// Connections have threads of their own, which look at the proxy's state a few times a second.
final class Proxy: Sendable {
    /// Which way bytes go.
    enum Direction: Hashable, Sendable {
        /// From who connected.
        case toNode
        /// From the node.
        case fromNode
    }

    /// Bytes that were passed on.
    struct Bytes: Sendable {
        var toNode = 0
        var fromNode = 0

        /// Both ways together.
        var both: Int { self.toNode + self.fromNode }

        static func - (lhs: Bytes, rhs: Bytes) -> Bytes {
            Bytes(toNode: lhs.toNode - rhs.toNode, fromNode: lhs.fromNode - rhs.fromNode)
        }
    }

    private struct State {
        var bytes = Bytes()
        var opened = 0
        var connections: [Int: Connection] = [:]
        var isRefusing = false
        var stopped: Set<Direction> = []
        var bytesPerSecond: Int?
        var isClosed = false
    }

    /// The port it listens on.
    let port: Int
    private let target: Int
    private let listener: Int32
    private let state = Mutex(State())

    private init(_ listener: Int32, port: Int, target: Int) {
        self.listener = listener
        self.port = port
        self.target = target
    }

    /// Listens, and passes connections on to a port.
    static func start(to target: Int) throws -> Proxy {
        let (listener, port) = try LoopbackPorts.listen()
        let proxy = Proxy(listener, port: port, target: target)
        Thread.detachNewThread { proxy.accept() }
        return proxy
    }

    /// Bytes that were passed on since the start.
    var bytes: Bytes { self.state.withLock { $0.bytes } }

    /// How many connections were passed on since the start.
    var opened: Int { self.state.withLock { $0.opened } }

    /// Cuts all connections, as a lost network does: with a reset.
    func cut() {
        let connections = self.state.withLock { state in
            defer { state.connections = [:] }
            return state.connections
        }
        for connection in connections.values { connection.shut() }
    }

    /// Whether connections are closed as soon as they come.
    func refuse(_ isRefusing: Bool) { self.state.withLock { $0.isRefusing = isRefusing } }

    /// Passes nothing on any more in a direction, or does so again.
    func stop(_ direction: Direction, _ isStopped: Bool) {
        self.state.withLock { state in
            if isStopped {
                state.stopped.insert(direction)
            } else {
                state.stopped.remove(direction)
            }
        }
    }

    /// Passes on at most so many bytes a second from the node; nil for as many as there are.
    func throttle(_ bytesPerSecond: Int?) {
        self.state.withLock { $0.bytesPerSecond = bytesPerSecond }
    }

    /// A good network again.
    func mend() {
        self.state.withLock { state in
            state.isRefusing = false
            state.stopped = []
            state.bytesPerSecond = nil
        }
    }

    /// Cuts all connections, and ends.
    func close() {
        self.state.withLock { $0.isClosed = true }
        self.cut()
    }

    // MARK: - Threads

    private func accept() {
        defer { Glibc.close(self.listener) }
        while !self.state.withLock({ $0.isClosed }) {
            guard Loopback.isReadable(self.listener) else { continue }
            let client = Glibc.accept(self.listener, nil, nil)
            guard client >= 0 else { continue }
            guard !self.state.withLock({ $0.isRefusing }), let node = self.reach() else {
                Glibc.close(client)
                continue
            }
            let connection = Connection(client: client, node: node)
            let number = self.state.withLock { state in
                state.opened += 1
                state.connections[state.opened] = connection
                return state.opened
            }
            for direction in [Direction.toNode, .fromNode] {
                Thread.detachNewThread { self.pump(connection, number, direction) }
            }
        }
    }

    private func reach() -> Int32? {
        guard let node = try? Loopback.socket() else { return nil }
        // What a slow reader does not take must wait in the node, not here.
        var size: Int32 = 64 * 1_024
        setsockopt(node, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        guard Loopback.connect(node, self.target) else {
            Glibc.close(node)
            return nil
        }
        return node
    }

    private func pump(_ connection: Connection, _ number: Int, _ direction: Direction) {
        let isToNode = direction == .toNode
        let source = isToNode ? connection.client : connection.node
        let sink = isToNode ? connection.node : connection.client
        var buffer = [UInt8](repeating: 0, count: 64 * 1_024)
        while !connection.isShut {
            let (isStopped, rate) = self.state.withLock {
                ($0.stopped.contains(direction), isToNode ? nil : $0.bytesPerSecond)
            }
            guard !isStopped else {
                usleep(10_000)
                continue
            }
            guard Loopback.isReadable(source) else { continue }
            // A tenth of a second's worth at a time.
            let limit = rate.map { max($0 / 10, 1) } ?? buffer.count
            let count = recv(source, &buffer, min(limit, buffer.count), 0)
            guard count > 0, Loopback.send(sink, buffer[..<count]) else { break }
            self.state.withLock { state in
                if isToNode { state.bytes.toNode += count } else { state.bytes.fromNode += count }
            }
            if rate != nil { usleep(100_000) }
        }
        // Whoever is first ends the other way too.
        connection.shut()
        if connection.leave() { self.state.withLock { $0.connections[number] = nil } }
    }
}

/// Both sockets of a connection; the last of its two threads closes them.
private final class Connection: Sendable {
    private struct State {
        var isShut = false
        var threads = 2
    }

    let client: Int32
    let node: Int32
    private let state = Mutex(State())

    init(client: Int32, node: Int32) {
        self.client = client
        self.node = node
        for descriptor in [client, node] {
            var isOn: Int32 = 1
            setsockopt(
                descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn,
                socklen_t(MemoryLayout<Int32>.size))
        }
    }

    var isShut: Bool { self.state.withLock { $0.isShut } }

    /// Ends both ways; what is under way is lost.
    func shut() {
        self.state.withLock { state in
            guard !state.isShut else { return }
            state.isShut = true
            for descriptor in [self.client, self.node] {
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(
                    descriptor, SOL_SOCKET, SO_LINGER, &linger,
                    socklen_t(MemoryLayout.size(ofValue: linger)))
                shutdown(descriptor, Int32(SHUT_RDWR))
            }
        }
    }

    /// Leaves a thread; true for the last, which has closed both.
    func leave() -> Bool {
        self.state.withLock { state in
            state.threads -= 1
            guard state.threads == 0 else { return false }
            Glibc.close(self.client)
            Glibc.close(self.node)
            return true
        }
    }
}
