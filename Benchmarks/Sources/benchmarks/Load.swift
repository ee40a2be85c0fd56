import DossierCrypto
import Foundation

/// What a load generator measured.
struct Load {
    /// Calls made each second.
    var perSecond: Double
    /// Milliseconds that 99 of 100 calls took at most.
    var slowestMilliseconds: Double
    /// Calls made.
    var calls: Double

    static let callsInFlight = 128
    static let connections = 4

    /// Calls a method with a message of `bytes` for a while.
    static func run(
        _ generator: URL, at site: Site, on port: Int, _ method: String, bytes: Int
    ) throws -> Load {
        try self.run(
            generator, at: site, on: port, method, ["\(site.seconds)", "\(bytes)"])
    }

    /// Calls a method once with each message of a file.
    static func run(
        _ generator: URL, at site: Site, on port: Int, _ method: String, messages: URL
    ) throws -> Load {
        try self.run(generator, at: site, on: port, method, [messages.path])
    }

    private static func run(
        _ generator: URL, at site: Site, on port: Int, _ method: String, _ rest: [String]
    ) throws -> Load {
        let files = site.files(of: .person)
        let line = try Program.run(
            generator.path,
            [
                "localhost:\(port)", method, site.anchors.path, files.certificate.path,
                files.key.path, "\(self.callsInFlight)", "\(self.connections)",
            ] + rest)
        let numbers = line.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard numbers.count == 5, numbers[1] > 0, numbers[4] == 0 else {
            throw Failure("\(generator.lastPathComponent) printed \(line)")
        }
        return Load(
            perSecond: numbers[0] / numbers[1], slowestMilliseconds: numbers[3] / 1_000,
            calls: numbers[0])
    }
}
