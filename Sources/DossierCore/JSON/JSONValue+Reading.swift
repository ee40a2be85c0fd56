extension JSONValue {
    /// Reads JSON text (RFC 8259) in UTF-8, strictly: no member named twice in one object, and
    /// nothing after the value.
    ///
    /// - Throws: ``CoreError`` with code `malformedJSON`, naming line and column.
    public init(json: [UInt8]) throws {
        do throws(JSONFault) {
            self.init(try JSONReader.read(json))
        } catch {
            throw CoreError(
                code: .malformedJSON,
                message: "line \(error.place.line), column \(error.place.column): \(error.message)")
        }
    }

    private init(_ node: JSONNode) {
        switch node.content {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .number(let digits): self = .number(digits)
        case .string(let string): self = .string(string)
        case .array(let elements): self = .array(elements.map { JSONValue($0) })
        case .object(let members):
            self = .object(members.map { JSONMember($0.name, JSONValue($0.value)) })
        }
    }
}
