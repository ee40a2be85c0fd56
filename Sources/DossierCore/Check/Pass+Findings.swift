// Everything that is done only when something is wrong: paths, values and hints of findings.
// Kept out of line, so that the way of a good message stays short.
extension Pass {
    /// Reports what is wrong with a value.
    @inline(never)
    mutating func report(
        _ rule: Finding.Rule, _ site: Site, _ value: some CustomStringConvertible,
        hint: String? = nil
    ) {
        let operand = site.field.pointee.operand
        if operand != FieldTable.noWord { site.words[Int(operand)] = Self.invalidOperand }
        let path = self.path(site.table, site.number, site.index)
        self.report(rule, path: path, value: value.description, hint: hint ?? rule.hint)
    }

    /// Reports what is wrong with a field, or with the message itself when `number` is nil.
    @inline(never)
    mutating func report(
        _ rule: Finding.Rule, _ table: UnsafePointer<MessageTable>, _ number: UInt32?,
        value: String = "", hint: String? = nil
    ) {
        let path = self.path(table, number, -1)
        self.report(rule, path: path, value: value, hint: hint ?? rule.hint)
    }

    /// Reports a finding, up to the cap.
    @inline(never)
    mutating func report(_ rule: Finding.Rule, path: String, value: String, hint: String) {
        guard self.findings.count < Finding.maximumCount else {
            self.remaining = 0
            return
        }
        self.findings.append(
            Finding(field: path, rule: rule, value: Finding.excerpt(of: value), hint: hint))
    }

    // MARK: Form

    @inline(never)
    mutating func report(
        _ rule: Finding.Rule, _ table: UnsafePointer<MessageTable>, _ number: UInt32
    ) {
        self.report(rule, table, Optional(number))
    }

    @inline(never)
    mutating func reportElements() {
        guard self.findings.last?.rule != .elements else { return }
        self.report(
            .elements, path: "", value: "", hint: "at most \(self.maximumElements) are allowed")
    }

    @inline(never)
    mutating func reportDuplicate(
        _ table: UnsafePointer<MessageTable>, _ field: UnsafePointer<FieldTable>,
        _ number: UInt32, _ seen: UInt32
    ) {
        let isSame = seen & field.pointee.own != 0
        self.report(isSame ? .duplicateField : .duplicateOneof, table, number)
    }

    @inline(never)
    mutating func reportTruncated(
        _ table: UnsafePointer<MessageTable>, _ number: UInt32, _ what: String
    ) {
        self.report(
            .truncated, table, number, hint: "\(what) reaches past the end of what holds it")
    }

    @inline(never)
    mutating func reportBreak(
        _ raw: RawVarint, _ table: UnsafePointer<MessageTable>, _ number: UInt32? = nil
    ) {
        switch raw {
        case .value: break
        case .truncated: self.report(.truncated, table, number)
        case .endless:
            self.report(.varint, table, number, hint: "a varint has at most ten bytes")
        }
    }

    // MARK: Values

    @inline(never)
    mutating func reportMissing(_ table: UnsafePointer<MessageTable>, _ missing: UInt32) {
        for number in 1...table.pointee.maximumNumber
        where table.pointee.fields[Int(number)].own & missing != 0 {
            self.report(.required, table, number)
        }
    }

    @inline(never)
    mutating func reportCount(_ site: Site) {
        self.report(
            .tooLong, site.table, site.number,
            hint: "at most \(site.field.pointee.maximumCount) elements are allowed")
    }

    @inline(never)
    mutating func reportLong(_ text: TextBytes, _ site: Site) {
        if let fault = TextFault.first(in: text) { return self.reportFault(fault, text, site) }
        let maximum = site.field.pointee.maximumLength
        self.report(
            .tooLong, site, text.excerpt,
            hint: "it has \(text.count) bytes, at most \(maximum) are allowed")
    }

    @inline(never)
    mutating func reportLength(_ value: TextBytes, _ site: Site) {
        let expected = site.field.pointee.maximumLength
        let isExact = site.field.pointee.shape == .exactLength
        self.report(
            isExact ? .length : .tooLong, site, "\(value.count) bytes",
            hint: isExact
                ? "it has exactly \(expected) bytes" : "at most \(expected) bytes are allowed")
    }

