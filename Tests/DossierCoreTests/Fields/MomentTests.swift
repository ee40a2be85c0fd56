import DossierCore
import Testing

@Suite("Moments and decimals")
struct MomentTests {
    @Test(
        "a moment stands for the span that it names",
        arguments: [
            ("1970", 0, 31_535_999), ("1970-01-01", 0, 86_399),
            ("1970-01-01T00:00:00Z", 0, 0), ("2024", 1_704_067_200, 1_735_689_599),
            ("2024-02", 1_706_745_600, 1_709_251_199), ("2025-02", 1_738_368_000, 1_740_787_199),
            ("2025-02-21T14:03:00Z", 1_740_146_580, 1_740_146_580),
            ("0001", -62_135_596_800, -62_104_060_801),
            ("9999-12-31T23:59:59Z", 253_402_300_799, 253_402_300_799),
            ("1969-12-31T23:59:59Z", -1, -1), ("2000-02-29", 951_782_400, 951_868_799),
        ] as [(String, Int64, Int64)])
    func span(text: String, first: Int64, last: Int64) throws {
        let moment = try #require(Moment(text))
        #expect(moment.firstSecond == first)
        #expect(moment.lastSecond == last)
        #expect(moment.description == text)
    }

    @Test("every day of four centuries reads back as it was written")
    func days() throws {
        var seconds: Int64 = -11_676_096_000
        var count = 0
        while seconds < 946_684_800 {
            let moment = try #require(Moment(unixSeconds: seconds))
            let text = String(moment.description.prefix(10))
            #expect(Moment(text)?.firstSecond == seconds)
            seconds += 86_400
            count += 1
        }
        #expect(count == 146_097)
    }

    @Test("Unix times outside of the years 1 to 9999 are no moments")
    func unixSeconds() {
        #expect(Moment(unixSeconds: -62_135_596_800)?.description == "0001-01-01T00:00:00Z")
        #expect(Moment(unixSeconds: -62_135_596_801) == nil)
        #expect(Moment(unixSeconds: 253_402_300_800) == nil)
    }

    @Test(
        "decimals are compared by value",
        arguments: [
            ("0", "1", true), ("1", "0", false), ("-1", "0", true), ("-0", "0", false),
            ("0", "-0", false), ("-0.0", "0.0", false), ("1.5", "1.50", false),
            ("1.5", "1.51", true),
            ("9", "10", true), ("-10", "-9", true), ("-9", "-10", false), ("0.1", "0.09", false),
            ("-0.1", "0", true), ("999999999999999999999999999999", "1", false),
            ("0.000000000000000001", "0.000000000000000002", true), ("2", "1.9", false),
        ])
    func decimals(left: String, right: String, isLess: Bool) {
        #expect(Decimal.isLess(left, than: right) == isLess)
    }
}
