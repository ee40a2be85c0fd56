import DossierClient
import DossierCore

/// One piece of input that should become a record, as ProtoJSON, and where it stood.
struct InputItem {
    /// Where it stood: "incidents.csv:12".
    let place: String
    /// ProtoJSON of a `dossier.v1.Record`, as far as the input gives it.
    let json: [UInt8]
    /// How a finding is told to the person who wrote the input.
    let explain: (Finding) -> String

    /// A piece of JSON input.
    init(place: String, json: [UInt8]) {
        self.init(place: place, json: json) { "\(place): \($0.line)" }
    }

    /// A piece of input with its own way to speak of findings.
    init(place: String, json: [UInt8], explain: @escaping (Finding) -> String) {
        self.place = place
        self.json = json
        self.explain = explain
    }
}

/// A record ready to be signed, or why the input cannot be one.
struct PreparedRecord {
    /// Where the input stood.
    let place: String
    /// The encoded record.
    let bytes: [UInt8]
    /// What the check captured.
    let facts: RecordFacts
}

/// What input cannot become a record.
struct RefusedInput: Error {
    /// One line for each thing that is wrong.
    let lines: [String]
}

extension InputItem {
    /// Finishes, encodes and checks the record, with the same check as the node's.
    ///
    /// - Parameter change: what becomes of the record before it is finished.
    func prepared(
        by draft: RecordDraft, changing change: (Record) throws -> Record = { $0 }
    ) throws(RefusedInput) -> PreparedRecord {
        let bytes: [UInt8]
        do {
            let given = try ProtoJSON.decode(message: "dossier.v1.Record", json: self.json)
            bytes = try draft.encode(change(Record(decoding: given)))
        } catch let error as RefusedInput {
            throw error
        } catch let error as CoreError {
            throw RefusedInput(lines: ["\(self.place): \(error.message)"])
        } catch {
            throw RefusedInput(lines: ["\(self.place): \(error)"])
        }
        return try PreparedRecord(place: self.place, bytes: bytes, explain: self.explain)
    }
}

extension PreparedRecord {
    /// Checks an encoded record.
    init(
        place: String, bytes: [UInt8], explain: (Finding) -> String
    ) throws(RefusedInput) {
        let checked = RecordCheck.check(bytes)
        guard checked.findings.isEmpty else {
            throw RefusedInput(lines: checked.findings.map(explain))
        }
        self.init(place: place, bytes: bytes, facts: checked.facts)
    }
}

extension Finding {
    /// The finding on one line.
    var line: String {
        let value = self.value.isEmpty ? "" : " \"\(self.value)\""
        return "\(self.field.isEmpty ? "record" : self.field):\(value) \(self.rule.rawValue): "
            + self.hint
    }
}
