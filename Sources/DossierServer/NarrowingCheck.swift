import DossierAPI
import DossierCore
import DossierStore

/// Sees to it that a restriction only narrows: it names nobody whom no version before it named.
///
/// Whatever it names, it gives nothing to anybody who had nothing; but its originator would believe
/// that it did.
struct NarrowingCheck: Sendable {
    let held: HeldLog

    /// Throws ``DossierAPI/ExchangeError`` for the first restriction of a batch that names somebody
    /// new.
    func require(_ batch: [RecordFacts]) async throws {
        let restricted = Set(batch.filter { $0.operation == .restrict }.map(\.reference))
        guard !restricted.isEmpty else { return }
        let findings = Dictionary(
            grouping: batch.indices.filter { restricted.contains(batch[$0].reference) }
        ) { batch[$0].reference }
        var excesses: [Excess] = []
        for (reference, positions) in findings {
            let rows = try await self.held.find(
                originator: batch[positions[0]].originator, reference: reference)
            excesses += Self.excesses(
                in: rows.map { Version(facts: $0.facts) }
                    + positions.map { Version(facts: batch[$0], position: $0) })
        }
        guard let first = excesses.min(by: { $0.position < $1.position }) else { return }
        throw ExchangeError.invalid(
            "records[\(first.position)].header.marking.releasability", .releasability,
            "a restriction only narrows: no version of \(batch[first.position].reference) was "
                + "released to \(first.strangers.joined(separator: ", ")); leave it out, or amend "
                + "instead")
    }

    /// A version of a finding; in the batch at a position, or in the log.
    private struct Version {
        var facts: RecordFacts
        var position: Int?
    }

    /// Whom a restriction names that no version before it named.
    private struct Excess {
        var position: Int
        var strangers: [String]
    }

    /// The restrictions of the batch that name somebody new, going through a finding's versions once.
    private static func excesses(in versions: [Version]) -> [Excess] {
        var excesses: [Excess] = []
        var named: Set<String>?
        let byNumber = Dictionary(grouping: versions, by: \.facts.version)
        for (_, same) in byNumber.sorted(by: { $0.key < $1.key }) {
            for version in same where version.facts.operation == .restrict {
                // Without any before it the order of versions is what is wrong, which the store says.
                guard let position = version.position, let named else { continue }
                let strangers = version.facts.marking.releasability.filter { !named.contains($0) }
                if !strangers.isEmpty {
                    excesses.append(Excess(position: position, strangers: strangers))
                }
            }
            named = (named ?? []).union(same.flatMap(\.facts.marking.releasability))
        }
        return excesses
    }
}
