import DossierCrypto

/// Text as a part of a record's reference, which allows ASCII letters, digits and `. _ / -` only.
///
/// Depends on the text alone, so that a row has the same reference wherever it stands in the file.
enum Slug {
    /// Lengths that may be asked for: room for the digest and a few characters, within a
    /// reference's 64.
    static let lengths = 16...64

    private static let digestLength = 8

    /// The text with every run of other characters as one hyphen. Where letters or digits of
    /// other scripts or more than `maximumLength` characters had to go, the first 8 hex digits of
    /// the text's SHA-256 follow, so that texts that differ there only remain different.
    static func make(_ text: String, maximumLength: Int) -> String {
        var slug = ""
        var isComplete = true
        for character in text {
            if character.isASCII, character.isLetter || character.isNumber {
                slug.append(character)
            } else {
                if character.isLetter || character.isNumber { isComplete = false }
                let kept: Character = character == "." || character == "_" ? character : "-"
                if let last = slug.last, last.isLetter || last.isNumber { slug.append(kept) }
            }
        }
        while let last = slug.last, !last.isLetter, !last.isNumber { slug.removeLast() }
        guard !isComplete || slug.count > maximumLength else { return slug }
        let head = slug.prefix(maximumLength - Self.digestLength - 1)
        let digest = SHA256.digest(of: Array(text.utf8)).hexadecimal.prefix(Self.digestLength)
        return head.isEmpty ? String(digest) : "\(head)-\(digest)"
    }
}
