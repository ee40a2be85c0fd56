import DossierCrypto

/// A set of digests that answers "certainly not" or "perhaps", in about twelve bits a digest.
///
/// It grows in layers, each four times as large as the one before, so that an idle node's is small
/// and a look-up asks few. A digest's bits lie in one block of 512, which is one line of the
/// processor's cache. The digests are hashes, so their own bits are as good as random; whoever
/// searches for digests that fall together only makes the store look them up in the catalog.
struct BloomFilter {
    private struct Layer {
        var blocks: [UInt64]
        var room: Int
    }

    private static let bitsPerDigest = 12
    private static let bitsSet = 7
    private static let wordsPerBlock = 8
    private static let firstLayer = 1 << 15

    private var layers: [Layer] = []

    /// Adds a digest.
    mutating func insert(_ digest: Digest) {
        if self.layers.last?.room ?? 0 == 0 { self.addLayer() }
        let last = self.layers.count - 1
        let words = Words(digest)
        let start = Self.blockStart(words, self.layers[last].blocks.count)
        self.layers[last].room -= 1
        words.forEachBit { word, mask in self.layers[last].blocks[start + word] |= mask }
    }

    /// Whether the digest may have been added.
    func mayContain(_ digest: Digest) -> Bool {
        let words = Words(digest)
        return self.layers.contains { layer in
            let start = Self.blockStart(words, layer.blocks.count)
            var holds = true
            words.forEachBit { word, mask in
                holds = holds && layer.blocks[start + word] & mask != 0
            }
            return holds
        }
    }

    /// The filter's bytes: for each layer its room (8 bytes), its words, little-endian.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.layers.reduce(0) { $0 + 8 + $1.blocks.count * 8 })
        for layer in self.layers {
            bytes.append(littleEndian: UInt64(layer.room))
            for word in layer.blocks { bytes.append(littleEndian: word) }
        }
        return bytes
    }

    /// Reads a filter; nil if the bytes are none.
    init?(decoding bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        while reader.offset < bytes.count {
            self.addLayer()
            let last = self.layers.count - 1
            guard let room = reader.next(UInt64.self), room <= self.layers[last].room,
                let words = reader.slice(count: self.layers[last].blocks.count * 8)
            else { return nil }
            self.layers[last].room = Int(room)
            for index in self.layers[last].blocks.indices {
                let word = words.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
                self.layers[last].blocks[index] = UInt64(littleEndian: word)
            }
        }
    }

    /// An empty filter.
    init() {}

    private mutating func addLayer() {
        let capacity = Self.firstLayer << (2 * self.layers.count)
        let words = capacity * Self.bitsPerDigest / UInt64.bitWidth
        self.layers.append(Layer(blocks: [UInt64](repeating: 0, count: words), room: capacity))
    }

    private static func blockStart(_ words: Words, _ wordCount: Int) -> Int {
        // The high half of a product: even over any number of blocks, without a division.
        let blocks = UInt64(wordCount / self.wordsPerBlock)
        return Int(words.block.multipliedFullWidth(by: blocks).high) * self.wordsPerBlock
    }

    /// The parts of a digest that choose its block and its bits there.
    private struct Words {
        let block: UInt64
        private let bits: UInt64

        init(_ digest: Digest) {
            (self.block, self.bits) = digest.withUnsafeBytes { bytes in
                (bytes.load(as: UInt64.self), bytes.load(fromByteOffset: 8, as: UInt64.self))
            }
        }

        /// Nine bits of the digest for each bit: three choose the word, six the bit in it.
        @inline(__always)
        func forEachBit(_ body: (_ word: Int, _ mask: UInt64) -> Void) {
            var rest = self.bits
            for _ in 0..<BloomFilter.bitsSet {
                body(Int(rest & 7), 1 << (rest >> 3 & 63))
                rest >>= 9
            }
        }
    }
}
