import CDossierProtos
import CProtobufC
import DossierCore
import Testing

@Suite("Arena")
struct ArenaTests {
    @Test("memory is aligned, distinct, and knows its size")
    func allocation() throws {
        try withArena(limit: 1 << 22) { arena in
            var last = UnsafeMutableRawPointer(bitPattern: 8)
            for size in 0..<2_000 {
                let memory = try #require(dossier_arena_allocate(arena, size))
                #expect(Int(bitPattern: memory) % 8 == 0)
                #expect(memory != last)
                #expect(dossier_arena_exhausted(arena) == 0)
                memory.initializeMemory(as: UInt8.self, repeating: 0xA5, count: size)
                last = memory
            }
        }
    }

    @Test("a string's length is known although NUL is in it")
    func stringLength() throws {
        try withArena(limit: 1 << 20) { arena in
            let memory = try #require(dossier_arena_allocate(arena, 5))
            let text = memory.initializeMemory(as: CChar.self, repeating: 0, count: 5)
            #expect(dossier_string_length(text) == 4)
        }
    }

    @Test("text is plain when it is ASCII without NUL, however long, wherever the exception is")
    func plainText() {
        for length in 0..<40 {
            for ordinary in [1, 0x41, 0x7F] as [UInt8] {
                var text = [UInt8](repeating: ordinary, count: length)
                #expect(dossier_is_plain(text, length) == 1)
                for index in text.indices {
                    for exception in [0, 0x80, 0xFF] as [UInt8] {
                        text[index] = exception
                        #expect(dossier_is_plain(text, length) == 0)
                    }
                    text[index] = ordinary
                }
            }
        }
    }

    @Test("past its limit, or for a size that wraps around, it gives nothing and says so")
    func limit() throws {
        for size in [65_537, 1 << 40, Int.max, -1, -8, -16] {
            try withArena(limit: 65_536) { arena in
                #expect(dossier_arena_exhausted(arena) == 0)
                #expect(dossier_arena_allocate(arena, size) == nil)
                #expect(dossier_arena_exhausted(arena) == 1)
                // What is small enough is still served.
                #expect(dossier_arena_allocate(arena, 100) != nil)
            }
        }
    }

    @Test("many small allocations reach the limit too, and not before")
    func limitInSmallSteps() throws {
        try withArena(limit: 1 << 20) { arena in
            var served = 0
            while dossier_arena_allocate(arena, 1_016) != nil { served += 1_024 }
            #expect(served <= 1 << 20)
            #expect(served > (1 << 20) * 9 / 10)
            #expect(dossier_arena_exhausted(arena) == 1)
        }
    }

    @Test("a thread gets the arena back that it returned, empty; two at once are two")
    func reuse() throws {
        let first = try #require(dossier_arena_borrow(1 << 20))
        let second = try #require(dossier_arena_borrow(1 << 20))
        #expect(first != second)
        while dossier_arena_allocate(first, 1 << 10) != nil {}
        dossier_arena_return(first)
        let again = try #require(dossier_arena_borrow(1 << 20))
        #expect(again == first)
        #expect(dossier_arena_exhausted(again) == 0)
        #expect(dossier_arena_allocate(again, 1 << 19) != nil)
        dossier_arena_return(again)
        dossier_arena_return(second)
    }

    private func withArena(
        limit: Int, _ body: (UnsafeMutablePointer<dossier_arena>) throws -> Void
    ) throws {
        let arena = try #require(dossier_arena_borrow(limit))
        defer { dossier_arena_return(arena) }
        try body(arena)
    }
}

@Suite("Record codec: memory")
struct RecordMemoryTests {
    @Test("a record of empty messages that unpack to forty times its size is refused")
    func exhaustion() throws {
        let titles = [UInt8]((0..<120_000).flatMap { _ in field(1, []) })
        let bytes = field(1, []) + field(2, titles) + field(16, [])
        #expect(bytes.count < Record.maximumEncodedBytes)
        #expect(throws: CoreError.tooLarge) { try Record(decoding: bytes) }
        // The arena is as good as new.
        #expect(try Record(decoding: sampleRecord.encoded()) == sampleRecord)
    }

    @Test("as many elements as the wire check lets through fit, in the fattest message there is")
    func elementCap() throws {
        let sources = [UInt8]((0..<16_380).flatMap { _ in field(5, []) })
        let bytes = field(1, []) + field(2, sources) + field(16, [])
        #expect(try Record(decoding: bytes).report.evidence.count == 16_380)
        let encoded = try Record(decoding: bytes).encoded()
        #expect(encoded == bytes)
    }
}
