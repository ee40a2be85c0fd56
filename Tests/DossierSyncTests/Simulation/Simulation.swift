import DossierAPI
import DossierCore
import DossierCrypto
import DossierTestSupport

@testable import DossierSync

/// Nodes that follow each other's logs, in virtual time: everything that happens comes from one seed.
/// What does not hold is complained of.
final class Simulation {
    let seed: UInt64
    let settings: SimulationSettings
    var generator: SeededGenerator
    private(set) var nodes: [SimulatedNode] = []
    private(set) var links: [SimulatedLink] = []
    private(set) var complaints: [String] = []
    /// Lies that arrived, and accusations by what was found.
    var heardLies: Set<Lie> = []
    var accusations: [String: Int] = [:]
    /// How often each record left for each reader.
    var crossings: [Crossing: Int] = [:]
    /// What each reader was told that each node offers.
    var told: [Direction: [String: OfferedLog]] = [:]
    /// In which directions nothing passes, and of how many faults.
    private var blocked: [Direction: Int] = [:]
    private var time = VirtualTime()
    /// When each node heard of each other last.
    var heard: [Direction: Int64] = [:]
    private(set) var healedAt = Int64.max

    init(seed: UInt64, _ settings: SimulationSettings = SimulationSettings()) throws {
        self.seed = seed
        self.settings = settings
        self.generator = SeededGenerator(seed: seed)
        self.nodes = try World.organisations.prefix(settings.nodes).map { try SimulatedNode($0) }
        for reader in self.nodes {
            reader.links = try self.nodes.filter { $0 !== reader }.map { peer in
                let link = try SimulatedLink(reader, of: peer, in: self)
                link.mirror.flaw = settings.flaw
                return link
            }
        }
        self.links = self.nodes.flatMap(\.links)
    }

    var now: Int64 { self.time.now }

    func arrange(after delay: Int64, _ body: @escaping () -> Void) {
        self.time.arrange(at: self.now + delay, body)
    }

    func node(_ organisation: String) -> SimulatedNode {
        guard let node = self.nodes.first(where: { $0.organisation == organisation }) else {
            preconditionFailure("\(organisation) has no node")
        }
        return node
    }

    func complain(_ complaint: String) { self.complaints.append("\(self.now): \(complaint)") }

    func attempt(_ body: () throws -> Void) {
        do { try body() } catch { self.complain("the simulation itself failed: \(error)") }
    }

    /// A random time, longer for a slow node.
    func delay(of node: SimulatedNode, _ range: ClosedRange<Int64>) -> Int64 {
        Int64.random(in: range, using: &self.generator) * node.slowness
    }

    func noise() -> [UInt8] {
        let count = Int.random(in: 1...40, using: &self.generator)
        // No message begins with a field of this number.
        return [0xFF, 0xFF]
            + (0..<count).map { _ in UInt8.random(in: 0...255, using: &self.generator) }
    }

    /// What a node may tell now instead of the truth; nothing if it tells the truth.
    func lies(
        of node: SimulatedNode, about origin: SimulatedNode, ofFetch isOfFetch: Bool
    ) -> [Lie] {
        guard isOfFetch ? node.liesOfLate : node.lies,
            Int.random(in: 0..<3, using: &self.generator) == 0
        else { return [] }
        // Two histories need the key of the log.
        let lies = Lie.allCases.filter {
            $0.isOfFetch == isOfFetch && (node === origin || !$0.needsLogKey)
        }.shuffled(using: &self.generator)
        guard Bool.random(using: &self.generator) else { return lies }
        return lies.filter(\.isRare) + lies.filter { !$0.isRare }
    }

    // MARK: - Running

    /// Runs until everything is as it should be, or should have been for long.
    func run() {
        for node in self.nodes { self.work(node) }
        for link in self.links { self.attempt { try link.start() } }
        self.keepTelling()
        let span = Int64.random(in: self.settings.span, using: &self.generator)
        // Leaves come late seldom, so whoever lies about those does so for long.
        if self.settings.faults > 0, Int.random(in: 0..<3, using: &self.generator) == 0 {
            for node in self.nodes {
                node.liesOfLate = true
                self.arrange(after: span) { node.liesOfLate = false }
            }
        }
        for _ in 0..<self.settings.faults { self.arrangeFault(before: span) }
        self.go(until: span)
        // What was sent last before may still be under way.
        self.healedAt = span + 5_000
        let patience = SyncSettings()
        let last = span + patience.lastRetryAfterLie + patience.lastRetry + 6 * patience.silence
        while self.now < last, self.complaints.isEmpty, !self.isSettled {
            self.go(until: self.now + 2_000)
        }
        // What is complete stays as it is.
        self.go(until: self.now + self.settings.rest)
        self.judge()
        for link in self.links { link.disconnect() }
        self.time.clear()
    }

