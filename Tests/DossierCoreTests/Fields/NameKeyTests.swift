import DossierCore
import Testing

@Suite("Names as look-ups compare them")
struct NameKeyTests {
    @Test(
        "case, width, accents and white space do not count",
        arguments: [
            ("Bybit", "BYBIT"), ("BtcTurk", "Btc Turk"), ("Société Générale", "societe generale"),
            ("ＤＭＭ　Ｂｉｔｃｏｉｎ", "DMM Bitcoin"), ("Straße", "STRASSE"), ("ΟΔΟΣ", "οδος"),
            ("ﾄﾞｺﾓ", "ドコモ"), ("İstanbul", "istanbul"), ("e\u{301}", "é"), ("ﬁn", "FIN"),
            ("Lazarus\tGroup\n", "lazarusgroup"), ("Việt Nam", "viet nam"), ("업비트", "업 비트"),
            ("a\u{200b}b", "ab"), ("soft\u{ad}hyphen", "softhyphen"),
            ("\u{1100}\u{1161}", "가"),
        ])
    func same(left: String, right: String) {
        #expect(NameKey.fold(left) == NameKey.fold(right))
        #expect(!NameKey.fold(left).isEmpty)
    }

    @Test(
        "letters count",
        arguments: [
            ("か", "が"), ("は", "ぱ"), ("Bybit", "Bybit2"), ("a-b", "ab"), ("업비트", "업비드"),
            ("и", "й x"), ("ø", "o"),
        ])
    func different(left: String, right: String) {
        #expect(NameKey.fold(left) != NameKey.fold(right))
    }

    @Test("folding a folded name changes nothing")
    func idempotent() {
        for name in ["Société Générale", "ﾄﾞｺﾓ", "Straße", "ΟΔΟΣ", "İstanbul", "업비트", "Ǆ"] {
            let folded = NameKey.fold(name)
            #expect(NameKey.fold(folded) == folded)
        }
    }

    @Test("white space alone has no key")
    func empty() {
        #expect(NameKey.fold(" \t\u{3000}\u{301}") == "")
        let keys: LookupKeys = [LookupKey(type: .victim, key: "")]
        #expect(keys.isEmpty)
    }

    @Test("keys come back as they were put in, in their order")
    func keys() {
        let keys = [
            LookupKey(type: .account, key: "eip155:1:0xab"), LookupKey(type: .victim, key: "bybit"),
            LookupKey(type: .actor, key: String(repeating: "업", count: 300)),
        ]
        let stored = LookupKeys(keys)
        #expect(Array(stored) == keys)
        var texts: [String] = []
        stored.forEachUTF8 { texts.append("\($0) " + String(decoding: $1, as: UTF8.self)) }
        #expect(texts == keys.map { "\($0.type) \($0.key)" })
        #expect(keys[0].term == "0xab")
        #expect(keys[0].matches(LookupKey(type: .account, key: "unknown:unknown:0xab")))
        #expect(!keys[1].matches(LookupKey(type: .actor, key: "bybit")))
    }
}
