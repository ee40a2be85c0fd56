/// An entry in a public list.
public struct Listing: Hashable, Sendable {
    /// The entry. Required.
    public var entry: ExternalID?
    /// Who publishes the list: a name. Required.
    public var authority: String
    /// Listed on: a moment.
    public var listed: String
    /// Amended on: a moment.
    public var amended: String
    /// Taken off on: a moment.
    public var delisted: String
    /// Ends on, for orders that end by themselves: a moment.
    public var expires: String
    /// Legal basis.
    public var legalBasis: Text?

    /// Creates a value from its parts; what is left out is absent.
    public init(
        entry: ExternalID? = nil, authority: String = "", listed: String = "", amended: String = "",
        delisted: String = "", expires: String = "", legalBasis: Text? = nil
    ) {
        self.entry = entry
        self.authority = authority
        self.listed = listed
        self.amended = amended
        self.delisted = delisted
        self.expires = expires
        self.legalBasis = legalBasis
    }
}
