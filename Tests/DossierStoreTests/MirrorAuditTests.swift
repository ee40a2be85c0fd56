import DossierTestSupport
import Testing

@testable import DossierStore

@Suite("Audit of a mirror")
struct MirrorAuditTests {
    @Test(
        "finds nothing in a mirror in order: withheld leaves, late records, nothing published yet")
    func inOrder() async throws {
        try await TestMirror.with { mirror, configuration in
            #expect(try await TestMirror.audit(configuration).run().findings == [])
            try await TestMirror.append(0..<4, to: mirror, checkpointOf: 4..<6)
            _ = try await mirror.held.pinnedSize()
            #expect(try await TestMirror.audit(configuration).run().findings == [])
            try await TestMirror.append(4..<6, to: mirror)
            try await mirror.add([TestMirror.late(3, 1), TestMirror.late(0, 2)])
            let report = try await TestMirror.audit(configuration).run()
            #expect(report.findings == [])
            #expect(report.counts.catalogRecords == 8)
            try await mirror.close()
            #expect(try await TestMirror.audit(configuration).run().findings == [])
        }
    }

    @Test("finds a byte that was changed in a frame, in a hash, or in a record that came late")
    func damage() async throws {
        try await TestMirror.with { mirror, configuration in
            try await TestMirror.append(0..<6, to: mirror)
            var late = TestMirror.late(0, 2)
            try await mirror.add([late])
            try await mirror.close()
            for name in ["segments/\(SegmentFile.name(firstIndex: 0))", HashFile.name] {
                let file = try POSIXFileSystem().open(
                    "\(configuration.directory)/\(name)", .update)
                let place = 400
                let byte = try file.read(count: 1, at: place)
                try file.write([byte[0] ^ 1], at: place)
                let findings = try await TestMirror.audit(configuration).run().findings
                #expect(findings.map(\.file) == ["\(configuration.directory)/\(name)"], "\(name)")
                try file.write(byte, at: place)
            }
            #expect(try await TestMirror.audit(configuration).run().findings == [])
            // Another mirror's notes, with a record that is not the leaf's.
            late.leafIndex = 5
            let notes = try MirrorNotes(in: configuration.directory)
            try await notes.add([late])
            try notes.close()
            let findings = try await TestMirror.audit(configuration).run().findings
            #expect(findings.contains { $0.table == "late_records" && $0.leaf == 5 })
        }
    }
}
