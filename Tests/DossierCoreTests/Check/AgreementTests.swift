import Testing

@testable import DossierCore

@Suite("Check and codec agree")
struct AgreementTests {
    /// SplitMix64: the same numbers each time, so that a failure can be had again.
    struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = self.state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    @Test("what passes the check can be decoded, shown as JSON and read back", arguments: 1...8)
    func mutated(seed: Int) throws {
        var numbers = Numbers(state: UInt64(seed))
        let kinds: [UInt64] = [1, 3, 7, 12]
        let records = kinds.map { Specimen.record(kind: $0).encoded }
        var accepted = 0
        for _ in 0..<1_500 {
            let bytes = Self.mutate(records[Int.random(in: 0..<4, using: &numbers)], &numbers)
            guard RecordCheck.check(bytes).findings.isEmpty else { continue }
            accepted += 1
            let record = try Record(decoding: bytes)
            let json = try ProtoJSON.encode(message: "dossier.v1.Record", bytes)
            let again = try ProtoJSON.decode(message: "dossier.v1.Record", json: Array(json.utf8))
            #expect(try Record(decoding: again) == record)
            #expect(try Record(decoding: record.encoded()) == record)
        }
        #expect(accepted > 50)
    }

    /// A record after one to three small changes: a byte changed, taken out, put in, or doubled.
    private static func mutate(_ record: [UInt8], _ numbers: inout Numbers) -> [UInt8] {
        var bytes = record
        for _ in 0..<Int.random(in: 1...3, using: &numbers) {
            let index = Int.random(in: 0..<bytes.count, using: &numbers)
            switch Int.random(in: 0..<6, using: &numbers) {
            case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &numbers)
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(UInt8.random(in: .min ... .max, using: &numbers), at: index)
            case 3: bytes.append(contentsOf: bytes[index...].prefix(8))
            case _: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
            }
        }
        return bytes
    }
}
