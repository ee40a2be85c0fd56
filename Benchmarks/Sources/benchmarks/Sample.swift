import DossierCore

/// Records such as agencies submit: a theft with its losses, sources and eight accounts.
enum Sample {
    /// The record with a number; no two share a reference or an account.
    static func record(_ number: Int) -> Record {
        Record(
            header: Header(
                formatVersion: 1, originator: "kr", reference: "KR-2025-\(number)", version: 1,
                operation: .assert, kind: .cryptoTheft,
                marking: Marking(
                    tlp: .amber, pap: .green, releasability: ["jp", "us"],
                    releaseGroups: ["msmt"]),
                occurred: Period(start: "2025-02-21", end: "2025-02-21T14:13:35Z"),
                known: "2025-02-21", reported: "2025-02-26",
                salt: (0..<16).map { UInt8(truncatingIfNeeded: number >> ($0 % 8 * 8)) }),
            report: self.report, content: .cryptoTheft(self.theft(number)))
    }

    private static let report = Report(
        titles: [Text(text: "Theft from an exchange's cold wallet", language: "en")],
        narratives: [
            Text(
                text: "The interface of the multi-signature wallet was altered; the transfer was "
                    + "signed by its owners. Proceeds went through bridges and mixers.",
                language: "en")
        ],
        grade: Grade(
            sourceReliability: .b, contentCredibility: .two, analyticConfidence: .high),
        sources: [
            Source(
                publisher: "FBI", title: Text(text: "Public service announcement", language: "en"),
                url: "https://www.example.org/psa/2025/250226", published: "2025-02-26")
        ])

    private static func theft(_ number: Int) -> CryptoTheft {
        let claim = Claim(author: "FBI", date: "2025-02-26", stance: .asserts)
        return CryptoTheft(
            victim: Victim(name: "Exchange \(number % 1_000)", type: .exchange),
            assets: [AssetAmount(chain: "eip155:1", symbol: "ETH", quantity: "401346.76")],
            losses: [
                AmountClaim(
                    claim: claim,
                    amount: Money(currency: "USD", basis: .spotAtEvent, point: "1500000000"))
            ],
            accounts: (0..<8).map { account in
                AccountUse(
                    account: Account(key: "eip155:1:0x\(self.address(number * 8 + account))"),
                    role: .theft)
            },
            actors: [ActorClaim(claim: claim, actor: "TraderTraitor")])
    }

    /// Forty hexadecimal digits that look as random as addresses are.
    private static func address(_ number: Int) -> String {
        var state = UInt64(truncatingIfNeeded: number)
        var text = ""
        text.reserveCapacity(48)
        while text.utf8.count < 40 {
            // SplitMix64.
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            value ^= value >> 31
            let digits = String(value, radix: 16)
            text += String(repeating: "0", count: 16 - digits.count) + digits
        }
        return String(text.prefix(40))
    }
}
