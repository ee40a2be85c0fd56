/// Reading of conditions.
extension MappingReader {
    func readCondition(_ node: JSONNode) throws(JSONFault) -> Mapping.Condition {
        var conditions: [Mapping.Condition] = []
        for member in try node.members() {
            switch member.name {
            case "$any": conditions.append(.any(try self.readConditions(member.value)))
            case "$not": conditions.append(.not(try self.readCondition(member.value)))
            default: conditions.append(try self.readTest(member))
            }
        }
        try node.require(!conditions.isEmpty, "expected at least one condition")
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    private func readConditions(_ node: JSONNode) throws(JSONFault) -> [Mapping.Condition] {
        var conditions: [Mapping.Condition] = []
        for element in try node.elements() { conditions.append(try self.readCondition(element)) }
        return conditions
    }

    private func readTest(_ member: JSONNode.Member) throws(JSONFault) -> Mapping.Condition {
        let column = try self.column(member.name, at: member.place)
        guard case .object(let tests) = member.value.content else {
            return .matches(column, .equals, try Self.readPatterns(member.value))
        }
        guard let test = tests.first, tests.count == 1 else {
            throw member.value.fault("expected one test")
        }
        if test.name == "blank" { return .isBlank(column, try test.value.bool()) }
        guard let match = Mapping.Match(rawValue: test.name) else {
            throw JSONFault(
                place: test.place,
                message: "expected \"blank\", \"equals\", \"prefix\" or \"contains\"")
        }
        return .matches(column, match, try Self.readPatterns(test.value))
    }

    private static func readPatterns(_ node: JSONNode) throws(JSONFault) -> [String] {
        guard case .array(let elements) = node.content else { return [try pattern(node)] }
        var patterns: [String] = []
        for element in elements { patterns.append(try pattern(element)) }
        return patterns
    }

    private static func pattern(_ node: JSONNode) throws(JSONFault) -> String {
        let text = try node.string()
        try node.require(!text.isEmpty, "for blank cells write {\"blank\": true}")
        return text
    }
}
