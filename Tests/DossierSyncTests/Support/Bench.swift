import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import DossierTestSupport
import MerkleLog

@testable import DossierSync

/// A log of kr's with three batches, and what its node would send of it to us's.
struct Bench {
    static let origin = TestMembers.logOrigin("kr")

    let log: MemoryLog
    let subject: MirrorSubject

    init(_ batches: [[[UInt8]]], checking isChecked: Bool = true) throws {
        self.log = try MemoryLog(of: "kr")
        for batch in batches { try self.log.submit(batch, checking: isChecked) }
        self.subject = try World.shared.subject(of: "kr", for: "us")
    }

    /// Six leaves in three batches, all released to us.
    init() throws {
        try self.init([
            [try Self.record("KR-1"), try Self.record("KR-2"), try Self.record("KR-3")],
            [try Self.record("KR-4")],
            [try Self.record("KR-5"), try Self.record("KR-6")],
        ])
    }

    static func record(
        _ reference: String, to releasability: [String] = ["us"], orcon: Bool = false,
        changing change: (inout TestRecord) -> Void = { _ in }
    ) throws -> [UInt8] {
        var record = TestRecord(reference, to: releasability, orcon: orcon)
        change(&record)
        return try record.encoded
    }

    /// The message of some batches, the first of a stream unless told otherwise.
    func message(
        _ batches: Range<Int>, withholding withheld: Set<Int> = [], isFirst: Bool = true,
        epoch: [UInt8] = Self.epoch(1)
    ) throws -> FollowResponse {
        let chosen = self.log.batches[batches]
        let runs = chosen.map { batch in
            let leaves = batch.leaves.map { ($0, self.log.leaves[$0]) }
            let hidden = leaves.filter { withheld.contains($0.0) }.map(\.1.hash)
            guard hidden.count < leaves.count else {
                return LeafRun(batch: nil, records: [], withheldHashes: hidden)
            }
            return LeafRun(
                batch: batch.followed([0]),
                records: leaves.map { withheld.contains($0.0) ? [] : $0.1.record },
                withheldHashes: hidden)
        }
        let end = UInt64(chosen.last?.leaves.upperBound ?? self.log.leaves.count)
        return FollowResponse(
            firstIndex: UInt64(chosen.first?.leaves.lowerBound ?? self.log.leaves.count),
            runs: runs, checkpoint: try self.log.proven(from: end),
            certificates: isFirst ? self.log.batches.first?.attestation.certificates ?? [] : [],
            releaseEpoch: epoch)
    }

    /// An answer to a Fetch.
    func answer(_ indexes: [Int]) throws -> FetchResponse {
        FetchResponse(
            attestations: indexes.map {
                self.log.batches[self.log.leaves[$0].batch].attestation
            },
            records: try indexes.enumerated().map {
                try self.log.logged($0.element, attestation: $0.offset)
            }, answeredBelow: UInt64((indexes.last ?? -1) + 1))
    }

    static func epoch(_ number: UInt8) -> [UInt8] { [0, 0, 0, 0, 0, 0, 0, number] }

    /// A machine for a mirror that has nothing.
    func machine(
        epoch: [UInt8] = [], changing change: (inout SyncSettings) -> Void = { _ in }
    ) -> MachineBench {
        var settings = SyncSettings()
        change(&settings)
        let asked = epoch.isEmpty ? [:] : ["kr": AskedLeaves(releaseEpoch: epoch)]
        var bench = MachineBench(
            machine: SyncMachine(
                self.subject, at: SyncPosition(edge: TreeEdge(), seen: nil), asked: asked,
                settings: settings))
        bench.machine.note(self.offer(epoch: epoch), of: "kr", at: bench.now)
        return bench
    }

    /// What a node offers of the log: all of it, unless told otherwise.
    func offer(_ size: UInt64? = nil, epoch: [UInt8] = Self.epoch(1)) -> OfferedLog {
        OfferedLog(
            logOrigin: Self.origin, size: size ?? self.log.size, releaseEpoch: epoch)
    }
}

/// A machine, and the time; what it wants is given as a text.
struct MachineBench {
    var machine: SyncMachine
    var now: Int64 = 1_000
    var jitter = 0.5
    var evidence: DossierSync.Evidence?

    init(machine: SyncMachine) { self.machine = machine }

    mutating func on(_ event: SyncEvent) -> String {
        let action = self.machine.next(event, at: self.now, jitter: self.jitter)
        if case .accuse(let evidence, _) = action { self.evidence = evidence }
        return Self.text(action)
    }

    /// What it wants after each of some events.
    mutating func on(_ events: [SyncEvent]) -> [String] { events.map { self.on($0) } }

    mutating func on(_ message: FollowResponse) throws -> String {
        self.on(.received(try message.encoded()))
    }

    mutating func on(_ message: FetchResponse) throws -> String {
        self.on(.received(try message.encoded()))
    }

    /// Brings it to where it waits for the first message.
    mutating func open() { _ = self.on([.started, .connected, .opened]) }

    /// Brings it to where it has what a message brings.
    mutating func take(_ message: FollowResponse) throws -> String {
        _ = try self.on(message)
        return self.on(.kept)
    }

    private static func text(_ action: SyncAction) -> String {
        switch action {
        case .connect(let organisation):
            organisation == "kr" ? "connect" : "connect to \(organisation)"
        case .follow(let request): "follow \(request.position)\(request.once ? " once" : "")"
        case .receive: "receive"
        case .keep(let leaves):
            "keep \(leaves.runs.reduce(0) { $0 + $1.appended.count }) from \(leaves.firstIndex)"
        case .findGaps(let leaves): "find gaps from \(leaves.lowerBound)"
        case .fetch(let request, let organisation):
            "fetch \(request.ranges)\(organisation == "kr" ? "" : " from \(organisation)")"
        case .receiveFetched: "receive fetched"
        case .lookUp(let indexes): "look up \(indexes)"
        case .keepLate(let late): "keep late \(late.map(\.leafIndex))"
        case .keepAsked(let asked, _): "keep epoch \(asked.releaseEpoch.last ?? 0)"
        case .accuse(let evidence, _): "accuse of \(evidence.failure.code)"
        case .disconnect: "disconnect"
        case .wait(let milliseconds): "wait \(milliseconds)"
        case .rest: "rest"
        }
    }
}

extension SyncEvent {
    static func failed(_ code: SyncFailure.Code) -> SyncEvent { .failed(SyncFailure(code, "why")) }
}
