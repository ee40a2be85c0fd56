/// One pass over the bytes of a message: form, caps, values and relations, driven by the tables.
///
/// Messages are gone into as deep as the schema nests, which is bounded; unknown fields are
/// stepped over and never gone into. Everything a good message needs happens here and in
/// `Pass+Values.swift` without an allocation but for captured facts; paths and texts of findings
/// are made only when there is something to find.
struct Pass {
    /// A step down into a submessage, kept for the paths of findings.
    struct Step {
        var message: UnsafePointer<MessageTable>
        var number: UInt32
        /// Position in a repeated field; -1 in a singular one.
        var index: Int
    }

    let schema: Schema
    /// As many as messages nest.
    let path: UnsafeMutablePointer<Step>
    var depth = 0
    /// The scratch words of the message that is being looked at begin here.
    var scratch: UnsafeMutablePointer<UInt64>
    /// Elements that may still come; below zero the pass ends.
    var remaining: Int
    let maximumElements: Int
    /// Start of the whole message; operands are kept as offsets from here.
    var base: UnsafePointer<UInt8>
    /// Size of the whole message.
    var size = 0
    /// How many contents of kinds that are not known occurred.
    var unknownContents = 0

    private(set) var result = CheckedRecord(facts: RecordFacts(), findings: [])

    var facts: RecordFacts {
        get { self.result.facts }
        _modify { yield &self.result.facts }
    }

    var findings: [Finding] {
        get { self.result.findings }
        _modify { yield &self.result.findings }
    }

    /// Hands out what was captured and found, without copying it.
    mutating func takeResult() -> CheckedRecord {
        var result = CheckedRecord(facts: RecordFacts(), findings: [])
        swap(&result, &self.result)
        return result
    }

    /// Checks a whole message.
    mutating func run(
        _ type: UnsafePointer<MessageTable>, _ bytes: UnsafeRawBufferPointer, maximumBytes: Int
    ) {
        guard bytes.count <= maximumBytes else {
            self.findings.append(
                Finding(
                    field: "", rule: .size, value: "\(bytes.count)",
                    hint: "at most \(maximumBytes) bytes are allowed; split it"))
            return
        }
        let buffer = bytes.assumingMemoryBound(to: UInt8.self)
        self.size = bytes.count
        // An empty message has no address; the one that is there will do, as nothing is read.
        if let start = buffer.baseAddress { self.base = start }
        self.message(type, self.base, self.base + buffer.count)
    }

    /// Checks the fields of one message, then what must hold between them.
    mutating func message(
        _ table: UnsafePointer<MessageTable>, _ start: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>
    ) {
        let words = self.scratch
        for index in 0..<table.pointee.scratchWords { words[index] = 0 }
        self.scratch += table.pointee.scratchWords
        defer { self.scratch = words }

        let fields = table.pointee.fields
        let maximumNumber = table.pointee.maximumNumber
        var cursor = start
        var seen: UInt32 = 0
        while cursor < end {
            guard let tag = self.tag(&cursor, end, table) else { return }
            self.remaining -= 1
            if self.remaining < 0 { return self.reportElements() }
            let number = tag >> 3
            guard number <= maximumNumber, fields[Int(number)].wire == UInt8(tag & 7) else {
                guard self.irregular(tag, table, words, &cursor, end, &seen) else { return }
                continue
            }
            let field = UnsafePointer(fields + Int(number))
            let isRepeated = seen & field.pointee.conflicts != 0
            if isRepeated { self.reportDuplicate(table, field, number, seen) }
            seen |= field.pointee.presence
            let site = Site(table: table, field: field, number: number, words: words)
            if field.pointee.wire == 0 {
                guard let value = self.varint(&cursor, end, site) else { return }
                if !isRepeated { self.number(value, site) }
            } else {
                guard let value = self.delimited(&cursor, end, site) else { return }
                if !isRepeated { self.value(value, site) }
            }
        }
        if self.remaining < 0 { return }
        let missing = table.pointee.required & ~seen
        if missing != 0 { self.reportMissing(table, missing) }
        if table.pointee.relation != .none { self.relate(table, words, seen) }
    }

    /// Where a value stands.
    struct Site {
        let table: UnsafePointer<MessageTable>
        let field: UnsafePointer<FieldTable>
        let number: UInt32
        let words: UnsafeMutablePointer<UInt64>

        /// Position in a repeated field; -1 in a singular one.
        var index: Int {
            self.field.pointee.counter == FieldTable.noWord
                ? -1 : Int(self.words[Int(self.field.pointee.counter)]) - 1
        }
    }

    /// Checks one length-delimited value.
    @inline(__always)
    private mutating func value(_ value: TextBytes, _ site: Site) {
        if site.field.pointee.counter != FieldTable.noWord, !self.count(site) { return }
        switch site.field.pointee.kind {
        case .message: self.submessage(value, site)
        case .string: self.string(value, site)
        case .bytes: self.bytes(value, site)
        case .unknown, .uint32, .uint64, .bool, .enumeration: break
        }
    }

    @inline(__always)
    private mutating func submessage(_ value: TextBytes, _ site: Site) {
        guard let table = site.field.pointee.message else { return }
        self.path[self.depth] = Step(message: site.table, number: site.number, index: site.index)
        self.depth += 1
        self.message(table, value.start, value.start + value.count)
        self.depth -= 1
    }

    /// Counts an element of a repeated field; whether it is within the cap.
    @inline(__always)
    mutating func count(_ site: Site) -> Bool {
        let word = site.words + Int(site.field.pointee.counter)
        word.pointee += 1
        let excess = Int(word.pointee) - Int(site.field.pointee.maximumCount)
        if excess == 1 { self.reportCount(site) }
        return excess <= 0
    }
}

extension Schema {
    /// Calls `body` with a pass whose working space lasts as long as the call.
    func withPass<Result>(
        maximumElements: Int, _ body: (inout Pass) throws -> Result
    ) rethrows -> Result {
        try withUnsafeTemporaryAllocation(of: Pass.Step.self, capacity: self.maximumDepth) { path in
            try withUnsafeTemporaryAllocation(
                of: UInt64.self, capacity: self.maximumScratchWords + 1
            ) { words in
                guard let path = path.baseAddress, let words = words.baseAddress else {
                    preconditionFailure("a temporary allocation that is not empty has an address")
                }
                var pass = Pass(
                    schema: self, path: path, scratch: words, remaining: maximumElements,
                    maximumElements: maximumElements,
                    base: UnsafeRawPointer(path).assumingMemoryBound(to: UInt8.self))
                return try body(&pass)
            }
        }
    }
}
