import DossierAPI
import DossierClient
import DossierCore

/// The versions of a finding that a node gives out, verified.
struct FindingHistory: Sendable {
    /// One version.
    struct Version: Sendable {
        /// The record.
        let record: VerifiedRecord
        /// What its header says.
        let facts: RecordFacts
    }

    /// The finding.
    let finding: FindingName.Finding
    /// The versions, oldest first.
    let versions: [Version]
    /// The newest version.
    let newest: Version

    /// Asks a node for every version of a finding.
    ///
    /// - Throws: ``CommandFailure`` when there is none, or none that is released to the speaker.
    static func read(
        _ finding: FindingName.Finding, from client: ExchangeClient
    ) async throws -> FindingHistory {
        var filter = Filter()
        filter.originators = [finding.originator]
        filter.reference = finding.reference
        filter.allVersions = true
        var versions: [UInt32: Version] = [:]
        _ = try await client.list(ListRequest(filter: filter)) { record in
            let facts = RecordCheck.check(record.bytes).facts
            // What was asked for, and nothing else that a node may say.
            guard facts.originator == finding.originator, facts.reference == finding.reference
            else { return }
            versions[facts.version] = Version(record: record, facts: facts)
        }
        let ordered = versions.sorted { $0.key < $1.key }.map(\.value)
        guard let newest = ordered.last else {
            throw CommandFailure(
                "\(finding) is not there, or not released to you",
                hint: "dossier list --originator \(finding.originator) shows what is")
        }
        return FindingHistory(finding: finding, versions: ordered, newest: newest)
    }

    /// What the versions say together.
    private var state: FindingState {
        self.versions.reduce(into: FindingState()) { state, version in
            state.take(FindingState.Version(recordID: version.record.id, facts: version.facts))
        }
    }

    /// Organisations beside the originator that any version with content is released to, by the
    /// originator's words.
    var holders: [String] {
        let state = self.state
        let named = state.versions.filter { !$0.operation.isNotice }.flatMap { version in
            version.terms.releasability.filter { state.isNamed($0, for: version) }
        }
        return Set(named).subtracting([self.finding.originator]).sorted()
    }

    /// Organisations beside the originator that any version names: all of them can read the notices
    /// that follow.
    var everNamed: [String] {
        let named = self.versions.flatMap(\.facts.marking.releasability)
        return Set(named).subtracting([self.finding.originator]).sorted()
    }

    /// Throws if no version may follow.
    func requireNotWithdrawn() throws {
        let withdrawal = self.versions.last { $0.facts.operation == .withdraw }
        guard let withdrawal else { return }
        throw CommandFailure(
            "\(self.finding) was withdrawn by version \(withdrawal.facts.version): no other "
                + "version may follow",
            hint: "assert it under another reference: dossier submit")
    }
}
