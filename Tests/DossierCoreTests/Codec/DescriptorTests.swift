@preconcurrency import CDossierProtos
import CProtobufC
import Testing

@Suite("Messages of a record")
struct DescriptorTests {
    @Test("no message can contain itself, so that depth is bounded without counting it")
    func recursion() {
        self.check(dossier__v1__record__descriptor, inside: [])
    }

    private func check(_ descriptor: ProtobufCMessageDescriptor, inside outer: [String]) {
        let name = descriptor.fullName
        guard !outer.contains(name) else {
            Issue.record("\(name) contains itself: \(outer)")
            return
        }
        for field in descriptor.allFields {
            if let message = field.message { self.check(message, inside: outer + [name]) }
        }
    }

    @Test("only strings, bytes, messages, enumerations, flags and unsigned numbers are in a record")
    func types() {
        let allowed = [
            PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_MESSAGE,
            PROTOBUF_C_TYPE_ENUM, PROTOBUF_C_TYPE_BOOL, PROTOBUF_C_TYPE_UINT32,
            PROTOBUF_C_TYPE_UINT64,
        ]
        self.visit(dossier__v1__record__descriptor) { field in
            #expect(allowed.contains(field.type), "\(field.fieldName)")
        }
    }

    private func visit(
        _ descriptor: ProtobufCMessageDescriptor, _ body: (ProtobufCFieldDescriptor) -> Void
    ) {
        for field in descriptor.allFields {
            body(field)
            if let message = field.message { self.visit(message, body) }
        }
    }
}
