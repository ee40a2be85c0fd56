// What must hold between the fields of one message.
extension Pass {
    mutating func relate(
        _ table: UnsafePointer<MessageTable>, _ words: UnsafeMutablePointer<UInt64>, _ seen: UInt32
    ) {
        switch table.pointee.relation {
        case .none: break
        case .period: self.relatePeriod(table, words)
        case .decimalRange: self.relateDecimals(table, words)
        case .countRange: self.relateCounts(table, words, seen)
        case .externalID: self.relateExternalID(table, words)
        case .victim: self.relateVictim(table, words, seen)
        case .header: self.relateHeader(table, words)
        case .record: self.relateRecord(table, seen)
        case .attestedBatch: self.relateFormatVersion(table)
        }
    }

    /// The text of an operand; nil if it was not given or is not valid.
    private func text(_ word: UInt64) -> TextBytes? {
        guard word != 0, word != Self.invalidOperand else { return nil }
        return TextBytes(start: self.base + Int(word >> 32), count: Int(word & 0xffff_ffff))
    }

    private mutating func relatePeriod(
        _ table: UnsafePointer<MessageTable>, _ words: UnsafeMutablePointer<UInt64>
    ) {
        guard let startText = self.text(words[0]), let endText = self.text(words[1]),
            let start = Moment(utf8: startText), let end = Moment(utf8: endText),
            !end.isNotBefore(start)
        else { return }
        self.report(
            .periodOrder, table, self.number(ofOperand: 1, table), value: endText.string,
            hint: "it lies before \(startText.string); exchange the two")
    }

    private mutating func relateDecimals(
        _ table: UnsafePointer<MessageTable>, _ words: UnsafeMutablePointer<UInt64>
    ) {
        if words[0] | words[1] | words[2] == 0 { return self.reportEmptyRange(table) }
        var lower: TextBytes?
        for position in 0..<3 {
            guard let value = self.text(words[position]) else { continue }
            if let lower, Decimal.isLess(value, than: lower) {
                return self.reportRangeOrder(table, position, value.string, lower.string)
            }
            lower = value
        }
    }

    private mutating func relateCounts(
        _ table: UnsafePointer<MessageTable>, _ words: UnsafeMutablePointer<UInt64>, _ seen: UInt32
    ) {
        var lower: UInt64?
        for position in 0..<3 {
            let number = Int(self.number(ofOperand: position, table))
            guard seen & table.pointee.fields[number].presence != 0 else { continue }
            let value = words[position]
            // 2^64-1 is compared with nothing: it also stands for a number that was refused.
            if value == Self.invalidOperand { return }
            if let lower, value < lower {
                return self.reportRangeOrder(table, position, "\(value)", "\(lower)")
            }
            lower = value
        }
        if lower == nil { self.reportEmptyRange(table) }
    }

    private mutating func relateExternalID(
        _ table: UnsafePointer<MessageTable>, _ words: UnsafeMutablePointer<UInt64>
    ) {
        guard let value = self.text(words[1]) else { return }
        let expected: String
        switch words[0] {
        case 1 where !ExternalIDForm.isUnitedNations(value):
            expected = "write the permanent reference number, such as KPe.031"
        case 2 where !ExternalIDForm.isNumber(value):
            expected = "write the entry's numeric uid"
        case 6 where !ExternalIDForm.isSTIX(value):
            expected = "write type--UUID"
        case 7 where !ExternalIDForm.isUUID(value):
            expected = "write the UUID"
        case 15 where words[2] == 0:
            self.report(
                .required, table, self.number(ofOperand: 2, table),
                hint: "name the system that gives the identifier")
            return
        case _:
            return
        }
        self.report(
            .externalID, table, self.number(ofOperand: 1, table), value: value.string,
            hint: expected)
    }

    private mutating func relateVictim(
        _ table: UnsafePointer<MessageTable>, _ words: UnsafeMutablePointer<UInt64>, _ seen: UInt32
    ) {
        let description = table.pointee.fields[Self.victimDescription]
        guard words[0] == 0, seen & description.presence == 0 else { return }
        self.report(
            .required, table, UInt32(Self.victimDescription),
            hint: "a victim without a name is described in words")
    }

