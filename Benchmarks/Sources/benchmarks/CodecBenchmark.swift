import DossierCore
import SwiftProtobuf
import SwiftProtobufMessages

/// Encoding, decoding and checking a record, against swift-protobuf.
enum CodecBenchmark {
    static func run(seconds: Double, into table: inout Table) throws {
        let value = Sample.record(1)
        let bytes = try value.encoded()
        let message = try Dossier_V1_Record(serializedBytes: bytes)
        guard try message.serializedBytes() as [UInt8] == bytes,
            try Record(decoding: bytes) == value, RecordCheck.check(bytes).findings.isEmpty
        else { throw Failure("codecs do not agree") }
        Console.progress("the record has \(bytes.count) bytes")

        let rounds = try Self.interleaved(
            seconds: seconds,
            [
                { _ = try Record(decoding: bytes) },
                { _ = try Dossier_V1_Record(serializedBytes: bytes) },
                { _ = try value.encoded() },
                { _ = try message.serializedBytes() as [UInt8] },
                { _ = RecordCheck.check(bytes) },
            ])
        let peer = "swift-protobuf"
        table.add(
            "decode a record", rounds[0], .microseconds, against: peer, rounds[1], goal: "<= 0.5")
        table.add(
            "encode a record", rounds[2], .microseconds, against: peer, rounds[3], goal: "<= 0.65")
        table.add(
            "check a record, header and keys", rounds[4], .microseconds, against: "\(peer), decode",
            rounds[1], goal: "<= 0.33")
    }

    /// Microseconds one call of each takes: the best of many rounds in turn, so that whatever else
    /// the machine does strikes all alike.
    private static func interleaved(
        seconds: Double, _ bodies: [() throws -> Void]
    ) throws -> [Double] {
        let calls = 2_000
        var best = bodies.map { _ in Double.infinity }
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        repeat {
            for (index, body) in bodies.enumerated() {
                let duration = try clock.measure {
                    for _ in 0..<calls { try body() }
                }
                best[index] = min(best[index], duration.microseconds / Double(calls))
            }
        } while clock.now < end
        return best
    }
}

/// Why nothing could be measured.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension Duration {
    var seconds: Double {
        let (seconds, attoseconds) = self.components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    var microseconds: Double { self.seconds * 1e6 }
}
