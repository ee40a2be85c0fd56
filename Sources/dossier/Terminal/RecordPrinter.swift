import DossierAPI
import DossierClient
import DossierCore
import Glibc

/// Prints records one by one, as a table or as JSON lines.
struct RecordPrinter {
    private let form: OutputOptions.Form
    private var table = Table(["RECORD", "LOG", "REFERENCE", "KIND", "OCCURRED", "TITLE"])
    /// How many records were printed.
    private(set) var count = 0

    init(_ form: OutputOptions.Form) {
        self.form = form
    }

    /// Prints a record, or keeps it for the table.
    mutating func print(_ record: VerifiedRecord) throws {
        self.count += 1
        switch self.form {
        case .json: Terminal.answer(try record.json())
        case .table: self.table.add(try record.row())
        }
    }

    /// Prints the table.
    func finish() {
        guard self.form == .table, self.count > 0 else { return }
        for line in self.table.lines(width: Terminal.width) { Terminal.answer(line) }
    }
}

extension VerifiedRecord {
    /// ProtoJSON of a `dossier.v1.RetrievedRecord`.
    func json() throws -> String {
        let record = try ProtoJSON.encode(message: "dossier.v1.Record", self.bytes)
        var members = [
            "\"recordId\":\"\(self.id.hexadecimal)\"",
            "\"logOrigin\":\(ProtoJSON.string(self.logOrigin))",
            "\"leafIndex\":\"\(self.leafIndex)\"",
            "\"signedAt\":\"\(self.attested.signedAt)\"",
        ]
        if !self.withheldReason.isEmpty {
            members.append("\"withheldReason\":\(ProtoJSON.string(self.withheldReason))")
        }
        members.append("\"record\":\(record)")
        if self.standing != .unspecified {
            members.append("\"standing\":\"\(self.standing.name)\"")
        }
        if !self.contact.heardAt.isEmpty {
            members.append("\"heardAt\":\(ProtoJSON.string(self.contact.heardAt))")
        }
        if self.contact.isStale { members.append("\"stale\":true") }
        return "{\(members.joined(separator: ","))}"
    }

    /// Cells of a table. The records of a log are those of its node's organisation.
    fileprivate func row() throws -> [String] {
        let record = try Record(decoding: self.bytes)
        let occurred = record.header.occurred.map {
            $0.end.isEmpty ? $0.start : "\($0.start)/\($0.end)"
        }
        return [
            String(self.id.hexadecimal.prefix(12)), self.attested.originator,
            record.header.reference, record.header.kind.name, occurred ?? "",
            self.remarked(record.report.titles.first?.text ?? ""),
        ]
    }

    /// A title, and what else one must know of the record.
    private func remarked(_ title: String) -> String {
        var text = title
        if self.standing != .current, self.standing != .unspecified {
            text += " [\(self.standing.name)]"
        }
        if self.contact.isStale { text += " [stale]" }
        if !self.withheldReason.isEmpty { text += " [only you: \(self.withheldReason)]" }
        return text
    }
}
