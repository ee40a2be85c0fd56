import CGRPCProtos
import CProtobufC

/// gRPC's standard server reflection, `grpc.reflection.v1.ServerReflection`: tells which services a
/// server has and hands out the files that declare them. There are no extensions in proto3 files, so
/// questions about those have no answer.
public struct ReflectionService: Sendable {
    private static let path = MethodPath(
        service: "grpc.reflection.v1.ServerReflection", method: "ServerReflectionInfo")

    private let index: FileIndex

    /// A reflection service for the files of serialized `google.protobuf.FileDescriptorProto`s. The
    /// files of health and reflection are known already. Throws `malformedMessage`.
    public init(fileDescriptors: [[UInt8]]) throws(GRPCError) {
        let own = try FileIndex.files(
            inSet: Array(
                UnsafeBufferPointer(
                    start: dossier_grpc_descriptor_set(), count: Int(grpc_descriptor_set_size))))
        self.index = try FileIndex(files: fileDescriptors + own)
    }

    /// The files in a serialized `google.protobuf.FileDescriptorSet`, as protoc writes it. Throws
    /// `malformedMessage`.
    public static func files(inDescriptorSet bytes: [UInt8]) throws(GRPCError) -> [[UInt8]] {
        try FileIndex.files(inSet: bytes)
    }

    /// Adds the service's method to a router. It lists the services that the router has by then,
    /// and itself: register it last.
    public func register(with router: inout Router) {
        let services = Set(router.services + [Self.path.service]).sorted()
        let index = self.index
        router.bidirectional(Self.path) { requests, writer, _ in
            for try await request in requests {
                try await writer.write(
                    ReflectionAnswer.serialized(to: request, index: index, services: services))
            }
        }
    }
}

/// Answers one question of server reflection.
private enum ReflectionAnswer {
    private enum Answer {
        case files([[UInt8]])
        case services([String])
        case error(GRPCStatus)
    }

    static func serialized(
        to request: [UInt8], index: FileIndex, services: [String]
    ) throws(GRPCStatus) -> [UInt8] {
        guard
            let question = grpc__reflection__v1__server_reflection_request__unpack(
                nil, request.count, request)
        else { throw GRPCStatus(.invalidArgument, "request cannot be read") }
        defer { grpc__reflection__v1__server_reflection_request__free_unpacked(question, nil) }
        let answer = Self.answer(to: question.pointee, index: index, services: services)
        return Self.pack(answer, to: question)
    }

    private static func answer(
        to question: Grpc__Reflection__V1__ServerReflectionRequest, index: FileIndex,
        services: [String]
    ) -> Answer {
        let notFound = Answer.error(GRPCStatus(.notFound, "not found"))
        switch question.message_request_case {
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME:
            return index.files(named: CMessages.string(question.file_by_filename))
                .map(Answer.files) ?? notFound
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL:
            return index.files(declaring: CMessages.string(question.file_containing_symbol))
                .map(Answer.files) ?? notFound
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES:
            return .services(services)
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST__NOT_SET:
            return .error(GRPCStatus(.invalidArgument, "request asks for nothing"))
        default:
            return notFound
        }
    }

    private static func pack(
        _ answer: Answer,
        to question: UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionRequest>
    ) -> [UInt8] {
        MessageScratch.pack { scratch in
            var message = Grpc__Reflection__V1__ServerReflectionResponse()
            grpc__reflection__v1__server_reflection_response__init(&message)
            message.valid_host = question.pointee.host
            message.original_request = question
            switch answer {
            case .files(let files): Self.set(files, in: &message, scratch)
            case .services(let services): Self.set(services, in: &message, scratch)
            case .error(let status): Self.set(status, in: &message, scratch)
            }
            return message
        }
    }

    private static func set(
        _ files: [[UInt8]], in message: inout Grpc__Reflection__V1__ServerReflectionResponse,
        _ scratch: MessageScratch
    ) {
        var response = Grpc__Reflection__V1__FileDescriptorResponse()
        grpc__reflection__v1__file_descriptor_response__init(&response)
        (response.file_descriptor_proto, response.n_file_descriptor_proto) =
            scratch.values(files.map(scratch.bytes))
        message.message_response_case =
            GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE
        message.file_descriptor_response = scratch.one(response)
    }

    private static func set(
        _ services: [String], in message: inout Grpc__Reflection__V1__ServerReflectionResponse,
        _ scratch: MessageScratch
    ) {
        let items = services.map { name in
            var item = Grpc__Reflection__V1__ServiceResponse()
            grpc__reflection__v1__service_response__init(&item)
            item.name = scratch.string(name)
            return item
        }
        var response = Grpc__Reflection__V1__ListServiceResponse()
        grpc__reflection__v1__list_service_response__init(&response)
        (response.service, response.n_service) = scratch.array(items)
        message.message_response_case =
            GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE
        message.list_services_response = scratch.one(response)
    }

    private static func set(
        _ status: GRPCStatus, in message: inout Grpc__Reflection__V1__ServerReflectionResponse,
        _ scratch: MessageScratch
    ) {
        var response = Grpc__Reflection__V1__ErrorResponse()
        grpc__reflection__v1__error_response__init(&response)
        response.error_code = Int32(status.code.rawValue)
        response.error_message = scratch.string(status.message)
        message.message_response_case =
            GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE
        message.error_response = scratch.one(response)
    }
}
