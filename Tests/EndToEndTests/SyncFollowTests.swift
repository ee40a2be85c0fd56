import DossierTestSupport
import Foundation
import Testing

@Suite("Following at one's own node what others log")
struct SyncFollowTests {
    private static func submit(_ consortium: Consortium, _ references: [String]) async throws {
        try await consortium.connected(as: "kr") { client in
            for reference in references {
                try await client.submit([TestRecord(reference, to: ["us"])])
            }
        }
    }

    private static func asserted(_ references: [String]) -> [String] {
        references.map { "\($0) OPERATION_ASSERT" }
    }

    @Test("records and a withdrawal come as they are logged; stopped and restarted, none twice")
    func follow() async throws {
        try await Consortium.with(["kr", "us"]) { consortium in
            let arguments = ["--cursor-file", "place", "--from-start"]
            try await Self.submit(consortium, ["F-1"])
            let first = try Follower(consortium.program("us"), arguments)
            try await consortium.eventually("F-1") {
                try first.printed == Self.asserted(["F-1"])
            }
            try await Self.submit(consortium, ["F-2", "F-3"])
            let three = Self.asserted(["F-1", "F-2", "F-3"])
            try await consortium.eventually("three") { try first.printed == three }

            // The node goes and comes back under the follower, while more is logged.
            // It waits neither for its followers nor for the peers whose logs it follows.
            let took = await ContinuousClock().measure { await consortium.stop("us", SIGTERM) }
            #expect(took < .seconds(10))
            try await Self.submit(consortium, ["F-4"])
            try await consortium.start("us")
            let four = three + Self.asserted(["F-4"])
            try await consortium.eventually("four, over a restart of the node") {
                try first.printed == four
            }
            let withdrawn = try await consortium.dossier(
                "withdraw", "F-2", "--reason", "false", as: "kr")
            #expect(withdrawn.status == 0, "\(withdrawn.errors)")
            let five = four + ["F-2 OPERATION_WITHDRAW"]
            try await consortium.eventually("the withdrawal") { try first.printed == five }
            let end = await first.stop()
            #expect(end.status == 0, "\(end.errors)")
            #expect(try first.printed == five)

            await consortium.stop("us", SIGKILL)
            try await Self.submit(consortium, ["F-5", "F-6"])
            try await consortium.start("us")
            let second = try Follower(consortium.program("us"), arguments)
            let rest = Self.asserted(["F-5", "F-6"])
            try await consortium.eventually("what came in between") {
                try second.printed.count >= rest.count
            }
            try await Self.submit(consortium, ["F-7"])
            let all = rest + Self.asserted(["F-7"])
            try await consortium.eventually("F-7") { try second.printed.count >= all.count }
            let secondEnd = await second.stop()
            #expect(secondEnd.status == 0, "\(secondEnd.errors)")
            #expect(try second.printed == all)
        }
    }
}
