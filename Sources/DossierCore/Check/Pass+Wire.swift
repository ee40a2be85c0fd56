// Tags, varints and lengths: the parts of the pass that know the wire format.
extension Pass {
    /// A tag; nil when the message breaks off.
    @inline(__always)
    mutating func tag(
        _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>,
        _ table: UnsafePointer<MessageTable>
    ) -> UInt32? {
        let byte = cursor.pointee
        guard byte < 0x80 else { return self.longTag(&cursor, end, table) }
        cursor += 1
        return UInt32(byte)
    }

    /// A tag of more than one byte; nil when the message breaks off.
    @inline(never)
    private mutating func longTag(
        _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>,
        _ table: UnsafePointer<MessageTable>
    ) -> UInt32? {
        let raw = self.rawVarint(&cursor, end)
        guard case .value(let value, let isMinimal) = raw else {
            self.reportBreak(raw, table)
            return nil
        }
        if !isMinimal { self.report(.varint, table, UInt32(truncatingIfNeeded: value >> 3)) }
        guard value <= UInt64(UInt32.max) else {
            self.report(.fieldNumber, table, nil, value: "\(value >> 3)")
            return nil
        }
        return UInt32(value)
    }

    /// A varint; nil when the message breaks off.
    @inline(__always)
    mutating func varint(
        _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ site: Site
    ) -> UInt64? {
        if cursor < end, cursor.pointee < 0x80 {
            defer { cursor += 1 }
            return UInt64(cursor.pointee)
        }
        return self.longVarint(&cursor, end, site.table, site.number)
    }

    /// A length and as many bytes; nil when the message breaks off.
    @inline(__always)
    mutating func delimited(
        _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ site: Site
    ) -> TextBytes? {
        guard let length = self.varint(&cursor, end, site) else { return nil }
        guard length <= UInt64(end - cursor) else {
            self.reportTruncated(site.table, site.number, "a length of \(length) bytes")
            return nil
        }
        defer { cursor += Int(length) }
        return TextBytes(start: cursor, count: Int(length))
    }

    @inline(never)
    mutating func longVarint(
        _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>,
        _ table: UnsafePointer<MessageTable>, _ number: UInt32
    ) -> UInt64? {
        let raw = self.rawVarint(&cursor, end)
        guard case .value(let value, let isMinimal) = raw else {
            self.reportBreak(raw, table, number)
            return nil
        }
        if !isMinimal { self.report(.varint, table, number) }
        return value
    }

    /// What stands where a varint should.
    enum RawVarint {
        /// A value, and whether it has no byte too many and no bit above 2^64.
        case value(UInt64, isMinimal: Bool)
        /// The message ends within it.
        case truncated
        /// It has more than ten bytes.
        case endless
    }

    private func rawVarint(
        _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> RawVarint {
        var value: UInt64 = 0
        for index in 0..<10 {
            guard cursor < end else { return .truncated }
            let byte = cursor.pointee
            cursor += 1
            value |= UInt64(byte & 0x7f) << UInt64(index * 7)
            if byte < 0x80 {
                return .value(
                    value, isMinimal: (byte != 0 || index == 0) && (index < 9 || byte == 1))
            }
        }
        return .endless
    }

    /// A field that is unknown, packed, or of another wire type than expected; false when the
    /// message breaks off.
    @inline(never)
    mutating func irregular(
        _ tag: UInt32, _ table: UnsafePointer<MessageTable>, _ words: UnsafeMutablePointer<UInt64>,
        _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ seen: inout UInt32
    ) -> Bool {
        let number = tag >> 3
        let field = UnsafePointer(
            table.pointee.fields + Int(min(number, table.pointee.maximumNumber)))
        let isKnown = number <= table.pointee.maximumNumber && field.pointee.kind != .unknown
        if number == 0 { self.report(.fieldNumber, table, nil, value: "0") }
        if isKnown {
            seen |= field.pointee.own
            let site = Site(table: table, field: field, number: number, words: words)
            if tag & 7 == 2, field.pointee.wire == 0, field.pointee.counter != FieldTable.noWord {
                return self.packed(&cursor, end, site)
            }
            self.report(.wireType, site, tag & 7)
        } else if number != 0 {
            self.noteUnknown(table, number)
        }
        return self.skip(tag, table, &cursor, end)
    }

    /// An unknown field in header or marking withholds the record; an unknown kind's content
    /// counts as content.
    private mutating func noteUnknown(_ table: UnsafePointer<MessageTable>, _ number: UInt32) {
        if table.pointee.isLabel { self.facts.hasUnknownInHeaderOrMarking = true }
        if table.pointee.relation == .record, Self.contentNumbers.contains(number) {
            self.unknownContents += 1
        }
    }

    /// Field numbers of Record.content: 15 + kind.
    static let contentNumbers: ClosedRange<UInt32> = 16...27

    /// The elements of a packed field.
    private mutating func packed(
        _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ site: Site
    ) -> Bool {
        guard let elements = self.delimited(&cursor, end, site) else { return false }
        var inner = elements.start
        let innerEnd = inner + elements.count
        while inner < innerEnd {
            self.remaining -= 1
            if self.remaining < 0 {
                self.reportElements()
                return false
            }
            guard let value = self.varint(&inner, innerEnd, site) else { return false }
            self.number(value, site)
        }
        return true
    }

    /// Steps over a field's value; false when the message breaks off.
    private mutating func skip(
        _ tag: UInt32, _ table: UnsafePointer<MessageTable>,
        _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) -> Bool {
        let number = tag >> 3
        let length: UInt64
        switch tag & 7 {
        case 0: return self.longVarint(&cursor, end, table, number) != nil
        case 1: length = 8
        case 5: length = 4
        case 2:
            guard let value = self.longVarint(&cursor, end, table, number) else { return false }
            length = value
        case _:
            self.report(.group, table, number, value: "wire type \(tag & 7)")
            return false
        }
        guard length <= UInt64(end - cursor) else {
            self.reportTruncated(table, number, "a value of \(length) bytes")
            return false
        }
        cursor += Int(length)
        return true
    }
}
