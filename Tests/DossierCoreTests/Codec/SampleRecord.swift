import DossierCore

/// A theft as an agency reports it, with the eight accounts that received the proceeds.
let sampleRecord = Record(
    header: Header(
        formatVersion: 1, originator: "kr", reference: "KR-2025-0117", version: 1,
        operation: .assert, kind: .cryptoTheft,
        marking: Marking(
            tlp: .amber, pap: .green, releasability: ["au", "jp", "us"],
            releaseGroups: ["pacific"], nationalLabel: "대외비"),
        occurred: Period(start: "2025-02-21T14:13:35Z", end: "2025-02-21T14:16:11Z"),
        known: "2025-02-21", reported: "2025-02-26",
        salt: [0, 255, 17, 0, 128, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0]),
    report: Report(
        titles: [
            Text(text: "Theft from Bybit", language: "en"),
            Text(text: "바이비트 탈취 사건", language: "ko"),
        ],
        narratives: [
            Text(
                text: "The signing page of a third-party wallet was replaced; a routine transfer "
                    + "from the cold wallet then changed the contract that guards it.",
                language: "en")
        ],
        grade: Grade(
            sourceReliability: .a, contentCredibility: .two, analyticConfidence: .high),
        sources: [
            Source(
                publisher: "FBI", title: Text(text: "PSA250226", language: "en"),
                url: "https://www.ic3.gov/psa/2025/psa250226", published: "2025-02-26")
        ],
        investigationStatus: .open),
    content: .cryptoTheft(sampleTheft))

private let sampleTheft = CryptoTheft(
    victim: Victim(
        name: "Bybit", legalName: "Bybit Fintech Limited", type: .exchange,
        countryRegistered: "VG", countryOperated: "AE"),
    assets: [AssetAmount(chain: "eip155:1", symbol: "ETH", quantity: "401346.76")],
    losses: [
        AmountClaim(
            claim: sampleClaim,
            amount: Money(
                currency: "USD", basis: .spotAtEvent, asOf: "2025-02-21", low: "1400000000",
                point: "1460000000.00", high: "1500000000"))
    ],
    entryVectors: [Text(text: "supply chain", language: "en")],
    thirdParties: [ThirdParty(name: "Safe{Wallet}", role: Text(text: "wallet vendor"))],
    accounts: (0..<8).map { index in
        AccountUse(
            account: Account(key: "eip155:1:0x47666fab8bd0ac7003bce3f5c3585383f09486e\(index)"),
            role: .theft, firstSeen: "2025-02-21")
    },
    actors: [ActorClaim(claim: sampleClaim, actor: "TraderTraitor")])

private let sampleClaim = Claim(
    author: "FBI", date: "2025-02-26", stance: .asserts,
    grade: Grade(sourceReliability: .b, contentCredibility: .two))
