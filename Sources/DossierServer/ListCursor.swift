import DossierAPI
import DossierCrypto

/// Where a list goes on: a place in each log under a pinned size, sealed so that only the same
/// organisation can use it, for the same question, at the same node, for a while.
struct ListCursor: Hashable, Sendable {
    /// How long a cursor is good, in seconds.
    static let lifetime: Int64 = 24 * 3_600

    /// A place in a log.
    struct Place: Hashable, Sendable {
        /// Leaf index of the next that is looked at.
        var next: UInt64
        /// Size of the log that the list is pinned to.
        var pinnedSize: UInt64
    }

    /// The places, in as many logs as the node holds, by the digests of the logs' origins.
    fileprivate(set) var places: [UInt64: Place] = [:]
    /// When it ends, in seconds since 1970.
    var expiry: Int64
    /// Whether the list has come to what is new: from there on one that follows has every version.
    var isFollowing = false

    /// A cursor without places.
    init(expiry: Int64) { self.expiry = expiry }

    /// The place in a log; nil if there is none.
    subscript(origin: String) -> Place? {
        get { self.places[Self.key(origin)] }
        set { self.places[Self.key(origin)] = newValue }
    }

    /// The leaf that is looked at next in each log that it has a place in.
    var positions: [UInt64: UInt64] { self.places.mapValues(\.next) }

    private static func key(_ origin: String) -> UInt64 {
        SHA256.digest(of: Array(origin.utf8)).withUnsafeBytes {
            $0.loadUnaligned(as: UInt64.self)
        }
    }
}

extension ListCursor {
    private static let version: UInt8 = 3
    private static let headBytes = 10
    private static let placeBytes = 24

    /// Version, whether it follows, expiry; then each place. Numbers are little-endian.
    fileprivate var plain: [UInt8] {
        var bytes = [Self.version, self.isFollowing ? 1 : 0]
        bytes.append(littleEndian: UInt64(bitPattern: self.expiry))
        for (key, place) in self.places.sorted(by: { $0.key < $1.key }) {
            bytes.append(littleEndian: key)
            bytes.append(littleEndian: place.next)
            bytes.append(littleEndian: place.pinnedSize)
        }
        return bytes
    }

    fileprivate init?(plain: [UInt8]) {
        guard plain.count >= Self.headBytes, plain[0] == Self.version,
            (plain.count - Self.headBytes).isMultiple(of: Self.placeBytes)
        else { return nil }
        let numbers = plain.withUnsafeBytes { bytes in
            stride(from: 2, to: bytes.count, by: 8).map {
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self))
            }
        }
        self.isFollowing = plain[1] == 1
        self.expiry = Int64(bitPattern: numbers[0])
        for start in stride(from: 1, to: numbers.count, by: 3) {
            self.places[numbers[start]] = Place(
                next: numbers[start + 1], pinnedSize: numbers[start + 2])
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian value: UInt64) {
        Swift.withUnsafeBytes(of: value.littleEndian) { self.append(contentsOf: $0) }
    }
}

/// Seals and opens cursors under a key of the node.
struct CursorSealer: Sendable {
    let key: SealingKey
    let logOrigin: String

    /// Seals a cursor for a peer organisation and a question.
    func seal(_ cursor: ListCursor, for organisation: String, question: Digest) throws -> [UInt8] {
        try self.key.seal(cursor.plain, authenticating: self.context(organisation, question))
    }

    /// Opens a cursor.
    ///
    /// - Throws: ``ExchangeError`` with code `badCursor`, alike for every reason but age.
    func open(
        _ sealed: [UInt8], for organisation: String, question: Digest, now: Int64
    ) throws -> ListCursor {
        guard
            let plain = try? self.key.open(
                sealed, authenticating: self.context(organisation, question)),
            let cursor = ListCursor(plain: plain)
        else {
            throw ExchangeError(
                code: .badCursor,
                message: "cursor is not one that this node gave to \(organisation) for this "
                    + "filter; list again without it")
        }
        guard now < cursor.expiry else {
            throw ExchangeError(
                code: .badCursor,
                message:
                    "cursor is older than \(ListCursor.lifetime) seconds; list again without it")
        }
        return cursor
    }

    private func context(_ organisation: String, _ question: Digest) -> [UInt8] {
        Array("dossier-cursor/v3\n\(organisation)\nList\n\(self.logOrigin)\n".utf8)
            + question.bytes
    }
}