    @inline(never)
    mutating func reportShape(_ text: TextBytes, _ site: Site) {
        if let fault = TextFault.first(in: text) { return self.reportFault(fault, text, site) }
        let shape = site.field.pointee.shape
        self.report(shape.rule, site, text.excerpt, hint: shape.hint)
    }

    @inline(never)
    mutating func reportFault(_ fault: TextFault, _ text: TextBytes, _ site: Site) {
        self.report(fault == .nul ? .nul : .utf8, site, text.excerpt)
    }

    // MARK: Relations

    /// The number of the field that is an operand of the message's relation.
    func number(ofOperand position: Int, _ table: UnsafePointer<MessageTable>) -> UInt32 {
        for number in 1...table.pointee.maximumNumber
        where table.pointee.fields[Int(number)].operand == UInt8(position) {
            return number
        }
        preconditionFailure("a relation's operands are fields of its message")
    }

    @inline(never)
    mutating func reportEmptyRange(_ table: UnsafePointer<MessageTable>) {
        self.report(.rangeEmpty, table, nil)
    }

    @inline(never)
    mutating func reportRangeOrder(
        _ table: UnsafePointer<MessageTable>, _ position: Int, _ value: String, _ lower: String
    ) {
        self.report(
            .rangeOrder, table, self.number(ofOperand: position, table), value: value,
            hint: "it is less than \(lower); low <= point <= high must hold")
    }

    func knownKinds(_ table: UnsafePointer<MessageTable>) -> String {
        Self.contentNumbers
            .filter { table.pointee.fields[Int($0)].kind != .unknown }
            .map { String($0 - 15) }
            .joined(separator: ", ")
    }

    // MARK: Paths

    private func path(
        _ table: UnsafePointer<MessageTable>, _ number: UInt32?, _ index: Int
    ) -> String {
        var parts = (0..<self.depth).map { level in
            let step = self.path[level]
            return self.name(step.message, step.number, step.index)
        }
        if let number { parts.append(self.name(table, number, index)) }
        return parts.joined(separator: ".")
    }

    /// A field's name in a path: after its oneof's if that has other members, with its index in
    /// brackets if it is repeated; the number if it is not known.
    private func name(
        _ table: UnsafePointer<MessageTable>, _ number: UInt32, _ index: Int
    ) -> String {
        let message = self.schema.types[table.pointee.index].descriptor
        guard let field = message.field(numbered: number) else { return "\(number)" }
        return message.step(to: field, at: index < 0 ? nil : index)
    }
}

extension TextBytes {
    /// As much of the text as a finding can show.
    fileprivate var excerpt: String {
        self[0..<min(self.count, 4 * Finding.maximumValueLength)].string
    }
}

extension Finding {
    /// A value as findings show it: cut, and without characters that could steer a terminal.
    static func excerpt(of value: String) -> String {
        String(value.unicodeScalars.prefix(self.maximumValueLength)).escapedForTerminal
    }
}

extension Finding.Rule {
    /// What the rule demands, when there is nothing more exact to say.
    fileprivate var hint: String {
        switch self {
        case .truncated: "the message breaks off"
        case .varint: "tags, lengths and numbers are written with as few bytes as they need"
        case .fieldNumber: "field numbers are 1 to 536870911"
        case .group: "groups are not allowed, and wire types 6 and 7 do not exist"
        case .wireType: "the wire type does not fit the field"
        case .duplicateField: "the field may occur once"
        case .duplicateOneof: "another member of the same oneof is set already"
        case .integerRange: "the number does not fit the field's type"
        case .boolean: "write 0 or 1"
        case .utf8: "write valid UTF-8"
        case .nul: "remove the NUL character"
        case .required: "give a value"
        case .range: "the number is too large"
        case .rangeEmpty: "give at least one of low, point and high"
        case _: "the value is not allowed"
        }
    }
}
