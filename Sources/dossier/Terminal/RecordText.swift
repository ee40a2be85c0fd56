import DossierAPI
import DossierClient
import DossierCore

/// A record for people: what is known about it first, then every field it has, one to a line.
struct RecordText {
    /// The lines.
    let lines: [String]

    init(_ record: VerifiedRecord) throws {
        let names: [(String, String)] = [
            ("record", record.id.hexadecimal),
            ("log", "\(record.logOrigin), leaf \(record.leafIndex)"),
            ("log heard", record.contact.text),
            ("signed", "\(record.attested.signedAt) by \(record.attested.originator)"),
            ("standing", record.standing.name),
            ("seen by", record.withheldReason.isEmpty ? "" : "only you: \(record.withheldReason)"),
        ]
        let fields = try ProtoJSON.fields(message: "dossier.v1.Record", record.bytes)
        let all = names.filter { !$0.1.isEmpty } + fields.map { ($0.path, $0.value) }
        let width = min(all.map(\.0.count).max() ?? 0, Self.widestName)
        self.lines = all.map { name, value in
            let padding = String(repeating: " ", count: max(width - name.count, 0))
            return "\(name)\(padding)  \(value)".escapedForTerminal
        }
    }

    /// Names longer than this are not aligned.
    private static let widestName = 44
}

extension DirectContact {
    /// For people; empty for the log's own node.
    fileprivate var text: String {
        if self.heardAt.isEmpty, !self.isStale { return "" }
        let moment = self.heardAt.isEmpty ? "never" : self.heardAt
        let warning = ": STALE, a restriction or withdrawal may have been kept back since"
        return "\(moment), directly from its node\(self.isStale ? warning : "")"
    }
}
