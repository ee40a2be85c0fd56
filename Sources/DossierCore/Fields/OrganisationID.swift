/// Names of organisations: 1 to 32 characters, `[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?`.
public enum OrganisationID {
    /// What an organisation id must match.
    public static let pattern = "[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?"
    /// The longest, in characters.
    public static let maximumLength = 32

    /// Whether a text is an organisation id.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        TextBytes.with(text) { self.isValid($0) }
    }

    static func isValid(_ text: TextBytes) -> Bool {
        (1...self.maximumLength).contains(text.count)
            && text[0] != 0x2d && text[text.count - 1] != 0x2d
            && text.allSatisfy([.lower, .digit, .hyphen])
    }
}

/// An originator's own numbers for its findings: 1 to 64 characters,
/// `[A-Za-z0-9]([A-Za-z0-9._/-]{0,62}[A-Za-z0-9])?`.
public enum Reference {
    /// The longest, in characters.
    public static let maximumLength = 64

    /// Whether a text is a reference.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        TextBytes.with(text) { self.isValid($0) }
    }

    static func isValid(_ text: TextBytes) -> Bool {
        (1...self.maximumLength).contains(text.count)
            && text[0..<1].allSatisfy(.alphanumeric)
            && text.from(text.count - 1).allSatisfy(.alphanumeric)
            && text.allSatisfy([.lower, .upper, .digit, .hyphen, .underscore, .point, .slash])
    }
}
