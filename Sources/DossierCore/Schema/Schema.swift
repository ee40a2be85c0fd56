internal import CDossierProtos

/// The message types of `Protos/dossier` with their rules, compiled into tables.
///
/// Made once, from the committed descriptor set and the tables of ``MessageRules``: what a field
/// is comes from the descriptors, what its value must be from the rules. A field without a rule,
/// or a rule without a field, is found here and not in the field. Whatever goes through encoded
/// messages by schema (the checks and ProtoJSON) starts from this type.
/// What it leaves out on purpose: message types that contain themselves, maps, floating point.
//
// `@unchecked Sendable`: the tables are written only while `shared` is made and never freed.
final class Schema: @unchecked Sendable {
    /// The schema of this build.
    static let shared = Schema(
        descriptorSet: UnsafeRawBufferPointer(
            start: dossier_descriptor_set_bytes(), count: Int(dossier_descriptor_set_size)),
        rules: MessageRules.all)

    /// A message type under one set of rules.
    struct MessageType {
        let descriptor: MessageDescriptor
        let rules: MessageRules
    }

    /// Every message type; variants have an entry of their own.
    let types: [MessageType]
    /// Every enum type, by its full name.
    let enums: [String: EnumDescriptor]
    /// Table of `dossier.v1.Record`.
    let recordMessage: UnsafePointer<MessageTable>
    /// Deepest nesting of messages.
    let maximumDepth: Int
    /// Most words of scratch space that a message and all that holds it can need together.
    let maximumScratchWords: Int

    private let tables: UnsafeMutablePointer<MessageTable>
    private let indexes: [String: Int]

    /// Full names of all message types.
    var messageNames: [String] {
        self.types.filter { $0.rules.variant.isEmpty }.map(\.descriptor.name)
    }

    /// Compiles a descriptor set. Descriptors and rules are part of the build, so whatever does
    /// not fit is a broken invariant of ours and traps.
    private init(descriptorSet: UnsafeRawBufferPointer, rules: [MessageRules]) {
        guard let set = try? DescriptorSet(decoding: descriptorSet) else {
            preconditionFailure("the committed descriptor set cannot be read")
        }
        let enums = Dictionary(uniqueKeysWithValues: set.enums.map { ($0.name, $0) })
        let types = Self.types(set.messages, rules)
        let indexes = Dictionary(
            uniqueKeysWithValues: types.enumerated().map { (Self.key(of: $1), $0) })
        let tables = UnsafeMutablePointer<MessageTable>.allocate(capacity: types.count)
        for (index, type) in types.enumerated() {
            var compiler = TableCompiler(
                type: type, index: index, tables: tables, indexes: indexes, enums: enums)
            (tables + index).initialize(to: compiler.compile())
        }
        self.types = types
        self.enums = enums
        self.indexes = indexes
        self.tables = tables
        var extent = Extent(tables: tables, count: types.count)
        (self.maximumDepth, self.maximumScratchWords) = extent.measure()
        guard let record = indexes["dossier.v1.Record"] else {
            preconditionFailure("the descriptor set has no record")
        }
        self.recordMessage = UnsafePointer(tables + record)
    }

    /// The table of a message type by its full name.
    func message(named name: String) -> UnsafePointer<MessageTable>? {
        self.indexes[name].map { UnsafePointer(self.tables + $0) }
    }

    /// The descriptor of a message type by its full name.
    func descriptor(named name: String) -> MessageDescriptor? {
        self.indexes[name].map { self.types[$0].descriptor }
    }

    /// The key of a type in ``indexes``: full name, and the variant if it is one.
    static func key(of type: MessageType) -> String {
        type.rules.variant.isEmpty
            ? type.descriptor.name : "\(type.descriptor.name)#\(type.rules.variant)"
    }

    private static func types(
        _ messages: [MessageDescriptor], _ rules: [MessageRules]
    ) -> [MessageType] {
        let byName = Dictionary(uniqueKeysWithValues: messages.map { ($0.name, $0) })
        let types = rules.map { rule in
            guard let descriptor = byName["dossier.v1.\(rule.message)"] else {
                preconditionFailure("rules for \(rule.message), which is no message")
            }
            return MessageType(descriptor: descriptor, rules: rule)
        }
        let covered = Set(types.map(\.descriptor.name))
        for message in messages where !covered.contains(message.name) {
            preconditionFailure("no rules for \(message.name)")
        }
        return types
    }
}

/// How deep messages nest, and how much scratch space that takes.
private struct Extent {
    let tables: UnsafeMutablePointer<MessageTable>
    let count: Int
    private var isOpen: [Bool]

    init(tables: UnsafeMutablePointer<MessageTable>, count: Int) {
        self.tables = tables
        self.count = count
        self.isOpen = Array(repeating: false, count: count)
    }

    mutating func measure() -> (depth: Int, words: Int) {
        var most = (depth: 0, words: 0)
        for index in 0..<self.count {
            let extent = self.extent(of: UnsafePointer(self.tables + index))
            most = (max(most.depth, extent.depth), max(most.words, extent.words))
        }
        return most
    }

    private mutating func extent(
        of message: UnsafePointer<MessageTable>
    ) -> (depth: Int, words: Int) {
        let index = message.pointee.index
        precondition(!self.isOpen[index], "no message type may contain itself")
        self.isOpen[index] = true
        defer { self.isOpen[index] = false }
        var most = (depth: 0, words: 0)
        for number in 0...Int(message.pointee.maximumNumber) {
            guard let child = message.pointee.fields[number].message else { continue }
            let extent = self.extent(of: child)
            most = (max(most.depth, extent.depth), max(most.words, extent.words))
        }
        return (most.depth + 1, most.words + message.pointee.scratchWords)
    }
}
