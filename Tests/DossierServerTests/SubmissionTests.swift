import DossierAPI
import DossierClient
import DossierCore
import DossierTestSupport
import GRPCWire
import Testing

@Suite("Submitting")
struct SubmissionTests {
    @Test("what is submitted can be listed and got, byte for byte")
    func roundTrip() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                let records = (1...3).map { TestRecord("R-\($0)", to: ["us"]) }
                let receipt = try await kr.submit(records)
                #expect(receipt.appended == 3)
                #expect(receipt.logSize == 3)
                #expect(receipt.kept.runs == [BatchRun(offset: 0, firstIndex: 0, count: 3)])

                try await node.connected(as: "us", "reader") { us in
                    let listed = try await us.list().records
                    #expect(listed.map(\.leafIndex) == [0, 1, 2])
                    for (record, listed) in zip(records, listed) {
                        let bytes = try record.encoded
                        #expect(listed.bytes == bytes)
                        #expect(listed.id == RecordID(ofEncoded: bytes))
                        let id = listed.id.hexadecimal
                        #expect(try await us.client.get(.recordID(id)).bytes == bytes)
                        #expect(
                            try await us.client.get(.recordID(String(id.prefix(8)))).bytes == bytes)
                        let reference = record.record.header.reference
                        for version: UInt32 in [0, 1] {
                            let got = try await us.client.get(
                                .finding(
                                    originator: "kr", reference: reference, version: version))
                            #expect(got.bytes == bytes)
                        }
                    }
                }
            }
        }
    }

    @Test("the same batch again adds nothing and gives the same places")
    func repeated() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                let records = (1...5).map { TestRecord("R-\($0)") }
                let first = try await kr.submit(records)
                for _ in 0..<3 {
                    let again = try await kr.submit(records)
                    #expect(again.appended == 0)
                    #expect(again.kept.runs == first.kept.runs)
                    #expect(again.logSize == 5)
                }
                #expect(try await kr.references().count == 5)
            }
        }
    }

    @Test("of a batch that is there in part, the rest is added, and the receipt has runs")
    func partlyRepeated() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                func records(_ numbers: [Int]) -> [TestRecord] {
                    numbers.map { TestRecord("R-\($0)") }
                }
                try await kr.submit(records([2, 3]))
                let receipt = try await kr.submit(records([1, 2, 3, 4, 5]))
                #expect(receipt.appended == 3)
                #expect(receipt.logSize == 5)
                #expect((0..<5).map { receipt.leafIndex(at: $0) } == [2, 0, 1, 3, 4])

                let shuffled = try await kr.submit(records([5, 3, 1]))
                #expect(shuffled.appended == 0)
                #expect((0..<3).map { shuffled.leafIndex(at: $0) } == [4, 1, 2])
                #expect(try await kr.references() == ["R-2", "R-3", "R-1", "R-4", "R-5"])
            }
        }
    }

    @Test("other bytes under the same reference and version are refused, naming what stands")
    func conflict() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                let standing = TestRecord("R-1")
                try await kr.submit([standing])
                let request = try kr.signed([
                    TestRecord("R-2").encoded, TestRecord("R-1", title: "Other").encoded,
                ])

                let status = try await kr.refusal(of: request)

                #expect(status.code == .alreadyExists)
                let id = RecordID(ofEncoded: try standing.encoded).hexadecimal
                #expect(status.message.contains(id) && status.message.contains("records[1]"))
                #expect(try await kr.references() == ["R-1"])
                #expect(try await kr.logSize() == 1)
            }
        }
    }

    @Test("what was acknowledged is there after a restart, and repeats are still known")
    func restart() async throws {
        try await withTemporaryDirectory { data in
            let consortium = try Consortium()
            let records = (1...4).map { TestRecord("R-\($0)") }
            let first = try await consortium.withNode(data: data) { node in
                try await node.connected { try await $0.submit(records) }
            }
            try await consortium.withNode(data: data) { node in
                try await node.connected { kr in
                    let again = try await kr.submit(records + [TestRecord("R-5")])
                    #expect(again.appended == 1)
                    #expect((0..<4).map { again.leafIndex(at: $0) } == [0, 1, 2, 3])
                    #expect(first.logSize == 4 && again.logSize == 5)
                    #expect(try await kr.references().count == 5)
                }
            }
        }
    }

    @Test("a batch of 10,000 records goes in")
    func largestBatch() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                let records = (1...Batch.maximumRecords).map { TestRecord("R-\($0)") }
                let receipt = try await kr.submit(records)
                #expect(receipt.appended == 10_000)
                #expect(try await kr.logSize() == 10_000)
            }
        }
    }

    @Test("the node lists largest records, however many fit on no page together")
    func largestRecords() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                for batch in 0..<2 {
                    try await kr.submit(
                        (0..<12).map { number in
                            var record = TestRecord("R-\(batch)-\(number)")
                            record.record.report.narratives = (0..<15).map { _ in
                                Text(text: String(repeating: "x", count: 16_384), language: "en")
                            }
                            return record
                        })
                }
                #expect(try await kr.references().count == 24)
            }
        }
    }
}
