import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import Foundation

/// Records submitted one by one, each signed by itself and durable before it is answered, with
/// many calls in flight; against etcd, which puts values as long.
enum SingleBenchmark {
    static func run(_ count: Int, at site: Site, into table: inout Table) async throws {
        guard let generator = site.peer(".build/grpc-load") else {
            return Console.missing("grpc-load", "make -C Benchmarks/Peers")
        }
        let submissions = site.folder.appending(path: "submissions")
        Console.progress("signing \(count) records")
        try self.writeSubmissions(count, to: submissions, at: site)
        let node = try site.startNode("single")
        let load = try Load.run(
            generator, at: site, on: node.port, "/dossier.v1.ExchangeService/Submit",
            messages: submissions)
        node.stop()

        let peer = try self.measureEtcd(count, generator, at: site)
        let name = "etcd put"
        table.add(
            "submit one record, durable", load.perSecond, .perSecond, against: name,
            peer?.perSecond, goal: ">= 1.5")
        table.add(
            "99 of 100 are answered within", load.slowestMilliseconds, .milliseconds,
            against: name, peer?.slowestMilliseconds, goal: "<= 25 ms")
    }

    private static func writeSubmissions(_ count: Int, to file: URL, at site: Site) throws {
        let signer = try Signer(at: site)
        try MessageFile.write(count, to: file) { try signer.request($0).encoded() }
    }

    /// Signs sample records as the site's person.
    struct Signer: Sendable {
        private let credentials: Credentials
        private let moment: Moment

        init(at site: Site) throws {
            guard let moment = Moment(unixSeconds: UnixTime.now) else { throw Failure("no clock") }
            self.credentials = try site.client().credentials
            self.moment = moment
        }

        /// A submission of the record with a number, alone.
        func request(_ number: Int) throws -> SubmitRequest {
            let bytes = try Sample.record(number).encoded()
            let plan = SubmissionPlan([(bytes, RecordCheck.check(bytes).facts)])
            return try plan.batches[0].signed(
                by: self.credentials, logOrigin: Site.logOrigin, at: self.moment)
        }
    }

    private static func measureEtcd(
        _ count: Int, _ generator: URL, at site: Site
    ) throws -> Load? {
        guard let etcd = try Etcd.start(at: site) else {
            Console.missing("etcd", "apt-get install etcd-server")
            return nil
        }
        defer { etcd.stop() }
        let puts = site.folder.appending(path: "puts")
        try MessageFile.write(count, to: puts) { number in
            Etcd.put(
                key: Array("record/\(number)".utf8), value: try Sample.record(number).encoded())
        }
        return try Load.run(
            generator, at: site, on: etcd.port, "/etcdserverpb.KV/Put", messages: puts)
    }
}
