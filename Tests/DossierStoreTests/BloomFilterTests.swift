import DossierCrypto
import DossierTestSupport
import Testing

@testable import DossierStore

@Suite("The filter of known records")
struct BloomFilterTests {
    private func digest(_ number: Int) -> Digest { SHA256.digest(of: Array("\(number)".utf8)) }

    @Test("says of nothing that was added that it was not, and seldom the contrary")
    func answers() {
        var filter = BloomFilter()
        // Enough for three layers.
        let count = 200_000
        for number in 0..<count { filter.insert(self.digest(number)) }
        #expect((0..<count).allSatisfy { filter.mayContain(self.digest($0)) })
        let wrong = (count..<2 * count).count { filter.mayContain(self.digest($0)) }
        #expect(wrong < count / 50)
    }

    @Test("an empty filter holds nothing")
    func empty() {
        #expect(!BloomFilter().mayContain(self.digest(1)))
        #expect(BloomFilter().encoded.isEmpty)
    }

    @Test("is read as it was written, and not if a byte differs")
    func file() throws {
        let files = MemoryFileSystem()
        let file = FilterFile(directory: "/store", fileSystem: files)
        #expect(try file.read() == nil)
        var filter = BloomFilter()
        for number in 0..<1000 { filter.insert(self.digest(number)) }
        try file.write(.init(logSize: 500, lastRecordID: self.digest(7), filter: filter))
        let read = try #require(try file.read())
        #expect(read.logSize == 500)
        #expect(read.lastRecordID == self.digest(7))
        #expect(read.filter.encoded == filter.encoded)
        let size = files.bytes(of: "/store/known-records").count
        for position in [0, 4, 8, 16, 47, 48, 52, 60, size - 1] {
            files.damage("/store/known-records") { $0[position] ^= 1 }
            #expect(try file.read() == nil)
            files.damage("/store/known-records") { $0[position] ^= 1 }
        }
        files.damage("/store/known-records") { $0.removeLast() }
        #expect(try file.read() == nil)
    }

    @Test("a store finds its records again with the kept filter, without it, and with another's")
    func reopening() async throws {
        try await withTestStore { store, configuration in
            _ = try await store.submit(.numbered(0..<50))
            try await store.close()
            let path = "\(configuration.directory)/\(FilterFile.name)"
            let files = POSIXFileSystem()
            for keeping in [0, 1, 2] {
                if keeping == 1 { try files.remove(path) }
                if keeping == 2 {
                    let other = FilterFile(
                        directory: configuration.directory, fileSystem: files)
                    try other.write(
                        .init(logSize: 50, lastRecordID: self.digest(1), filter: BloomFilter()))
                }
                let reopened = try await Store.openForTests(configuration)
                let outcome = try await reopened.submit(.numbered(0..<50))
                #expect(outcome.appended == 0)
                try await reopened.close()
            }
        }
    }
}
