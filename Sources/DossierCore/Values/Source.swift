/// A publication or other source.
public struct Source: Hashable, Sendable {
    /// Who published it: a name. Required. A protected source is described, not named.
    public var publisher: String
    /// Its title.
    public var title: Text?
    /// Where it can be found.
    public var url: String
    /// When it was published: a moment.
    public var published: String
    /// Grading of this source alone.
    public var grade: Grade?

    /// Creates a value from its parts; what is left out is absent.
    public init(
        publisher: String = "", title: Text? = nil, url: String = "", published: String = "",
        grade: Grade? = nil
    ) {
        self.publisher = publisher
        self.title = title
        self.url = url
        self.published = published
        self.grade = grade
    }
}

/// A file that the originator holds.
public struct Evidence: Hashable, Sendable {
    /// SHA-256 of the file, 32 bytes. Required.
    public var sha256: [UInt8]
    /// Size of the file in bytes; 0 when not known.
    public var size: UInt64
    /// Media type, such as "application/pdf": at most 127 characters.
    public var mediaType: String
    /// Where it was captured from.
    public var url: String
    /// When it was captured: a moment.
    public var captured: String
    /// Who captured it: a name.
    public var capturedBy: String
    /// What it shows.
    public var description: Text?

    /// Creates a value from its parts; what is left out is absent.
    public init(
        sha256: [UInt8] = [], size: UInt64 = 0, mediaType: String = "", url: String = "",
        captured: String = "", capturedBy: String = "", description: Text? = nil
    ) {
        self.sha256 = sha256
        self.size = size
        self.mediaType = mediaType
        self.url = url
        self.captured = captured
        self.capturedBy = capturedBy
        self.description = description
    }
}
