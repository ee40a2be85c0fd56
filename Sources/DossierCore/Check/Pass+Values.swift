// Values of single fields: range, length, text, shape, and what of them is captured.
extension Pass {
    /// Marks an operand that was given but is not valid, so that no relation is judged on it.
    static let invalidOperand = UInt64.max

    /// Checks an integer, boolean or enum value.
    @inline(__always)
    mutating func number(_ value: UInt64, _ site: Site) {
        let field = site.field
        if field.pointee.counter != FieldTable.noWord, !self.count(site) { return }
        switch field.pointee.kind {
        case .uint32:
            guard value <= UInt64(UInt32.max) else {
                return self.report(.integerRange, site, value)
            }
        case .bool:
            guard value <= 1 else { return self.report(.boolean, site, value) }
        case .enumeration:
            // Official encoders write negative enum values sign-extended to 64 bits.
            guard value <= UInt64(Int32.max) || value >= UInt64(bitPattern: Int64(Int32.min)) else {
                return self.report(.integerRange, site, value)
            }
            let isKnown = value < 64 && field.pointee.knownValues >> value & 1 == 1
            if !isKnown, site.table.pointee.isLabel {
                self.facts.hasUnknownInHeaderOrMarking = true
            }
        case .uint64, .unknown, .string, .bytes, .message: break
        }
        if value == 0, field.pointee.refusesEmpty { return self.report(.required, site, "0") }
        if field.pointee.shape == .number, value > UInt64(field.pointee.maximumLength) {
            return self.report(.range, site, value)
        }
        if field.pointee.operand != FieldTable.noWord {
            site.words[Int(field.pointee.operand)] = value
        }
        if field.pointee.capture != .none { self.capture(value, field.pointee.capture) }
    }

    private mutating func capture(_ value: UInt64, _ capture: Capture) {
        let number = Int32(truncatingIfNeeded: value)
        switch capture {
        case .formatVersion: self.facts.formatVersion = UInt32(truncatingIfNeeded: value)
        case .version: self.facts.version = UInt32(truncatingIfNeeded: value)
        case .operation: self.facts.operation = Operation(rawValue: number)
        case .kind: self.facts.kind = number
        case .tlp: self.facts.marking.tlp = number
        case .pap: self.facts.marking.pap = number
        case .orcon: self.facts.marking.orcon = value != 0
        case .none, .originator, .reference, .target, .occurredStart, .occurredEnd, .known,
            .reported, .releasability, .account, .victim, .actor:
            break
        }
    }

    /// Checks a string.
    @inline(__always)
    mutating func string(_ text: TextBytes, _ site: Site) {
        let field = site.field
        if text.count == 0 {
            if field.pointee.refusesEmpty { self.report(.required, site, "") }
            return
        }
        guard text.count <= Int(field.pointee.maximumLength) else {
            return self.reportLong(text, site)
        }
        if field.pointee.shape == .none {
            if let fault = TextFault.first(in: text) { return self.reportFault(fault, text, site) }
        } else if !field.pointee.shape.accepts(text) {
            return self.reportShape(text, site)
        }
        if field.pointee.operand != FieldTable.noWord {
            site.words[Int(field.pointee.operand)] =
                UInt64(text.start - self.base) << 32 | UInt64(text.count)
        }
        if field.pointee.capture != .none { self.capture(text, site) }
    }

    /// Checks bytes.
    @inline(__always)
    mutating func bytes(_ value: TextBytes, _ site: Site) {
        let field = site.field
        if value.count == 0 {
            if field.pointee.refusesEmpty { self.report(.required, site, "") }
            return
        }
        if field.pointee.operand != FieldTable.noWord {
            site.words[Int(field.pointee.operand)] = UInt64(value.count)
        }
        let maximum = Int(field.pointee.maximumLength)
        if field.pointee.shape == .exactLength, value.count != maximum {
            return self.reportLength(value, site)
        }
        guard value.count <= maximum else { return self.reportLength(value, site) }
        if field.pointee.capture == .target { self.facts.targetRecordID = Array(value.buffer) }
    }

    private mutating func capture(_ text: TextBytes, _ site: Site) {
        let capture = site.field.pointee.capture
        if capture.isKey, self.facts.lookupKeys.isEmpty {
            self.facts.lookupKeys.reserve(min(self.size / 2, Self.usualKeyBytes))
        }
        switch capture {
        case .account: self.facts.lookupKeys.append(.account, text.raw)
        case .victim: NameKey.append(text, as: .victim, to: &self.facts.lookupKeys)
        case .actor: NameKey.append(text, as: .actor, to: &self.facts.lookupKeys)
        case .originator: self.facts.originator = text.string
        case .reference: self.facts.reference = text.string
        case .occurredStart: self.facts.occurredStart = text.string
        case .occurredEnd: self.facts.occurredEnd = text.string
        case .known: self.facts.known = text.string
        case .reported: self.facts.reported = text.string
        case .releasability: self.captureReleasability(text, site)
        case .none, .formatVersion, .version, .operation, .target, .kind, .tlp, .pap, .orcon: break
        }
    }

    /// Room made for a record's keys at first: that of some dozens.
    private static let usualKeyBytes = 4_096

    /// Room made for organisations at first.
    private static let usualReleasability = 12

    private mutating func captureReleasability(_ text: TextBytes, _ site: Site) {
        let organisation = text.string
        if self.facts.marking.releasability.contains(organisation) {
            return self.report(
                .releasability, site, organisation, hint: "it is named twice; name it once")
        }
        if self.facts.marking.releasability.isEmpty {
            self.facts.marking.releasability.reserveCapacity(Self.usualReleasability)
        }
        self.facts.marking.releasability.append(organisation)
    }
}