    /// Field number of Victim.description.
    private static let victimDescription = 7

    private mutating func relateFormatVersion(_ table: UnsafePointer<MessageTable>) {
        let version = self.facts.formatVersion
        guard version != 0, version != RecordCheck.formatVersion else { return }
        self.report(
            .formatVersion, table, 1, value: "\(version)",
            hint: "this node knows format \(RecordCheck.formatVersion)")
    }

    private mutating func relateHeader(
        _ table: UnsafePointer<MessageTable>, _ words: UnsafeMutablePointer<UInt64>
    ) {
        self.relateFormatVersion(table)
        if words[0] != Self.invalidOperand { self.relateTarget(table, isGiven: words[0] != 0) }
        let operation = self.facts.operation.rawValue
        let version = self.facts.version
        if operation == Operation.assert.rawValue, version > 1 {
            self.report(
                .operationVersion, table, HeaderFields.version, value: "\(version)",
                hint: "an assert is version 1; later versions amend, restrict or withdraw")
        }
        let replacing = Operation.amend.rawValue...Operation.withdraw.rawValue
        if replacing.contains(operation), version == 1 {
            self.report(
                .operationVersion, table, HeaderFields.version, value: "1",
                hint: "version 1 is an assert, or says something of another's record")
        }
        let commenting = Operation.annotate.rawValue...Operation.endorse.rawValue
        if commenting.contains(operation), version > 1 {
            self.report(
                .operationVersion, table, HeaderFields.version, value: "\(version)",
                hint:
                    "it begins a finding of its own: version 1; later versions amend, restrict or "
                    + "withdraw")
        }
    }

    private mutating func relateTarget(_ table: UnsafePointer<MessageTable>, isGiven: Bool) {
        let operation = self.facts.operation.rawValue
        if operation == Operation.assert.rawValue, isGiven {
            self.report(
                .operationTarget, table, HeaderFields.target, hint: "an assert has no target")
        }
        let referring = Operation.amend.rawValue...Operation.endorse.rawValue
        if referring.contains(operation), !isGiven {
            self.report(
                .operationTarget, table, HeaderFields.target,
                hint: "name the record that the operation refers to, by its 32-byte id")
        }
    }

    /// Field numbers of Header that relations report.
    private enum HeaderFields {
        static let version: UInt32 = 4
        static let target: UInt32 = 6
    }

    private mutating func relateRecord(_ table: UnsafePointer<MessageTable>, _ seen: UInt32) {
        let fields = table.pointee.fields
        let kind = self.facts.kind
        let content = Self.contentNumbers.first { seen & fields[Int($0)].own != 0 }
        let expected = UInt32(truncatingIfNeeded: Int64(15) + Int64(kind))
        self.facts.isKnownKind =
            Self.contentNumbers.contains(expected) && fields[Int(expected)].kind != .unknown
        if self.unknownContents + (content == nil ? 0 : 1) > 1 {
            self.report(.duplicateOneof, table, content, hint: "a record has one content")
        }
        if kind != 0, !self.facts.isKnownKind {
            self.report(
                .unknownKind, path: "header.kind", value: "\(kind)",
                hint: "this node does not know the kind; it takes \(self.knownKinds(table))")
        } else if self.facts.operation.isNotice {
            let hint = "a restriction or withdrawal has no content; its reason is the report"
            if let content {
                self.report(.operationContent, table, content, hint: hint)
            } else if self.unknownContents > 0 {
                self.report(.operationContent, path: "content", value: "", hint: hint)
            }
        } else if content == nil {
            self.report(
                .required, path: "content", value: "",
                hint: "give the content that the header's kind names")
        } else if kind != 0, content != expected {
            self.report(
                .kindMismatch, table, content,
                hint: "the header's kind is \(kind), whose content is field \(expected)")
        }
        if self.facts.marking.releasability.contains(self.facts.originator) {
            self.report(
                .releasability, path: "header.marking.releasability",
                value: self.facts.originator,
                hint: "the originator need not be named; leave it out")
        }
    }
}
