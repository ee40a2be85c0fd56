@testable import DossierCore

/// An encoded message as a tree that tests take apart and put together again.
struct WireTree: Sendable {
    indirect enum Value: Sendable {
        case varint(UInt64)
        case bytes([UInt8])
        case message(WireTree)
    }

    struct Field: Sendable {
        var number: UInt32
        var value: Value
    }

    var fields: [Field] = []

    /// The encoded form, fields in the order they stand in.
    var encoded: [UInt8] { self.fields.flatMap(\.encoded) }

    /// The fields but those with a number.
    func without(_ number: UInt32) -> WireTree {
        WireTree(fields: self.fields.filter { $0.number != number })
    }

    /// The same message with a field put in the place of those with its number.
    func setting(_ number: UInt32, _ value: Value) -> WireTree {
        var copy = self.without(number)
        copy.fields.append(Field(number: number, value: value))
        return copy
    }

    /// The same message with a field more.
    func adding(_ number: UInt32, _ value: Value) -> WireTree {
        WireTree(fields: self.fields + [Field(number: number, value: value)])
    }

    /// The first submessage in a field.
    subscript(number: UInt32) -> WireTree {
        for field in self.fields where field.number == number {
            if case .message(let inner) = field.value { return inner }
        }
        return WireTree()
    }

    /// The same message after `change` to what stands at a path of field numbers.
    func changing(
        _ path: [UInt32], _ change: (WireTree) -> WireTree
    ) -> WireTree {
        guard let first = path.first else { return change(self) }
        var copy = self
        guard
            let index = copy.fields.firstIndex(where: {
                if case .message = $0.value { $0.number == first } else { false }
            }), case .message(let inner) = copy.fields[index].value
        else { return self }
        copy.fields[index].value = .message(inner.changing(Array(path.dropFirst()), change))
        return copy
    }
}

extension WireTree.Field {
    var encoded: [UInt8] {
        switch self.value {
        case .varint(let number): Wire.varint(UInt64(self.number) << 3) + Wire.varint(number)
        case .bytes(let bytes): Wire.delimited(self.number, bytes)
        case .message(let inner): Wire.delimited(self.number, inner.encoded)
        }
    }
}

extension WireTree.Value {
    static func text(_ text: String) -> Self { .bytes(Array(text.utf8)) }
}

/// Pieces of the wire format.
enum Wire {
    static func varint(_ value: UInt64) -> [UInt8] {
        var result: [UInt8] = []
        var rest = value
        while rest >= 0x80 {
            result.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return result + [UInt8(rest)]
    }

    /// The field number of the first field.
    static func number(_ bytes: [UInt8]) -> UInt32 {
        var tag: UInt64 = 0
        for (index, byte) in bytes.prefix(5).enumerated() {
            tag |= UInt64(byte & 0x7f) << UInt64(7 * index)
            if byte < 0x80 { break }
        }
        return UInt32(truncatingIfNeeded: tag >> 3)
    }

    static func delimited(_ number: UInt32, _ bytes: [UInt8]) -> [UInt8] {
        self.varint(UInt64(number) << 3 | 2) + self.varint(UInt64(bytes.count)) + bytes
    }
}

/// Valid messages with every field set, made from descriptors and rules, so that a new field is
/// in them without anybody's doing.
enum Specimen {
    /// A message of a type, by its full name.
    static func message(_ name: String) -> WireTree {
        let schema = Schema.shared
        guard let table = schema.message(named: name) else { return WireTree() }
        return self.message(schema.types[table.pointee.index])
    }

    /// A record of a kind with every field set.
    static func record(kind: UInt64 = 1) -> WireTree {
        let record = self.message("dossier.v1.Record")
        let content = UInt32(15 + kind)
        let types: [UInt32: String] = [
            16: "CryptoTheft", 18: "ItWorkerDeployment", 22: "Wallet", 27: "Assessment",
        ]
        return WireTree(fields: record.fields.filter { $0.number < 16 })
            .adding(content, .message(self.message("dossier.v1.\(types[content] ?? "")")))
            .changing([1]) { $0.setting(7, .varint(kind)) }
    }

    static func message(_ type: Schema.MessageType) -> WireTree {
        var oneofs: Set<Int> = []
        var tree = WireTree()
        for field in type.descriptor.fields {
            if let oneof = field.oneof, !oneofs.insert(oneof).inserted { continue }
            guard let rule = type.rules.fields[field.name] else { continue }
            tree.fields.append(
                WireTree.Field(number: field.number, value: self.value(field, rule, in: type)))
        }
        return type.rules.relation == .header ? tree.without(6) : tree
    }

    private static func value(
        _ field: FieldDescriptor, _ rule: FieldRule, in type: Schema.MessageType
    ) -> WireTree.Value {
        switch field.type {
        case .message:
            let variant = rule.variant
            let inner = Schema.shared.types.first {
                $0.descriptor.name == field.typeName && $0.rules.variant == variant
            }
            return .message(inner.map { self.message($0) } ?? WireTree())
        case .bytes:
            return .bytes(
                Array(repeating: 7, count: rule.shape == .exactLength ? rule.maximumLength : 3))
        case .string: return .text(self.text(field, rule, in: type))
        case .uint32, .uint64, .bool: return .varint(1)
        // The external id is one of the United Nations, see `text`.
        case .enumeration: return .varint(1)
        }
    }

    private static func text(
        _ field: FieldDescriptor, _ rule: FieldRule, in type: Schema.MessageType
    ) -> String {
        if type.rules.relation == .externalID, field.name == "value" { return "KPe.031" }
        if field.name == "releasability" { return "us" }
        switch rule.shape {
        case .none, .number, .exactLength: return "text"
        case .organisationID: return "kr"
        case .reference: return "KR-2025-0117"
        case .moment, .second: return "2025-02-21T14:03:00Z"
        case .decimal, .amount, .percent: return "12.5"
        case .country: return "KR"
        case .currency: return "USD"
        case .language: return "en"
        case .mediaType: return "application/pdf"
        case .accountKey: return "eip155:1:0x47666fab8bd0ac7003bce3f5c3585383f09486e2"
        case .chain: return "eip155:1"
        case .assetID: return "eip155:1/slip44:60"
        case .transactionHash: return "0xabc"
        case .recordIDPrefix: return "0123456789abcdef"
        }
    }
}
