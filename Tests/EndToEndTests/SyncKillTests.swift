import DossierAPI
import DossierClient
import DossierCore
import DossierTestSupport
import Foundation
import Testing

/// What one organisation's analysts submit while its node comes and goes.
private actor Desk {
    private let organisation: String
    private let others: [String]
    private var generator: SeededGenerator
    private var findings: [FindingDraft] = []
    private var unanswered: [FindingDraft] = []
    private var number = 0
    private var isOver = false
    /// How many versions were acknowledged.
    private(set) var acknowledged = 0

    init(of organisation: String, among organisations: [String], seed: UInt64) {
        self.organisation = organisation
        self.others = organisations.filter { $0 != organisation }
        self.generator = SeededGenerator(seed: seed)
    }

    /// Submits versions one after the other until it is told to stop; what was not acknowledged is
    /// submitted again.
    func work(_ consortium: Consortium) async throws {
        let analyst = try Analyst(consortium.scene(self.organisation), of: self.organisation)
        while !self.isOver {
            do {
                let client = try await analyst.connect(to: consortium.node(self.organisation))
                defer { client.close() }
                while !self.isOver {
                    if self.unanswered.isEmpty { self.unanswered = try self.next() }
                    try await client.submit(self.unanswered.map(\.newest))
                    self.keep()
                    try await Task.sleep(for: .milliseconds(15))
                }
            } catch let error as ExchangeError {
                #expect(
                    error.code == .unavailable || error.code == .failed,
                    "\(String(reflecting: error))")
            } catch is TestSupportError {
                // The node does not run.
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Ends the work.
    func close() { self.isOver = true }

    private func next() throws -> [FindingDraft] {
        let open = self.findings.indices.filter { !self.findings[$0].isWithdrawn }
        guard let index = open.randomElement(using: &self.generator),
            self.roll(2) > 0 || open.count > 30
        else {
            return (0...self.roll(5)).map { _ in
                self.number += 1
                let readers = self.others.filter { _ in self.roll(3) > 0 }
                return FindingDraft(
                    "\(self.organisation)-\(self.number)", of: self.organisation, to: readers)
            }
        }
        var finding = self.findings[index]
        switch self.roll(4) {
        case 0: try finding.withdraw()
        case 1: try finding.restrict(to: finding.releasability.filter { _ in self.roll(2) == 0 })
        default: try finding.amend()
        }
        return [finding]
    }

    private func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &self.generator) }

    private func keep() {
        self.acknowledged += self.unanswered.count
        for version in self.unanswered {
            let index = self.findings.firstIndex { $0.reference == version.reference }
            if let index { self.findings[index] = version } else { self.findings.append(version) }
        }
        self.unanswered = []
    }
}

@Suite("Mirrors while nodes are killed and the network breaks")
struct SyncKillTests {
    private static let isLong = ProcessInfo.processInfo.environment["DOSSIER_LONG_TESTS"] == "1"
    private static let organisations = ["kr", "us", "jp"]
    /// How long it goes on.
    private static let span = Duration.milliseconds(isLong ? 4_000 : 2_000)

    /// A seed can be given, to see a failure again: what is done is the same then, and its timing
    /// nearly so.
    private static let seeds: [UInt64] = {
        if let seed = ProcessInfo.processInfo.environment["DOSSIER_SEED"].flatMap(UInt64.init) {
            return [seed]
        }
        return (0..<(isLong ? 100 : 2)).map { _ in UInt64.random(in: 0..<1_000_000) }
    }()

    @Test("after it has stopped each node answers what the originators' nodes answer")
    func kills() async throws {
        for seed in Self.seeds { try await Self.run(seed) }
    }

    private static func run(_ seed: UInt64) async throws {
        try await Consortium.with(self.organisations) { consortium in
            let desks = self.organisations.enumerated().map { offset, organisation in
                Desk(
                    of: organisation, among: self.organisations,
                    seed: seed &* 4 &+ UInt64(offset))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for desk in desks { group.addTask { try await desk.work(consortium) } }
                group.addTask {
                    try await self.disturb(consortium, desks, seed)
                    for desk in desks { await desk.close() }
                }
                do { try await group.waitForAll() } catch {
                    for desk in desks { await desk.close() }
                    throw error
                }
            }
            for proxy in consortium.proxies.values { proxy.mend() }
            try await self.expectAgreement(consortium, seed)
        }
    }

