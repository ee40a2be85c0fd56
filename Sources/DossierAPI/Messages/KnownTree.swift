internal import CDossierProtos
internal import CProtobufC

/// A tree of a log that a client has verified.
public struct KnownTree: Hashable, Sendable {
    /// Origin of the log.
    public var logOrigin: String
    /// Number of leaves.
    public var size: UInt64

    /// A tree.
    public init(logOrigin: String, size: UInt64) {
        self.logOrigin = logOrigin
        self.size = size
    }

    func message(in arena: MessageArena) throws -> Dossier__V1__KnownTree {
        var message = Dossier__V1__KnownTree()
        dossier__v1__known_tree__init(&message)
        message.log_origin = try arena.string(self.logOrigin)
        message.size = self.size
        return message
    }

    init(_ message: Dossier__V1__KnownTree) {
        self.init(logOrigin: String(field: message.log_origin), size: message.size)
    }
}

/// What a record is within its finding, as far as the node that says so holds it.
public enum Standing: UInt32, Hashable, Sendable, CaseIterable {
    /// Not said.
    case unspecified = 0
    /// What default answers show.
    case current = 1
    /// A later version took its place.
    case superseded = 2
    /// The finding was withdrawn.
    case withdrawn = 3
    /// The record that restricts or withdraws: header and reason, no content.
    case notice = 4

    /// Its name, as the command line prints it.
    public var name: String {
        switch self {
        case .unspecified: ""
        case .current: "current"
        case .superseded: "superseded"
        case .withdrawn: "withdrawn"
        case .notice: "notice"
        }
    }
}
