/// When the node that answers last heard of a log from the log's own node.
public struct DirectContact: Hashable, Sendable {
    /// A moment to the second; empty if it is that node, or if it never did.
    public var heardAt: String
    /// Whether that is longer ago than the node's limit: a relay may have kept back a restriction or
    /// withdrawal since.
    public var isStale: Bool

    /// A contact; without a moment, that of the log's own node.
    public init(heardAt: String = "", isStale: Bool = false) {
        self.heardAt = heardAt
        self.isStale = isStale
    }
}
