import Foundation

/// How fast everything that a node keeps is read and checked again, with both cores.
enum AuditBenchmark {
    static func run(
        _ count: Int, _ name: String, at site: Site, into table: inout Table
    ) throws {
        Console.progress("auditing \(count) records")
        let clock = ContinuousClock()
        let taken = try clock.measure {
            try Program.run(
                site.dossier.path,
                [
                    "audit", "--members", site.members.path, "--organisation", Site.organisation,
                    "--data", site.data(of: name).path,
                ])
        }
        table.add(
            "audit: every byte, hash, signature and row", Double(count) / taken.seconds, .perSecond,
            goal: ">= 150,000/s")
    }
}
