import DossierCrypto

/// What a log says of its tree: its own name, the size and the root (c2sp.org/tlog-checkpoint).
public struct Checkpoint: Hashable, Sendable {
    private let name: KeyName
    /// Size and root of the tree.
    public let head: TreeHead

    /// The name of the log.
    public var origin: String { self.name.text }

    /// Creates a checkpoint.
    ///
    /// Throws `ambiguousForm` for an origin that is no key name, `sizeMismatch` for a tree larger
    /// than any.
    public init(origin: String, head: TreeHead) throws(VerificationError) {
        try Tree.checkSize(head.size)
        self.name = try KeyName(origin)
        self.head = head
    }

    /// Reads the text of a checkpoint: exactly origin, size and root.
    ///
    /// Throws `ambiguousForm`, or `sizeMismatch` for a tree larger than any.
    public init(text: String) throws(VerificationError) {
        var reader = LineReader(Array(text.utf8), of: "checkpoint")
        let origin = try reader.line()
        let decimal = try reader.line()
        let size = try reader.number(decimal)
        let root = try reader.digest()
        try reader.requireEnd()
        try self.init(origin: origin, head: TreeHead(size: size, root: root))
    }

    /// The text that is signed.
    public var text: String { "\(self.origin)\n\(self.head.size)\n\(self.head.root.base64)\n" }

    /// Whether it is of the log whose key this is.
    func isOf(_ key: VerifierKey) -> Bool { self.name == key.keyName }
}
