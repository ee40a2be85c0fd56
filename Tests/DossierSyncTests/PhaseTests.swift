import DossierAPI
import Testing

@testable import DossierSync

@Suite("Every phase of a machine")
struct PhaseTests {
    private let bench: Bench
    /// What happens, from the start to where everything is there, and what is wanted after it.
    private let way: [(event: SyncEvent, wanted: String)]

    init() throws {
        let bench = try Bench()
        self.bench = bench
        self.way = [
            (.started, "connect"),
            (.connected, "follow 0"),
            (.opened, "receive"),
            (
                .received(try bench.message(0..<3, withholding: [1, 4]).encoded()),
                "keep 6 from 0"
            ),
            (.kept, "find gaps from 0"),
            (.gaps([1..<2, 4..<5]), "fetch [Range(1..<2), Range(4..<5)]"),
            (.opened, "receive fetched"),
            (.received(try bench.answer([1]).encoded()), "look up [1]"),
            (.hashes([bench.log.hashes[1]]), "keep late [1]"),
            (.kept, "receive fetched"),
            (.ended, "keep epoch 1"),
            (.kept, "receive"),
        ]
    }

    /// What is wanted after an event, in each phase in turn.
    private func wanted(after event: SyncEvent) -> [String] {
        self.way.indices.map { count in
            var machine = self.bench.machine()
            _ = machine.on(self.way[...count].map(\.event))
            return machine.on(event)
        }
    }

    @Test("leads to the next")
    func leadsOn() {
        var machine = self.bench.machine()
        #expect(machine.on(self.way.map(\.event)) == self.way.map(\.wanted))
    }

    @Test(
        "ends with the connection when something fails",
        arguments: [SyncFailure.Code.unreachable, .silent, .storage, .unavailable, .cancelled])
    func failures(_ code: SyncFailure.Code) {
        let wanted = self.wanted(after: .failed(code))
        #expect(wanted == ["wait 375"] + [String](repeating: "disconnect", count: 11))
    }

    @Test("ends with evidence when something is a lie", arguments: [SyncFailure.Code.broken])
    func lies(_ code: SyncFailure.Code) {
        let wanted = self.wanted(after: .failed(code))
        #expect(wanted == [String](repeating: "accuse of broken", count: 12))
    }

    @Test("ends when it is paused")
    func pause() {
        let wanted = self.wanted(after: .command(.pause))
        #expect(wanted == [String](repeating: "disconnect", count: 12))
    }

    @Test("gives way to what an operator wants, from where the mirror stands")
    func commands() {
        // Up to the first that was kept there is nothing, then everything.
        let positions = [0, 0, 0, 6, 6, 6, 6, 6, 6, 6, 6]
        #expect(
            self.wanted(after: .command(.round))
                == ["connect"] + positions.map { "follow \($0) once" })
        #expect(
            self.wanted(after: .command(.resume))
                == ["connect"] + positions.map { "follow \($0)" })
    }
}
