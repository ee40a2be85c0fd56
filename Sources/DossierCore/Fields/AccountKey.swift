/// The canonical name of an account on a chain or at a custodian.
///
/// CAIP-10 form `namespace:reference:address`, with one spelling for each account:
///
/// - EVM (`eip155`): lower case; the checksum that case carries is not checked;
/// - bech32: lower case; mixed case is refused, as the format itself demands;
/// - base58 (bitcoin legacy, Solana, TRON): in the case it has;
/// - TRON mainnet is `tron:0x2b6653dc`, also when written `tron:mainnet`;
/// - chain not known: `unknown:unknown:address`. A bare `0x` address is such a one, since every
///   EVM chain has the same addresses; a search finds it on all of them, see ``term``;
/// - custodian: `custodian:<name>:<account>`, name folded, both percent-encoded.
public struct AccountKey: Hashable, Sendable, CustomStringConvertible {
    /// The longest key, in bytes.
    public static let maximumBytes = 200

    /// The canonical key.
    public let key: String
    /// The canonical key.
    public var description: String { self.key }

    /// Wraps a key that is canonical; nil if it is not.
    public init?(canonical key: String) {
        guard Self.isCanonical(key) else { return nil }
        self.key = key
    }

    init(unchecked key: String) {
        self.key = key
    }

    /// Whether a text is an account key in canonical form.
    public static func isCanonical(_ text: some StringProtocol) -> Bool {
        TextBytes.with(text) { self.isCanonical($0) }
    }

    /// What an index files the account under: a chain account's address without its chain, so
    /// that an address whose chain is not known is found on every chain. The whole key at a
    /// custodian.
    public var term: Substring { Self.term(of: self.key) }

    static func term(of key: String) -> Substring {
        if key.utf8.starts(with: "custodian:".utf8) { return key[...] }
        let parts = key.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 ? parts[2] : key[...]
    }

    /// As ``term(of:)``, on a key's UTF-8.
    static func term(ofUTF8 key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        if key.starts(with: "custodian:".utf8) { return key }
        let colon = UInt8(ascii: ":")
        guard let first = key.firstIndex(of: colon),
            let second = key[(first + 1)...].firstIndex(of: colon)
        else { return key }
        return UnsafeRawBufferPointer(rebasing: key[(second + 1)...])
    }

    /// Whether two canonical keys can name one account: they are equal, or the chain of one is
    /// not known and the addresses are equal.
    public static func mayBeSame(_ lhs: String, _ rhs: String) -> Bool {
        if lhs == rhs { return true }
        let unknown = "unknown:unknown:"
        return (lhs.hasPrefix(unknown) || rhs.hasPrefix(unknown))
            && self.term(of: lhs) == self.term(of: rhs)
    }
}

// MARK: - Canonical form

extension AccountKey {
    static func isCanonical(_ text: TextBytes) -> Bool {
        guard text.count <= self.maximumBytes, let first = text.firstIndex(of: 0x3a),
            let second = text.firstIndex(of: 0x3a, from: first + 1)
        else { return false }
        let namespace = text[0..<first]
        let reference = text[first + 1..<second]
        let address = text.from(second + 1)
        if namespace.equals("eip155") {
            return self.isNumber(reference) && self.isEVM(address)
        }
        if namespace.equals("custodian") {
            return self.isCustodian(name: reference, account: address)
        }
        guard ChainID.isNamespace(namespace), ChainID.isReference(reference) else { return false }
        if namespace.equals("bip122") {
            return reference.count == 32 && reference.allSatisfy(.lowerHex)
                && self.isBitcoin(address)
        }
        if namespace.equals("solana") {
            return (32...44).contains(address.count) && address.allSatisfy(.base58)
        }
        if namespace.equals("tron") {
            return !reference.equals("mainnet") && self.isTRON(address)
        }
        return self.isOther(address, isBech32: namespace.equals("cosmos"))
    }

    private static func isNumber(_ text: TextBytes) -> Bool {
        (1...32).contains(text.count) && text.allSatisfy(.digit)
            && (text.count == 1 || text[0] != 0x30)
    }

    /// `0x` and 40 hexadecimal digits in lower case.
    static func isEVM(_ text: TextBytes) -> Bool {
        guard text.count == 42, text[0] == 0x30, text[1] == 0x78 else { return false }
        let digits = UnsafeRawPointer(text.start + 2)
        for offset in stride(from: 0, to: 40, by: 8) {
            let word = digits.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if !self.isLowerHex(word) { return false }
        }
        return true
    }

