import FoundationEssentials
import Testing

@testable import DossierSync

@Suite("Nodes in virtual time")
struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment

    /// The seeds to run: one that is named, many for a long test, or some.
    static let seeds: [UInt64] = {
        if let seed = Self.environment["DOSSIER_SIMULATION_SEED"].flatMap({ UInt64($0) }) {
            return [seed]
        }
        return Array(1...(Self.environment["DOSSIER_LONG_TESTS"] == "1" ? 1_000 : 40))
    }()

    @Test("come to have what they are to have, whatever fails and whoever lies")
    func converge() throws {
        var heard: Set<Lie> = []
        var late = 0
        for seed in Self.seeds {
            let simulation = try Simulation(seed: seed)
            simulation.run()
            let complaints = simulation.complaints.joined(separator: "\n")
            #expect(complaints == "", "repeat with DOSSIER_SIMULATION_SEED=\(seed)")
            guard complaints.isEmpty else { return }
            heard.formUnion(simulation.heardLies)
            late += simulation.links.reduce(0) { $0 + $1.keptLate }
        }
        guard Self.seeds.count > 1 else { return }
        // What never happens is not tested; a short run misses some of what is rare.
        let unheard = Set(Lie.allCases).subtracting(heard)
        #expect(unheard.count <= (Self.seeds.count < 1_000 ? 4 : 0), "\(unheard)")
        #expect(late > Self.seeds.count)
    }

    /// Seven nodes, connected in some way.
    private func relayed(
        _ seed: UInt64, _ topology: Topology, faults: Int = 16
    ) throws -> Simulation {
        var settings = SimulationSettings(faults: faults, nodes: 7, topology: topology)
        // Whoever kept something back may not say so.
        settings.sync.reaskInterval = 60_000
        return try Simulation(seed: seed, settings)
    }

    @Test(
        "over any paths come to have all that these can give, whatever fails and whoever lies",
        arguments: Topology.allCases)
    func relay(_ topology: Topology) throws {
        for seed in Self.seeds.prefix(max(Self.seeds.count / Topology.allCases.count, 1)) {
            let simulation = try self.relayed(seed, topology)
            simulation.run()
            let complaints = simulation.complaints.joined(separator: "\n")
            #expect(
                complaints == "", "\(topology): repeat with DOSSIER_SIMULATION_SEED=\(seed)")
            guard complaints.isEmpty else { return }
        }
    }

    @Test(
        "over any paths, where nothing fails, each record crosses each link at most once",
        arguments: Topology.allCases)
    func relayOnce(_ topology: Topology) throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            let simulation = try self.relayed(seed, topology, faults: 0)
            simulation.run()
            #expect(simulation.complaints == [])
            #expect(simulation.accusations == [:])
            #expect(simulation.crossings.values.allSatisfy { $0 == 1 })
            let kept = simulation.links.reduce(0) { $0 + $1.mirror.records.count }
            #expect(kept == simulation.crossings.count && kept > 0)
        }
    }

    @Test("one seed is one run, to the last accusation")
    func repeats() throws {
        let runs = try (0..<2).map { _ in
            let simulation = try Simulation(seed: 11)
            simulation.run()
            return simulation
        }
        #expect(runs[0].now == runs[1].now)
        #expect(runs[0].crossings == runs[1].crossings)
        #expect(runs[0].accusations == runs[1].accusations)
        #expect(
            runs[0].links.map(\.machine.position) == runs[1].links.map(\.machine.position))
    }
}

@Suite("A simulation with a broken mirror")
struct BrokenMirrorTests {
    /// What is complained of first in runs of some seeds.
    private func complaint(_ flaw: SimulatedMirror.Flaw, faults: Int = 4) throws -> String? {
        for seed in 1...20 as ClosedRange<UInt64> {
            let simulation = try Simulation(
                seed: seed, SimulationSettings(faults: faults, flaw: flaw))
            simulation.run()
            if let complaint = simulation.complaints.first { return complaint }
        }
        return nil
    }

    @Test(
        "is complained of, whatever is broken",
        arguments: [
            (SimulatedMirror.Flaw.losesLateRecord, "has not the records"),
            (.altersRecord, "is not the log's"), (.swapsHashes, "that are not the log's"),
            (.inventsRecord, "is not the log's"), (.keepsTwice, "keeps leaves twice"),
            (.forgetsEpoch, "asks again for what it asked for"),
        ])
    func isNoticed(_ flaw: SimulatedMirror.Flaw, _ complaint: String) throws {
        let first = try #require(try self.complaint(flaw))
        #expect(first.contains(complaint))
    }
}
