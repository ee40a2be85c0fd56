import DossierAPI
import DossierCore
import DossierStore

/// Sees to it that a restriction only narrows: it names nobody whom no version before it named.
///
/// Whatever it names, it gives nothing to anybody who had nothing; but its originator would believe
/// that it did.
struct NarrowingCheck: Sendable {
    let held: HeldLog

    /// Throws ``DossierAPI/ExchangeError`` for a restriction of a batch that names somebody new.
    func require(_ batch: [RecordFacts]) async throws {
        for (position, facts) in batch.enumerated() where facts.operation == .restrict {
            let rows = try await self.held.find(
                originator: facts.originator, reference: facts.reference)
            let inBatch = batch.filter { $0.reference == facts.reference }
            let before = (rows.map(\.facts) + inBatch).filter { $0.version < facts.version }
            // Without any the order of versions is what is wrong, which the store says.
            guard !before.isEmpty else { continue }
            let named = Set(before.flatMap(\.marking.releasability))
            let strangers = facts.marking.releasability.filter { !named.contains($0) }
            guard strangers.isEmpty else {
                throw ExchangeError.invalid(
                    "records[\(position)].header.marking.releasability", .releasability,
                    "a restriction only narrows: no version of \(facts.reference) was released to "
                        + "\(strangers.joined(separator: ", ")); leave it out, or amend instead")
            }
        }
    }
}
