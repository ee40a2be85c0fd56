/// Sets of codes of two or three upper-case letters, one bit a code.
private struct CodeSet: Sendable {
    private let length: Int
    private var words: [UInt64]

    /// The codes of a text in which they stand one after the other, parted by white space.
    init(length: Int, _ codes: String) {
        self.length = length
        self.words = Array(repeating: 0, count: (length == 2 ? 26 * 26 : 26 * 26 * 26) / 64 + 1)
        for code in codes.split(whereSeparator: \.isWhitespace) {
            TextBytes.with(code) { text in
                guard let index = self.index(of: text) else {
                    preconditionFailure("\(code) is no code of \(length) letters")
                }
                self.words[index / 64] |= 1 << UInt64(index % 64)
            }
        }
    }

    func contains(_ text: TextBytes) -> Bool {
        guard let index = self.index(of: text) else { return false }
        return self.words[index / 64] >> UInt64(index % 64) & 1 == 1
    }

    private func index(of text: TextBytes) -> Int? {
        guard text.count == self.length else { return nil }
        var index = 0
        for position in 0..<self.length {
            let letter = text[position] &- 0x41
            guard letter < 26 else { return nil }
            index = index * 26 + Int(letter)
        }
        return index
    }
}

/// ISO 3166-1 alpha-2 codes of countries, and XK for Kosovo.
enum CountryCode {
    static func isValid(_ text: TextBytes) -> Bool { self.codes.contains(text) }

    private static let codes = CodeSet(
        length: 2,
        """
        AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ
        BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM
        DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS
        GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
        KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ
        MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
        PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
        SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI
        VN VU WF WS XK YE YT ZA ZM ZW
        """)
}

/// ISO 4217 codes of currencies, those withdrawn since 2000 included, since old amounts stay in
/// the currency they were in.
enum CurrencyCode {
    static func isValid(_ text: TextBytes) -> Bool { self.codes.contains(text) }

    private static let codes = CodeSet(
        length: 3,
        """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD
        BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD
        EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD
        IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL
        MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN
        PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
        SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES
        VND VUV WST XAF XAG XAU XCD XCG XDR XOF XPD XPF XPT XSU XUA YER ZAR ZMW ZWG
        BYR CUC EEK HRK LTL LVL MRO SKK SLL STD TRL VEB VEF ZMK ZWL AZM CSD GHC MGF MZM ROL SDD
        SIT SRG TMM AFA AOK CYP MTL
        """)
}
