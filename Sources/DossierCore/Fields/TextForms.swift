/// BCP 47 language tags, by their shape: subtags of 1 to 8 letters or digits, the first of
/// letters only.
enum LanguageTag {
    static func isValid(_ text: TextBytes) -> Bool {
        var start = 0
        while true {
            let end = text.firstIndex(of: 0x2d, from: start) ?? text.count
            let subtag = text[start..<end]
            guard (1...8).contains(subtag.count),
                subtag.allSatisfy(start == 0 ? .letter : .alphanumeric)
            else { return false }
            if end == text.count { return true }
            start = end + 1
        }
    }
}

/// Media types: `type/subtype`, and parameters after a semicolon.
enum MediaType {
    static func isValid(_ text: TextBytes) -> Bool {
        let end = text.firstIndex(of: 0x3b) ?? text.count
        guard let slash = text.firstIndex(of: 0x2f), slash > 0, slash + 1 < end else {
            return false
        }
        let parameters = text.from(end)
        return text[0..<slash].allSatisfy(.mediaName)
            && text[slash + 1..<end].allSatisfy(.mediaName)
            && parameters.buffer.allSatisfy { (0x20...0x7e).contains($0) }
    }
}

/// CAIP-2 chain ids: `[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}`.
enum ChainID {
    static func isValid(_ text: TextBytes) -> Bool {
        guard let colon = text.firstIndex(of: 0x3a) else { return false }
        return self.isNamespace(text[0..<colon]) && self.isReference(text.from(colon + 1))
    }

    static func isNamespace(_ text: TextBytes) -> Bool {
        (3...8).contains(text.count) && text.allSatisfy([.lower, .digit, .hyphen])
    }

    static func isReference(_ text: TextBytes) -> Bool {
        (1...32).contains(text.count)
            && text.allSatisfy([.lower, .upper, .digit, .hyphen, .underscore])
    }
}

/// CAIP-19 asset ids: a chain id, `/`, `[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}`, and optionally `/`
/// with a token id of 1 to 78 such characters.
enum AssetID {
    static func isValid(_ text: TextBytes) -> Bool {
        guard let slash = text.firstIndex(of: 0x2f), ChainID.isValid(text[0..<slash]),
            let colon = text.firstIndex(of: 0x3a, from: slash + 1),
            ChainID.isNamespace(text[slash + 1..<colon])
        else { return false }
        let end = text.firstIndex(of: 0x2f, from: colon + 1) ?? text.count
        let reference = text[colon + 1..<end]
        guard (1...128).contains(reference.count), reference.allSatisfy(Self.name) else {
            return false
        }
        if end == text.count { return true }
        let token = text.from(end + 1)
        return (1...78).contains(token.count) && token.allSatisfy(Self.name)
    }

    private static let name: CharacterClass = [
        .lower, .upper, .digit, .hyphen, .point, .percent,
    ]
}

/// Transaction hashes as their chains write them: 1 to 128 visible ASCII characters.
enum TransactionHash {
    static func isValid(_ text: TextBytes) -> Bool {
        (1...128).contains(text.count) && text.allSatisfy(.graphic)
    }
}

/// Identifiers as other systems write them.
enum ExternalIDForm {
    /// United Nations: `[A-Z]{2}[ie]\.[0-9]{3,}`.
    static func isUnitedNations(_ text: TextBytes) -> Bool {
        text.count >= 7 && text[0..<2].allSatisfy(.upper)
            && (text[2] == 0x69 || text[2] == 0x65) && text[3] == 0x2e
            && text.from(4).allSatisfy(.digit)
    }

    static func isNumber(_ text: TextBytes) -> Bool {
        text.allSatisfy(.digit)
    }

    /// `8-4-4-4-12` hexadecimal digits of either case.
    static func isUUID(_ text: TextBytes) -> Bool {
        guard text.count == 36 else { return false }
        for index in 0..<36 {
            if [8, 13, 18, 23].contains(index) {
                guard text[index] == 0x2d else { return false }
            } else {
                // Setting bit 5 makes a letter lower-case and leaves digits alone.
                let byte = text[index] | 0x20
                guard (0x30...0x39).contains(text[index]) || (0x61...0x66).contains(byte) else {
                    return false
                }
            }
        }
        return true
    }

    /// STIX 2.1: `type--UUID`, the type of `[a-z0-9-]`.
    static func isSTIX(_ text: TextBytes) -> Bool {
        guard text.count > 38 else { return false }
        let separator = text.count - 38
        return text[0..<separator].allSatisfy([.lower, .digit, .hyphen])
            && text[separator] == 0x2d && text[separator + 1] == 0x2d
            && self.isUUID(text.from(separator + 2))
    }
}
