import DossierCore
import DossierCrypto

/// What must hold of each record of a batch, and of all of them together.
struct BatchRules {
    let originator: String
    private(set) var findings: [Finding] = []
    private(set) var facts: [RecordFacts] = []
    private var ids: Set<Digest> = []
    private var versions: Set<Version> = []

    private struct Version: Hashable {
        var reference: String
        var version: UInt32
    }

    init(originator: String) {
        self.originator = originator
    }

    /// Checks the record at `position`, alone and against those before it.
    mutating func add(_ record: [UInt8], id: Digest, at position: Int) {
        let checked = record.withUnsafeBytes { RecordCheck.check($0) }
        let facts = checked.facts
        for finding in checked.findings {
            self.findings.append(finding.prefixed(by: "records[\(position)]"))
        }
        if checked.findings.isEmpty {
            self.compare(facts, id: id, at: position)
        }
        self.facts.append(facts)
    }

    private mutating func compare(_ facts: RecordFacts, id: Digest, at position: Int) {
        if facts.originator != self.originator {
            self.add(
                "header.originator", .originator, facts.originator, at: position,
                "must be the batch's originator, \(self.originator)")
        }
        if !self.ids.insert(id).inserted {
            self.add(
                "", .duplicateRecord, id.hexadecimal, at: position,
                "stands in the batch twice; send it once")
        } else if !self.versions.insert(
            Version(reference: facts.reference, version: facts.version)
        ).inserted {
            self.add(
                "header.version", .duplicateRecord, "\(facts.reference) \(facts.version)",
                at: position, "another record of the batch has the same reference and version")
        }
        if let first = self.facts.first, first.marking.releasability != facts.marking.releasability
        {
            self.add(
                "header.marking.releasability", .batchReleasability,
                facts.marking.releasability.joined(separator: ","), at: position,
                "must equal that of the batch's first record; submit it in a batch of its own")
        }
    }

    private mutating func add(
        _ field: String, _ rule: Finding.Rule, _ value: String, at position: Int, _ hint: String
    ) {
        self.findings.append(
            Finding(field: field, rule: rule, value: value, hint: hint)
                .prefixed(by: "records[\(position)]"))
    }
}
