/// The name of a key that signs notes: not empty, without spaces of any kind, without plus.
struct KeyName: Hashable, Sendable {
    let text: String

    /// Throws `ambiguousForm` for what is no key name.
    init(_ text: String) throws(VerificationError) {
        // Whole characters would hide a space with an accent on it.
        let isName = text.unicodeScalars.allSatisfy { scalar in
            !scalar.properties.isWhitespace && scalar.value >= 0x20 && scalar != "+"
        }
        guard isName, !text.isEmpty else {
            throw VerificationError(code: .ambiguousForm, message: "\"\(text)\" is no key name")
        }
        self.text = text
    }

    // Swift compares characters, for which there may be several spellings; a name is its bytes.

    static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.text.utf8.elementsEqual(rhs.text.utf8)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(self.text) }
}