    /// Does bad things until enough was submitted meanwhile.
    private static func disturb(
        _ consortium: Consortium, _ desks: [Desk], _ seed: UInt64
    ) async throws {
        var generator = SeededGenerator(seed: seed &* 4 &+ 3)
        let start = ContinuousClock.now
        var acknowledged = 0
        // A machine that is busy with other tests takes its time.
        while start.duration(to: .now) < (acknowledged < 10 ? .seconds(60) : self.span) {
            try await self.disturb(consortium, &generator)
            acknowledged = 0
            for desk in desks { acknowledged += await desk.acknowledged }
        }
        #expect(acknowledged >= 10, "seed \(seed)")
    }

    /// Does one bad thing, and makes it good again.
    private static func disturb(
        _ consortium: Consortium, _ generator: inout SeededGenerator
    ) async throws {
        let kind = Int.random(in: 0..<8, using: &generator)
        let pause = Duration.milliseconds(Int.random(in: 20..<250, using: &generator))
        let from = self.organisations.randomElement(using: &generator) ?? "kr"
        let to = self.organisations.filter { $0 != from }.randomElement(using: &generator) ?? "us"
        let proxy = try consortium.proxy(from, to)
        switch kind {
        case 0...2:
            await consortium.stop(from, SIGKILL)
            try await Task.sleep(for: pause)
            try await consortium.start(from)
        case 3, 4: proxy.cut()
        case 5:
            proxy.refuse(true)
            proxy.cut()
            try await Task.sleep(for: pause)
            proxy.refuse(false)
        case 6:
            let direction: Proxy.Direction =
                Bool.random(using: &generator) ? .toNode : .fromNode
            proxy.stop(direction, true)
            try await Task.sleep(for: pause)
            if Bool.random(using: &generator) { proxy.cut() }
            proxy.stop(direction, false)
        default:
            proxy.throttle(Int.random(in: 500..<5_000, using: &generator))
            try await Task.sleep(for: pause)
            proxy.throttle(nil)
        }
        try await Task.sleep(for: pause)
    }

    // MARK: - What is answered

    /// Expects that each node answers its own people what each originator's node answers them.
    private static func expectAgreement(_ consortium: Consortium, _ seed: UInt64) async throws {
        let start = ContinuousClock.now
        for reader in self.organisations {
            for originator in self.organisations where originator != reader {
                var (here, there): ([String], [String]) = ([], [])
                repeat {
                    here = try await self.answers(consortium, reader, at: reader, originator)
                    there = try await self.answers(consortium, reader, at: originator, originator)
                    if here == there { break }
                    try await Task.sleep(for: .milliseconds(50))
                } while start.duration(to: .now) < .seconds(30)
                let differing = Set(here).symmetricDifference(there).sorted()
                #expect(
                    here == there,
                    "seed \(seed): \(reader)'s node of \(originator)'s records: \(differing)")
                #expect(Set(here).count == here.count, "seed \(seed): a record is there twice")
                let status = try await consortium.status(reader, of: originator)
                #expect(status.evidence.isEmpty, "seed \(seed): \(status.error)")
            }
        }
    }

    /// Everything that a node has of an originator for somebody, in log order.
    private static func answers(
        _ consortium: Consortium, _ reader: String, at place: String, _ originator: String
    ) async throws -> [String] {
        var filter = Filter()
        filter.originators = [originator]
        filter.allVersions = true
        let request = ListRequest(filter: filter)
        return try await consortium.connected(as: reader, at: place) { client in
            var answers: [String] = []
            _ = try await client.list(request) { record in
                let facts = RecordCheck.check(record.bytes).facts
                answers.append(
                    "\(record.id) \(facts.reference)@\(facts.version) \(record.logOrigin) "
                        + "\(record.leafIndex) \(record.standing.name)")
            }
            return answers
        }
    }
}
