import DossierAPI
import DossierStore
import MerkleLog

@testable import DossierSync

/// Drives the machine of one node for the log of one other, as `LogSync` does, in virtual time.
final class SimulatedLink {
    private static let fullDisk = "the disk is full"

    unowned let simulation: Simulation
    let reader: SimulatedNode
    /// Whose log it is.
    let peer: SimulatedNode
    var mirror = SimulatedMirror()
    private(set) var machine: SyncMachine
    /// To the node that the log comes from.
    private(set) var connection: SimulatedConnection?
    /// To another node, which is asked for leaves again.
    private var aside: SimulatedConnection?
    private(set) var keptRecords = 0
    private(set) var keptLate = 0
    private var commands: [SyncCommand] = []
    // What is being done; whatever ends with another number was given up.
    private var number = 0
    private var action = SyncAction.rest
    private var receiving: SimulatedStream?
    // What came last and must be answered with an accusation.
    private var unansweredLie: Lie?
    private var hasHeardLie = false

    init(_ reader: SimulatedNode, of peer: SimulatedNode, in simulation: Simulation) throws {
        self.simulation = simulation
        self.reader = reader
        self.peer = peer
        self.machine = try Self.machine(reader, peer, SimulatedMirror(), simulation.settings)
    }

    private static func machine(
        _ reader: SimulatedNode, _ peer: SimulatedNode, _ mirror: SimulatedMirror,
        _ settings: SimulationSettings
    ) throws -> SyncMachine {
        SyncMachine(
            try World.shared.subject(of: peer.organisation, for: reader.organisation),
            at: mirror.position, asked: mirror.asked, settings: settings.sync)
    }

    var name: String { "\(self.reader.organisation) of \(self.peer.organisation)" }

    /// Begins anew with what the mirror has kept.
    func start() throws {
        self.machine = try Self.machine(
            self.reader, self.peer, self.mirror, self.simulation.settings)
        self.take(.started)
    }

    /// Ends at once; what is being kept may be kept or not.
    func kill() {
        if Bool.random(using: &self.simulation.generator) { self.finishKeeping() }
        self.number += 1
        self.disconnect()
        self.commands = []
        self.action = .rest
    }

    /// What an operator wants, as soon as what runs can be given up.
    func obey(_ command: SyncCommand) {
        self.commands.append(command)
        guard Self.isInterruptible(self.action) else { return }
        self.take(.command(self.commands.removeFirst()))
    }

    /// Notes what a node offers of the log; nil when it is not in touch any more.
    func note(_ offer: OfferedLog?, of organisation: String) {
        guard self.reader.isUp else { return }
        self.machine.note(offer, of: organisation, at: self.simulation.now)
        self.look()
    }

    /// Looks at the paths, if what is being done waits.
    func look() {
        guard self.reader.isUp, self.machine.shouldLook(at: self.simulation.now) else { return }
        self.take(.looked)
    }

    private static func isInterruptible(_ action: SyncAction) -> Bool {
        switch action {
        case .connect, .follow, .receive, .fetch, .receiveFetched, .wait, .rest: true
        case _: false
        }
    }

    // MARK: - Doing

    private func take(_ event: SyncEvent) {
        guard self.reader.isUp else { return }
        let jitter = Double.random(in: 0..<1, using: &self.simulation.generator)
        let action = self.machine.next(event, at: self.simulation.now, jitter: jitter)
        self.hold(action, after: event)
        self.number += 1
        self.receiving = nil
        self.action = action
        if !self.commands.isEmpty, Self.isInterruptible(action) {
            return self.take(.command(self.commands.removeFirst()))
        }
        self.perform(action)
    }

    /// Each lie must be answered with an accusation, and nothing else.
    private func hold(_ action: SyncAction, after event: SyncEvent) {
        if case .accuse(let evidence, _) = action {
            self.simulation.accusations["\(evidence.failure.code)", default: 0] += 1
            let contradicts = self.unansweredLie == .fork || self.unansweredLie == .olderCheckpoint
            if contradicts != (evidence.conflict != nil) {
                self.simulation.complain("\(self.name): wrong evidence, \(evidence.text)")
            }
            if !self.hasHeardLie {
                self.simulation.complain("\(self.name): accused of \(evidence.failure.message)")
            }
            self.unansweredLie = nil
            return
        }
        guard let lie = self.unansweredLie else { return }
        // What was sent of leaves that come late is held against their hashes first.
        if case .lookUp = action { return }
        self.unansweredLie = nil
        if case .failed(let failure) = event, failure.message == Self.fullDisk { return }
        self.simulation.complain("\(self.name): took a lie, \(lie)")
    }

