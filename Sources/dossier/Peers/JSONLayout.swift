import DossierCore

extension JSONValue {
    /// The value as text for people, without a line feed at its end: what fits stands on one line,
    /// objects and arrays that do not have a line for each member.
    ///
    /// - Parameters:
    ///   - indent: columns that its lines are moved to the right, but for the first.
    ///   - isBroken: whether it has a line for each member in any case.
    func laidOut(indent: Int = 0, isBroken: Bool = false) -> String {
        let inline = self.inline
        guard isBroken || indent + inline.count > Self.width else { return inline }
        let inner = String(repeating: " ", count: indent + 2)
        let outer = String(repeating: " ", count: indent)
        switch self {
        case .object(let members) where !members.isEmpty:
            let lines = members.map {
                "\(inner)\(ProtoJSON.string($0.name)): \($0.value.laidOut(indent: indent + 2))"
            }
            return "{\n\(lines.joined(separator: ",\n"))\n\(outer)}"
        case .array(let elements) where !elements.isEmpty:
            let lines = elements.map { "\(inner)\($0.laidOut(indent: indent + 2))" }
            return "[\n\(lines.joined(separator: ",\n"))\n\(outer)]"
        case _:
            return inline
        }
    }

    private static let width = 100

    private var inline: String {
        switch self {
        case .object(let members) where !members.isEmpty:
            let all = members.map { "\(ProtoJSON.string($0.name)): \($0.value.inline)" }
            return "{ \(all.joined(separator: ", ")) }"
        case .array(let elements):
            return "[\(elements.map(\.inline).joined(separator: ", "))]"
        case .string(let text):
            return ProtoJSON.string(text)
        case _:
            return String(decoding: self.encoded(), as: UTF8.self)
        }
    }

    /// The same value with the members of all objects in the order of their names.
    var ordered: JSONValue {
        switch self {
        case .object(let members):
            .object(
                members.map { JSONMember($0.name, $0.value.ordered) }.sorted { $0.name < $1.name })
        case .array(let elements): .array(elements.map(\.ordered))
        case _: self
        }
    }

    /// The members of an object; none of anything else.
    var members: [JSONMember] {
        guard case .object(let members) = self else { return [] }
        return members
    }

    /// The elements of an array; none of anything else.
    var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }
}