    private func go(until end: Int64) {
        var isOver = false
        self.time.arrange(at: end) { isOver = true }
        while !isOver, self.complaints.isEmpty, let next = self.time.advance(until: end) { next() }
    }

    private func work(_ node: SimulatedNode) {
        for _ in 0..<Int.random(in: self.settings.batches, using: &self.generator) {
            let moment = Int64.random(
                in: 0..<self.settings.span.lowerBound, using: &self.generator)
            self.arrange(after: moment) {
                self.attempt {
                    let targets = self.targets(for: node)
                    let records = try node.workload.batch(
                        beside: node.log, about: targets, &self.generator)
                    try node.submit(records)
                    self.wake(node, with: node)
                }
            }
        }
    }

    /// Records that an organisation may have seen at their own nodes, mirrored or not.
    private func targets(for node: SimulatedNode) -> [Digest] {
        self.nodes.filter { $0 !== node }.flatMap { other in
            other.log.leaves.filter { leaf in
                !leaf.facts.operation.isNotice
                    && other.findings.releases(
                        leaf.hash, to: node.organisation, from: other.organisation)
            }.map(\.hash)
        }
    }

    // MARK: - The network

    func block(_ direction: Direction, for duration: Int64) {
        self.blocked[direction, default: 0] += 1
        self.arrange(after: duration) { self.blocked[direction, default: 1] -= 1 }
    }

    /// Whether nothing passes in a direction.
    func isBlocked(_ direction: Direction) -> Bool { self.blocked[direction, default: 0] > 0 }

    /// Whether something that is sent now arrives; what does not stalls its direction for good.
    func reaches(
        _ connection: SimulatedConnection, from sender: String, to receiver: String
    ) -> Bool {
        let direction = Direction(sender: sender, receiver: receiver)
        if self.isBlocked(direction) { connection.stalls.insert(direction) }
        return connection.isOpen && !connection.stalls.contains(direction)
    }

    func connect(
        _ link: SimulatedLink, to server: String,
        _ take: @escaping (SimulatedConnection) -> Void
    ) {
        let connection = SimulatedConnection(from: link.reader.organisation, to: server)
        let client = connection.client
        let node = self.node(server)
        let isReached =
            self.reaches(connection, from: client, to: server)
            && self.reaches(connection, from: server, to: client)
        let delay = isReached ? self.delay(of: node, 2...160) : 10_000
        link.end(after: delay) {
            guard isReached, node.isUp else {
                return .failed(SyncFailure(.unreachable, "no way to \(server)"))
            }
            take(connection)
            return .connected
        }
    }

    /// Sends what the server says to the client: in order on each stream.
    func deliver(_ arrival: SimulatedStream.Arrival, on stream: SimulatedStream) {
        let connection = stream.connection
        stream.lastSent = self.now
        guard self.reaches(connection, from: connection.server, to: connection.client) else {
            return
        }
        let delay = self.delay(of: self.node(connection.server), 1...80)
        stream.lastArrival = max(stream.lastArrival, self.now + delay)
        self.time.arrange(at: stream.lastArrival) {
            guard connection.isOpen else { return }
            stream.arrivals.append(arrival)
            self.links.first { $0.has(connection) }?.arrived(on: stream)
        }
    }

    /// Breaks a connection: its client learns of it, or has to find out by the silence.
    func cut(_ link: SimulatedLink) {
        guard let connection = link.connection else { return }
        guard Int.random(in: 0..<4, using: &self.generator) > 0 else {
            connection.stalls = [
                Direction(sender: connection.client, receiver: connection.server),
                Direction(sender: connection.server, receiver: connection.client),
            ]
            return
        }
        connection.close()
        link.broke(connection)
    }
}
