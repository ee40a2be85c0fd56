import CGRPCProtos
import CProtobufC

/// One detail of a status: a message with the name of its type, a `google.protobuf.Any`.
public struct StatusDetail: Sendable, Hashable {
    /// `type.googleapis.com/` and the full name of the message.
    public var typeURL: String
    /// The message, serialized.
    public var value: [UInt8]

    /// A detail by type and serialized message.
    public init(typeURL: String, value: [UInt8]) {
        self.typeURL = typeURL
        self.value = value
    }
}

/// A message of `google.rpc` that can stand in the details of a status.
public protocol StatusDetailMessage: Sendable, Hashable {
    /// The message's full name.
    static var messageName: String { get }
    /// The message, serialized.
    var serialized: [UInt8] { get }
    /// Reads the message; throws `malformedMessage`.
    init(serialized: [UInt8]) throws(GRPCError)
}

extension StatusDetail {
    private static let typePrefix = "type.googleapis.com/"

    /// A detail of one of the standard types.
    public init(_ message: some StatusDetailMessage) {
        self.init(
            typeURL: Self.typePrefix + type(of: message).messageName, value: message.serialized)
    }

    /// The message, if the detail is of this type. Throws `malformedMessage`.
    public func message<Message: StatusDetailMessage>(
        as type: Message.Type = Message.self
    ) throws(GRPCError) -> Message? {
        guard self.typeURL.split(separator: "/").last.map(String.init) == type.messageName else {
            return nil
        }
        return try Message(serialized: self.value)
    }
}

extension GRPCStatus {
    /// The status as a `google.rpc.Status`.
    var serialized: [UInt8] {
        MessageScratch.pack { scratch in
            var status = Google__Rpc__Status()
            google__rpc__status__init(&status)
            status.code = Int32(self.code.rawValue)
            status.message = scratch.string(self.message)
            let details = self.details.map { detail in
                var any = Google__Protobuf__Any()
                google__protobuf__any__init(&any)
                any.type_url = scratch.string(detail.typeURL)
                any.value = scratch.bytes(detail.value)
                return any
            }
            (status.details, status.n_details) = scratch.array(details)
            return status
        }
    }

    /// The details in a serialized `google.rpc.Status`. Throws `malformedMessage`.
    static func details(in bytes: [UInt8]) throws(GRPCError) -> [StatusDetail] {
        guard let status = google__rpc__status__unpack(nil, bytes.count, bytes) else {
            throw GRPCError(.malformedMessage, "google.rpc.Status cannot be read")
        }
        defer { google__rpc__status__free_unpacked(status, nil) }
        return CMessages.list(status.pointee.details, status.pointee.n_details).map { any in
            StatusDetail(
                typeURL: CMessages.string(any.type_url), value: CMessages.bytes(any.value))
        }
    }
}