    /// Whether each of eight bytes is a lower-case hexadecimal digit. Adding 0x80 - c to a byte
    /// below 0x80 sets its top bit exactly when it is at least c, and never carries.
    private static func isLowerHex(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        guard word & tops == 0 else { return false }
        let isAtLeast0 = word &+ ones &* 0x50
        let isAbove9 = word &+ ones &* 0x46
        let isAtLeastA = word &+ ones &* 0x1f
        let isAboveF = word &+ ones &* 0x19
        return ((isAtLeast0 & ~isAbove9) | (isAtLeastA & ~isAboveF)) & tops == tops
    }

    /// A legacy address in base58, a segregated-witness address in bech32, or a CashAddr without
    /// its prefix.
    private static func isBitcoin(_ text: TextBytes) -> Bool {
        if self.hasBech32Prefix(text) { return self.isBech32(text) }
        return ((25...36).contains(text.count) && text.allSatisfy(.base58))
            || (text.count == 42 && text.allSatisfy(.bech32))
    }

    static func isTRON(_ text: TextBytes) -> Bool {
        text.count == 34 && text[0] == 0x54 && text.allSatisfy(.base58)
    }

    private static func hasBech32Prefix(_ text: TextBytes) -> Bool {
        text.starts(with: "bc1") || text.starts(with: "tb1") || text.starts(with: "ltc1")
            || text.starts(with: "bcrt1")
    }

    /// Lower-case human-readable part, `1`, data part (BIP 173); the checksum is not checked.
    private static func isBech32(_ text: TextBytes) -> Bool {
        guard let separator = text.firstIndex(of: 0x31), (14...90).contains(text.count) else {
            return false
        }
        return text[0..<separator].allSatisfy([.lower, .digit])
            && text.from(separator + 1).allSatisfy(.bech32)
    }

    /// An address of a chain whose form is not known here: CAIP-10's characters, percent-encoding
    /// for others.
    private static func isOther(_ text: TextBytes, isBech32: Bool) -> Bool {
        guard (1...128).contains(text.count) else { return false }
        if isBech32 { return text.allSatisfy([.lower, .digit]) }
        if text.count == 42, text[0] == 0x30, text[1] | 0x20 == 0x78,
            text.from(2).buffer.allSatisfy({ self.isHex($0) })
        {
            return self.isEVM(text)
        }
        return PercentEncoding.isCanonical(text, plain: self.addressCharacters)
    }

    /// CAIP-10's address characters that stand for themselves.
    static let addressCharacters: CharacterClass = [.lower, .upper, .digit, .hyphen, .point]

    static func isHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }

    private static func isCustodian(name: TextBytes, account: TextBytes) -> Bool {
        let plain = CharacterClass.unreserved
        guard name.count > 0, account.count > 0,
            PercentEncoding.isCanonical(name, plain: plain),
            PercentEncoding.isCanonical(account, plain: plain),
            let decoded = PercentEncoding.decode(name.buffer),
            PercentEncoding.decode(account.buffer) != nil
        else { return false }
        return NameKey.fold(decoded) == decoded
    }
}

/// Percent-encoding (RFC 3986, section 2.1) with one spelling for each text.
enum PercentEncoding {
    /// The encoded form: every byte but the plain ones as `%` and two upper-case digits.
    static func encode(_ text: String, plain: CharacterClass) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            if CharacterTable.shared.contains(byte, plain) {
                result.append(byte)
            } else {
                result += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The text that was encoded; nil if a `%` stands without two digits, or the bytes are not
    /// UTF-8 without NUL.
    static func decode(_ text: some Sequence<UInt8>) -> String? {
        var result: [UInt8] = []
        var rest = text.makeIterator()
        while let byte = rest.next() {
            guard byte == 0x25 else {
                result.append(byte)
                continue
            }
            guard let high = rest.next().flatMap(self.digit),
                let low = rest.next().flatMap(self.digit)
            else { return nil }
            result.append(high << 4 | low)
        }
        guard !result.contains(0) else { return nil }
        return String(validating: result, as: UTF8.self)
    }

    static func isCanonical(_ text: TextBytes, plain: CharacterClass) -> Bool {
        var index = 0
        while index < text.count {
            if text[index] != 0x25 {
                guard CharacterTable.shared.contains(text[index], plain) else { return false }
                index += 1
                continue
            }
            guard index + 2 < text.count, !self.isLower(text[index + 1]),
                !self.isLower(text[index + 2]), let high = self.digit(text[index + 1]),
                let low = self.digit(text[index + 2]),
                !CharacterTable.shared.contains(high << 4 | low, plain)
            else { return false }
            index += 3
        }
        return true
    }

    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte) }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        case _: nil
        }
    }
}
