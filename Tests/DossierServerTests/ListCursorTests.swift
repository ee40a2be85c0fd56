import DossierAPI
import DossierCrypto
import Testing

@testable import DossierServer

@Suite("A list's cursor")
struct ListCursorTests {
    private static let question = SHA256.digest(of: [1])

    private static func sealer() throws -> CursorSealer {
        CursorSealer(key: try SealingKey.generate(), logOrigin: "msmt.example/dossier/kr/1")
    }

    @Test(
        "comes back as it was sealed, whatever the number of logs", arguments: [0, 1, 64, 65, 300])
    func places(count: Int) throws {
        let sealer = try Self.sealer()
        for isFollowing in [false, true] {
            var cursor = ListCursor(expiry: 1_000)
            cursor.isFollowing = isFollowing
            for number in 0..<count {
                cursor["log-\(number)"] = ListCursor.Place(
                    next: UInt64(number), pinnedSize: UInt64(number) << 32)
            }
            let sealed = try sealer.seal(cursor, for: "us", question: Self.question)
            let opened = try sealer.open(sealed, for: "us", question: Self.question, now: 999)
            #expect(opened == cursor)
            #expect(opened.positions.count == count)
        }
    }

    @Test("is refused when it is cut short, lengthened or changed")
    func damaged() throws {
        let sealer = try Self.sealer()
        var cursor = ListCursor(expiry: 1_000)
        cursor["log"] = ListCursor.Place(next: 1, pinnedSize: 2)
        let sealed = try sealer.seal(cursor, for: "us", question: Self.question)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            for damaged in [changed, Array(sealed[..<index])] {
                #expect(throws: ExchangeError.self) {
                    _ = try sealer.open(damaged, for: "us", question: Self.question, now: 0)
                }
            }
        }
        #expect(throws: ExchangeError.self) {
            _ = try sealer.open(sealed, for: "us", question: Self.question, now: 1_000)
        }
    }
}
