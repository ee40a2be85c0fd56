import DossierAPI
import DossierCrypto

/// Where a list goes on: a position in the log under a pinned size, sealed so that only the same
/// organisation can use it, for the same question, at the same node, for a while.
struct ListCursor: Hashable, Sendable {
    /// How long a cursor is good, in seconds.
    static let lifetime: Int64 = 24 * 3_600

    /// The last leaf index that was looked at; nil at the beginning.
    var last: UInt64?
    /// Size of the log that the list is pinned to.
    var pinnedSize: UInt64
    /// When it ends, in seconds since 1970.
    var expiry: Int64
}

/// Seals and opens cursors under a key of the node.
struct CursorSealer: Sendable {
    private static let version: UInt8 = 1

    let key: SealingKey
    let logOrigin: String

    /// Seals a cursor for a peer organisation and a question.
    func seal(_ cursor: ListCursor, for organisation: String, question: Digest) throws -> [UInt8] {
        var plain = [Self.version]
        let last = cursor.last.map { $0 + 1 } ?? 0
        for value in [last, cursor.pinnedSize, UInt64(bitPattern: cursor.expiry)] {
            withUnsafeBytes(of: value.littleEndian) { plain.append(contentsOf: $0) }
        }
        return try self.key.seal(
            plain, authenticating: self.context(organisation, question))
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
            plain.count == 25, plain[0] == Self.version
        else {
            throw ExchangeError(
                code: .badCursor,
                message: "cursor is not one that this node gave to \(organisation) for this "
                    + "filter; list again without it")
        }
        let cursor = plain.withUnsafeBytes { bytes in
            let next = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
            return ListCursor(
                last: next == 0 ? nil : next - 1,
                pinnedSize: UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: 9, as: UInt64.self)),
                expiry: Int64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: 17, as: Int64.self)))
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
        Array("dossier-cursor/v1\n\(organisation)\nList\n\(self.logOrigin)\n".utf8) + question.bytes
    }
}
