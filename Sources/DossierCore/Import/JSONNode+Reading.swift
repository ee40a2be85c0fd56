/// How a mapping file's values are taken: each either as what it must be, or as a fault that says
/// where it stands and what was expected.
extension JSONNode {
    /// A fault at this value.
    func fault(_ message: String) -> JSONFault {
        JSONFault(place: self.place, message: message)
    }

    /// Throws unless `condition` holds.
    func require(_ condition: Bool, _ message: String) throws(JSONFault) {
        guard condition else { throw self.fault(message) }
    }

    func string() throws(JSONFault) -> String {
        guard case .string(let string) = self.content else { throw self.fault("expected a string") }
        return string
    }

    func bool() throws(JSONFault) -> Bool {
        guard case .bool(let bool) = self.content else {
            throw self.fault("expected true or false")
        }
        return bool
    }

    func elements() throws(JSONFault) -> [JSONNode] {
        guard case .array(let elements) = self.content else { throw self.fault("expected a list") }
        return elements
    }

    func members() throws(JSONFault) -> [Member] {
        guard case .object(let members) = self.content else {
            throw self.fault("expected an object")
        }
        return members
    }

    /// The member of that name, if there is one.
    func member(_ name: String) throws(JSONFault) -> JSONNode? {
        try self.members().first { $0.name == name }?.value
    }

    /// The members, which must be among those named.
    func members(
        required: [String] = [], optional: [String] = []
    ) throws(JSONFault) -> NamedNodes {
        var named = NamedNodes(owner: self, nodes: [:])
        let known = required + optional
        for member in try self.members() {
            guard known.contains(member.name) else {
                throw JSONFault(
                    place: member.place,
                    message: "unknown name \"\(member.name)\""
                        + Nearest.hint(for: member.name, among: known))
            }
            named.nodes[member.name] = member.value
        }
        for name in required { _ = try named.node(name) }
        return named
    }
}

/// Members of an object by name.
struct NamedNodes {
    fileprivate var owner: JSONNode
    fileprivate var nodes: [String: JSONNode]

    fileprivate init(owner: JSONNode, nodes: [String: JSONNode]) {
        self.owner = owner
        self.nodes = nodes
    }

    func node(_ name: String) throws(JSONFault) -> JSONNode {
        guard let node = self.nodes[name] else { throw self.owner.fault("\"\(name)\" is missing") }
        return node
    }

    func optional(_ name: String) -> JSONNode? {
        self.nodes[name]
    }

    func string(_ name: String) throws(JSONFault) -> String {
        try self.node(name).string()
    }
}
