/// Checks encoded records: unambiguous form, caps and all value rules, in one pass over the bytes.
///
/// The pass is driven by the schema's tables. It finds everything that is wrong, not only the
/// first thing, and captures what a node needs to know of the record; nothing is decoded twice
/// and nothing is encoded again. What it leaves out on purpose: whatever needs more than the
/// record itself (signature, originator's certificate, predecessor version, other records).
public enum RecordCheck {
    /// The largest encoded record, in bytes.
    public static let maximumBytes = Record.maximumEncodedBytes
    /// The most elements (fields, at any depth) of a record.
    public static let maximumElements = 16_384
    /// The record format that this code knows.
    public static let formatVersion: UInt32 = 1

    /// Checks one encoded record.
    ///
    /// - Parameter bytes: the encoded record; need not outlive the call.
    public static func check(_ bytes: UnsafeRawBufferPointer) -> CheckedRecord {
        let schema = Schema.shared
        return schema.withPass(maximumElements: self.maximumElements) { pass in
            pass.run(schema.recordMessage, bytes, maximumBytes: self.maximumBytes)
            return pass.takeResult()
        }
    }

    /// Checks one encoded record.
    public static func check(_ bytes: [UInt8]) -> CheckedRecord {
        bytes.withUnsafeBytes { self.check($0) }
    }
}

/// What checking a record gave.
public struct CheckedRecord: Hashable, Sendable {
    /// What a node needs to know of the record; complete only when there are no findings.
    public var facts: RecordFacts
    /// Everything that is wrong with it; empty for a good record.
    public var findings: [Finding]

    /// A checked record.
    public init(facts: RecordFacts, findings: [Finding]) {
        self.facts = facts
        self.findings = findings
    }

    /// What a node makes of a record that another node took in.
    ///
    /// One that breaks a rule of its form counts as not understood, since its facts may be
    /// incomplete: nobody else is given it. A kind that is not known is no breach.
    public var factsOfMirrored: RecordFacts {
        var facts = self.facts
        if self.findings.contains(where: { $0.rule != .unknownKind }) {
            facts.hasUnknownInHeaderOrMarking = true
        }
        return facts
    }
}
