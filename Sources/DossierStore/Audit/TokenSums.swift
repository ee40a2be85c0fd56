/// For each block of leaves a sum over the tokens that their records are found by.
///
/// The log names a record's tokens, the catalog's index names a token's records: sums that do not
/// depend on the order tell whether both say the same, without either being sorted. A token adds
/// a hash of its bytes and the leaf; chance makes two different sets equal once in 2^64.
struct TokenSums: Sendable {
    /// How many leaves a block has where a whole log is summed up.
    static let usualBlockLeaves: UInt64 = 1_024

    /// How many leaves a block has.
    let blockLeaves: UInt64
    /// The first block's number.
    private(set) var firstBlock: UInt64
    /// The sums, a block each.
    private(set) var sums: [UInt64] = []
    /// Leaves whose records are not known, ascending.
    private(set) var unknown: [Range<UInt64>] = []
    // The hashes of a record's tokens, kept for the next record.
    private var hashes: [UInt64] = []

    /// Sums of nothing, for leaves from one on.
    init(first leaf: UInt64 = 0, blockLeaves: UInt64 = TokenSums.usualBlockLeaves) {
        self.blockLeaves = blockLeaves
        self.firstBlock = leaf / blockLeaves
    }

    /// Sums of a whole log as they were kept.
    init(sums: [UInt64], unknown: [Range<UInt64>]) {
        self.init()
        self.sums = sums
        self.unknown = unknown
    }

    /// Adds the tokens of a record, with spaces between them. The index keeps a token once.
    mutating func add(_ tokens: String, of leaf: UInt64) {
        var tokens = tokens
        self.hashes.removeAll(keepingCapacity: true)
        tokens.withUTF8 { text in
            for token in text.split(separator: UInt8(ascii: " ")) {
                let hash = TokenHash(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: token)))
                if !self.hashes.contains(hash.value) { self.hashes.append(hash.value) }
            }
        }
        var sum: UInt64 = 0
        for hash in self.hashes { sum &+= TokenHash(value: hash).bound(to: leaf) }
        self.add(sum, of: leaf)
    }

    /// Adds one token of a record.
    mutating func add(_ token: TokenHash, of leaf: UInt64) {
        self.add(token.bound(to: leaf), of: leaf)
    }

    /// Notes that the records of some leaves are not known.
    mutating func addUnknown(_ leaves: Range<UInt64>) { self.unknown.append(leaves) }

    /// Adds sums of blocks of the same size, none of them before the first.
    mutating func add(_ other: TokenSums) {
        for (position, sum) in other.sums.enumerated() where sum != 0 {
            self.add(sum, of: (other.firstBlock + UInt64(position)) * self.blockLeaves)
        }
        self.unknown += other.unknown
    }

    /// The blocks, from the first that may be summed up here to the last that is.
    var blocks: Range<UInt64> { self.firstBlock..<self.firstBlock + UInt64(self.sums.count) }

    /// The leaves of a block.
    func leaves(ofBlock block: UInt64) -> Range<UInt64> {
        block * self.blockLeaves..<(block + 1) * self.blockLeaves
    }

    /// The sum of a block.
    subscript(block: UInt64) -> UInt64 {
        guard block >= self.firstBlock, block - self.firstBlock < UInt64(self.sums.count) else {
            return 0
        }
        return self.sums[Int(block - self.firstBlock)]
    }

    private mutating func add(_ sum: UInt64, of leaf: UInt64) {
        let position = Int(leaf / self.blockLeaves - self.firstBlock)
        while self.sums.count <= position { self.sums.append(0) }
        self.sums[position] &+= sum
    }
}

/// The hash of a token.
struct TokenHash {
    // Random odd numbers. Nobody chooses tokens against them: a catalog is one's own.
    private static let first: UInt64 = 0x9E6C_63D0_76CC_4305
    private static let second: UInt64 = 0xB5AD_4ECE_DA1C_E2A9

    /// The hash.
    let value: UInt64

    /// A hash that is known.
    init(value: UInt64) { self.value = value }

    /// The hash of a token's bytes.
    init(_ token: UnsafeRawBufferPointer) {
        var hash = Self.first ^ UInt64(token.count)
        var offset = 0
        while offset + 8 <= token.count {
            let word = token.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            hash = Self.mixed(hash ^ UInt64(littleEndian: word), Self.second)
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < token.count {
            rest = rest << 8 | UInt64(token[offset])
            offset += 1
        }
        self.value = Self.mixed(hash ^ rest, Self.second)
    }

    /// The hash of the token at a leaf.
    func bound(to leaf: UInt64) -> UInt64 {
        Self.mixed(self.value ^ Self.first, leaf &+ Self.second)
    }

    /// Folds the product of two numbers: every bit of both bears on every bit of the result.
    private static func mixed(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
