import ArgumentParser
import Foundation

// Measures Dossier against what else could do the same work, all on this machine in one run, and
// prints one table: work, Dossier's figure, the peer's, and how many times as much Dossier does.
//
// It leaves out how figures change over time: they are compared with a peer of the same run, not
// with another day's. A peer that is not installed is named as missing.

@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmarks", abstract: "Measure Dossier against its peers.")

    @Option(help: "Work to measure: \(Work.names).")
    var only: [Work] = Work.allCases

    @Option(help: "The dossier program (default: the one beside this program).")
    var dossier: String?

    @Option(help: "Folder of the peers' programs (default: Peers of this package).")
    var peers: String?

    @Option(help: "How long to measure what has no end of its own, in seconds.")
    var seconds = 5.0

    @Option(help: "How many records to submit one by one.")
    var singles = 50_000

    @Option(help: "How many records to submit in bulk.")
    var records = 1_000_000

    func run() async throws {
        let site = try Site(dossier: self.dossier, peers: self.peers, seconds: self.seconds)
        defer { site.remove() }
        var table = Table()
        for work in Work.allCases where self.only.contains(work) {
            Console.progress("measuring \(work.rawValue)")
            switch work {
            case .codec: try CodecBenchmark.run(seconds: self.seconds, into: &table)
            case .unary: try UnaryBenchmark.run(at: site, into: &table)
            case .idle: try IdleBenchmark.run(at: site, into: &table)
            case .single: try await SingleBenchmark.run(self.singles, at: site, into: &table)
            case .receipts:
                try await ReceiptBenchmark.run(self.singles, at: site, into: &table)
            case .bulk: try await BulkBenchmark.run(self.records, at: site, into: &table)
            case .sync: try await SyncBenchmark.run(self.records, at: site, into: &table)
            }
        }
        print(table.rendered)
    }
}

/// What can be measured.
enum Work: String, CaseIterable, ExpressibleByArgument {
    case codec, unary, idle, single, receipts, bulk, sync

    static var names: String { self.allCases.map(\.rawValue).joined(separator: ", ") }
}

/// What is said on standard error.
enum Console {
    static func progress(_ text: String) {
        FileHandle.standardError.write(Data("benchmarks: \(text)\n".utf8))
    }

    /// A peer that cannot be measured here.
    static func missing(_ peer: String, _ hint: String) {
        self.progress("\(peer) is missing: \(hint)")
    }
}
