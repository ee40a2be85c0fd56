/// The one form of an identity, decided byte by byte, before any byte becomes text.
enum IdentityGrammar {
    /// The longest SPIFFE ID (the SPIFFE ID standard, section 2.3).
    static let maximumSPIFFEIDBytes = 2048
    static let maximumTrustDomainBytes = 255
    static let maximumOrganisationBytes = 32
    static let maximumNameBytes = 64

    struct Parts {
        var trustDomain: String
        var organisation: String
        var kind: String
        var name: String
    }

    /// Cuts a SPIFFE ID at its slashes; nil unless it is `spiffe://` and then exactly trust domain,
    /// `org`, organisation, kind and name. The caller checks the kind.
    static func parts(ofSPIFFEID bytes: [UInt8]) -> Parts? {
        let scheme = Array("spiffe://".utf8)
        guard bytes.count <= self.maximumSPIFFEIDBytes, bytes.starts(with: scheme) else {
            return nil
        }
        let segments = bytes.dropFirst(scheme.count).split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard segments.count == 5, self.isTrustDomain(segments[0]),
            segments[1].elementsEqual("org".utf8), self.isOrganisation(segments[2]),
            self.isName(segments[3]), self.isName(segments[4])
        else { return nil }
        // Only ASCII is left, so decoding changes nothing.
        return Parts(
            trustDomain: String(decoding: segments[0], as: UTF8.self),
            organisation: String(decoding: segments[2], as: UTF8.self),
            kind: String(decoding: segments[3], as: UTF8.self),
            name: String(decoding: segments[4], as: UTF8.self))
    }

    static func isTrustDomain(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.count <= self.maximumTrustDomainBytes && self.isJoinedWords(bytes)
    }

    static func isName(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.count <= self.maximumNameBytes && self.isJoinedWords(bytes)
    }

    /// `[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?`
    static func isOrganisation(_ bytes: some Collection<UInt8>) -> Bool {
        guard bytes.count <= self.maximumOrganisationBytes else { return false }
        let hyphen = UInt8(ascii: "-")
        var last = hyphen
        for byte in bytes {
            guard self.isWordByte(byte) || byte == hyphen else { return false }
            last = byte
        }
        return bytes.first != hyphen && last != hyphen
    }

    /// Words of lower-case letters and digits with single separators between them: this alone
    /// keeps out empty segments, `.`, `..`, escapes, ports, user info, queries and fragments.
    private static func isJoinedWords(_ bytes: some Collection<UInt8>) -> Bool {
        var isWithinWord = false
        for byte in bytes {
            if self.isWordByte(byte) {
                isWithinWord = true
            } else {
                let separators = [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")]
                guard isWithinWord, separators.contains(byte) else { return false }
                isWithinWord = false
            }
        }
        return isWithinWord
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
