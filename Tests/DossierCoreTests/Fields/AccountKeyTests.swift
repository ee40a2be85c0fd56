import DossierCore
import Testing

@Suite("Account keys")
struct AccountKeyTests {
    private static let bitcoin = "bip122:000000000019d6689c085ae165831e93"
    private static let solana = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"
    private static let evm = "0x47666fab8bd0ac7003bce3f5c3585383f09486e2"
    private static let tron = "TJDENsfBJs4RFETt1X1W8wMDc8M5XnJhCe"

    @Test(
        "each spelling of an account has one key",
        arguments: [
            ("0x47666Fab8bd0Ac7003bce3f5C3585383F09486E2", "ethereum", "eip155:1:\(evm)"),
            ("0X47666FAB8BD0AC7003BCE3F5C3585383F09486E2", "eip155:56", "eip155:56:\(evm)"),
            ("47666fab8bd0ac7003bce3f5c3585383f09486e2", "eip155:1", "eip155:1:\(evm)"),
            ("eip155:1:0x47666Fab8bd0Ac7003bce3f5C3585383F09486E2", nil, "eip155:1:\(evm)"),
            ("EIP155:1:\(evm)", nil, "eip155:1:\(evm)"),
            ("  eip155:1:\(evm)\n", nil, "eip155:1:\(evm)"),
            ("ethereum:\(evm)", nil, "eip155:1:\(evm)"),
            (evm, nil, "unknown:unknown:\(evm)"),
            ("0x47666Fab8bd0Ac7003bce3f5C3585383F09486E2", nil, "unknown:unknown:\(evm)"),
            (tron, nil, "tron:0x2b6653dc:\(tron)"),
            ("tron:mainnet:\(tron)", nil, "tron:0x2b6653dc:\(tron)"),
            ("tron:0x2b6653dc:\(tron)", nil, "tron:0x2b6653dc:\(tron)"),
            ("tron:0x2B6653DC:\(tron)", nil, "tron:0x2b6653dc:\(tron)"),
            (tron, "tron", "tron:0x2b6653dc:\(tron)"),
            ("TRON:\(tron)", nil, "tron:0x2b6653dc:\(tron)"),
            (
                "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", nil,
                "\(bitcoin):1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
            ),
            (
                "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", nil,
                "\(bitcoin):3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"
            ),
            (
                "BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ", nil,
                "\(bitcoin):bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
            ),
            (
                "bitcoin:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", nil,
                "\(bitcoin):bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
            ),
            (
                "7v91N7iZ9mNicL8WfG6cgSCKyRXydQjLh6UYBWwm6y1Q", "solana",
                "\(solana):7v91N7iZ9mNicL8WfG6cgSCKyRXydQjLh6UYBWwm6y1Q"
            ),
            (
                "7v91N7iZ9mNicL8WfG6cgSCKyRXydQjLh6UYBWwm6y1Q", nil,
                "unknown:unknown:7v91N7iZ9mNicL8WfG6cgSCKyRXydQjLh6UYBWwm6y1Q"
            ),
            ("cosmos:cosmoshub-4:COSMOS1ABC", nil, "cosmos:cosmoshub-4:cosmos1abc"),
            ("custodian:Binance:User 12345", nil, "custodian:binance:User%2012345"),
            ("Custodian:ＢＩＮＡＮＣＥ:12345", nil, "custodian:binance:12345"),
            ("custodian:crypto.com:a_b~c", nil, "custodian:crypto.com:a_b~c"),
            ("custodian:업비트:a/b", nil, "custodian:%EC%97%85%EB%B9%84%ED%8A%B8:a%2Fb"),
            ("polkadot:b0a8d493285c2df7:Ab1", nil, "polkadot:b0a8d493285c2df7:Ab1"),
            ("address with space", nil, "unknown:unknown:address%20with%20space"),
        ] as [(String, String?, String)])
    func canonical(text: String, hint: String?, key: String) throws {
        let account = try AccountKey(canonicalising: text, chainHint: hint)
        #expect(account.key == key)
        #expect(AccountKey.isCanonical(key))
        #expect(try AccountKey(canonicalising: key).key == key)
    }