    private func perform(_ action: SyncAction) {
        switch action {
        case .connect(let organisation):
            self.disconnect()
            self.simulation.connect(self, to: organisation) { connection in
                self.connection = connection
                self.hasHeardLie = false
            }
        case .follow(let request):
            self.open(SimulatedStream.Request.follow(request), on: self.connection)
        case .fetch(let request, let organisation):
            self.endAside()
            if organisation != self.connection?.server {
                self.aside = SimulatedConnection(
                    from: self.reader.organisation, to: organisation)
            }
            self.open(
                SimulatedStream.Request.fetch(request),
                on: organisation == self.connection?.server ? self.connection : self.aside)
        case .receive: self.receive(self.connection?.following)
        case .receiveFetched:
            self.receive(self.aside?.fetching ?? self.connection?.fetching)
        case .keep, .keepLate, .keepAsked, .findGaps, .lookUp:
            self.end(after: self.simulation.delay(of: self.reader, 1...20), self.finishKeeping)
        case .accuse(_, let organisation):
            self.endAside()
            if organisation == self.connection?.server { self.disconnect() }
            self.end(after: 1) { .disconnected }
        case .disconnect:
            self.disconnect()
            self.end(after: 1) { .disconnected }
        case .wait(let milliseconds): self.end(after: milliseconds) { .waited }
        case .rest: break
        }
    }

    /// Ends what is being done some time later, unless it is given up before.
    func end(after delay: Int64, _ outcome: @escaping () -> SyncEvent) {
        let number = self.number
        self.simulation.arrange(after: delay) {
            guard self.number == number else { return }
            self.take(outcome())
        }
    }

    /// Does to the mirror what is wanted of it.
    @discardableResult
    private func finishKeeping() -> SyncEvent {
        if self.reader.failsToKeep, Bool.random(using: &self.simulation.generator) {
            return .failed(SyncFailure(.storage, Self.fullDisk))
        }
        do throws(SyncFailure) {
            switch self.action {
            case .keep(let leaves): try self.note(self.mirror.keep(leaves))
            case .keepLate(let late):
                self.keptLate += late.count
                self.note(self.mirror.keep(late))
            case .keepAsked(let asked, let organisation):
                self.mirror.keep(asked, of: organisation)
                self.endAside()
            case .findGaps(let leaves): return .gaps(self.mirror.gaps(in: leaves))
            case .lookUp(let indexes): return .hashes(try self.mirror.hashes(of: indexes))
            case _: break
            }
            return .kept
        } catch {
            return .failed(error)
        }
    }

    private func note(_ kept: [Int]) {
        self.keptRecords += kept.count
        self.simulation.hold(self, kept)
        if self.mirror.published?.head == self.mirror.edge.head {
            self.simulation.wake(self.reader, with: self.peer)
        }
        for index in kept where self.peer.log.leaves.indices.contains(index) {
            let leaf = self.peer.log.leaves[index]
            self.reader.findings.take(leaf.hash, leaf.facts)
        }
    }

    // MARK: - The connection

    private func open(
        _ request: SimulatedStream.Request, on connection: SimulatedConnection?
    ) {
        guard let connection, connection.isOpen else {
            return self.end(after: 1) { .failed(SyncFailure(.unreachable, "no connection")) }
        }
        let stream = SimulatedStream(request, of: self.peer, on: connection)
        switch request {
        case .follow:
            connection.following = stream
            connection.fetching = nil
        case .fetch: connection.fetching = stream
        }
        self.simulation.open(stream)
        self.end(after: 1) { .opened }
    }

    private func receive(_ stream: SimulatedStream?) {
        guard let stream, stream.connection.isOpen else {
            return self.end(after: 1) { .failed(SyncFailure(.unreachable, "no call")) }
        }
        guard stream.arrivals.isEmpty else {
            return self.end(after: 0) { self.next(of: stream) }
        }
        self.receiving = stream
        self.end(after: self.machine.settings.silence) {
            .failed(SyncFailure(.silent, "nothing came"))
        }
    }

    private func next(of stream: SimulatedStream) -> SyncEvent {
        switch stream.arrivals.removeFirst() {
        case .message(let bytes, let lie, let isGross):
            if let lie {
                self.hasHeardLie = true
                self.simulation.heardLies.insert(lie)
            }
            // Whoever takes messages as slowly as one a second is flooded by nobody.
            let isLate = self.simulation.now - stream.lastArrival > 10_000
            if isGross, !(lie?.isFlood == true && isLate) { self.unansweredLie = lie }
            return .received(bytes)
        case .end: return .ended
        }
    }

    /// Something has come.
    func arrived(on stream: SimulatedStream) {
        guard self.receiving === stream else { return }
        self.take(self.next(of: stream))
    }

    /// The connection broke.
    func broke(_ connection: SimulatedConnection) {
        guard self.has(connection), self.receiving?.connection === connection else { return }
        self.take(.failed(SyncFailure(.unreachable, "the connection broke")))
    }

    func disconnect() {
        self.connection?.close()
        self.connection = nil
        self.endAside()
    }

    private func endAside() {
        self.aside?.close()
        self.aside = nil
    }

    /// Whether a connection is one of the link's.
    func has(_ connection: SimulatedConnection) -> Bool {
        self.connection === connection || self.aside === connection
    }
}