    @Test(
        "what is no account is refused",
        arguments: [
            ("", nil), ("   ", nil), ("eip155:1:0x123", nil), ("eip155:ETH:\(evm)", nil),
            ("eip155:1:\(evm)0", nil), ("eip155:01:\(evm)", nil),
            ("bc1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ", nil),
            ("\(bitcoin):bc1bio0000000000000", nil),
            ("\(bitcoin):1A1zP1eP5QGefi2DMPTfTL5SLmv7Div0Il", nil),
            ("tron:mainnet:AJDENsfBJs4RFETt1X1W8wMDc8M5XnJhCe", nil), (evm, "ETH"), (evm, "USDT"),
            ("dollar:\(evm)", nil), ("custodian:binance", nil), ("custodian::1", nil),
            ("custodian: :1", nil), ("custodian:binance:", nil),
            ("custodian:a:\(String(repeating: "x", count: 200))", nil),
            (tron, "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:x"),
        ] as [(String, String?)])
    func refused(text: String, hint: String?) {
        #expect(throws: CoreError(code: .malformedAccount, message: "")) {
            try AccountKey(canonicalising: text, chainHint: hint)
        }
    }

    @Test(
        "a key in another spelling is not canonical",
        arguments: [
            "", ":", "::", "eip155:1", "eip155:1:0x47666Fab8bd0Ac7003bce3f5C3585383F09486E2",
            "eip155:1:47666fab8bd0ac7003bce3f5c3585383f09486e2", "EIP155:1:\(evm)",
            "eip155:1:0x47666fab8bd0ac7003bce3f5c3585383f09486eg", "tron:mainnet:\(tron)",
            "unknown:unknown:0x47666FAB8BD0AC7003BCE3F5C3585383F09486E2",
            "\(bitcoin):BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ", "unknown:unknown:a%2g",
            "unknown:unknown:a%2f", "unknown:unknown:a%41", "unknown:unknown:a%2",
            "unknown:unknown:a b", "unknown:unknown:", "custodian:Binance:1",
            "custodian:binance:a b", "custodian:binance:%41", "custodian:%EC:1",
            "custodian:%C3%89:1", "custodian:a:%00",
            "eip155:1:0x47666fab8bd0ac7003bce3f5c3585383f09486e2:",
        ])
    func notCanonical(key: String) {
        #expect(!AccountKey.isCanonical(key))
        #expect(AccountKey(canonical: key) == nil)
    }

    @Test("every byte but lower-case hexadecimal digits is refused in an EVM address")
    func hexadecimal() {
        let digits = Set("0123456789abcdef".utf8)
        for position in 2..<42 {
            for byte in 1...127 as ClosedRange<UInt8> {
                var address = Array(Self.evm.utf8)
                address[position] = byte
                let key = "eip155:1:" + String(decoding: address, as: UTF8.self)
                #expect(AccountKey.isCanonical(key) == digits.contains(byte))
            }
        }
    }

    @Test("an address whose chain is not known is found on every chain")
    func terms() throws {
        let known = try AccountKey(canonicalising: "eip155:1:\(Self.evm)")
        let other = try AccountKey(canonicalising: "eip155:56:\(Self.evm)")
        let bare = try AccountKey(canonicalising: Self.evm)
        #expect(known.term == Self.evm[...])
        #expect(bare.term == known.term)
        #expect(AccountKey.mayBeSame(bare.key, known.key))
        #expect(AccountKey.mayBeSame(known.key, bare.key))
        #expect(!AccountKey.mayBeSame(known.key, other.key))
        let custodian = try AccountKey(canonicalising: "custodian:binance:1")
        #expect(custodian.term == "custodian:binance:1")
    }
}
