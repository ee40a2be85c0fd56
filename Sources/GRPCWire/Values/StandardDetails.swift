import CGRPCProtos
import CProtobufC

/// Which fields of a request are wrong, and how: `google.rpc.BadRequest`.
public struct BadRequest: StatusDetailMessage {
    /// One fault of one field.
    public struct FieldViolation: Sendable, Hashable {
        /// Path to the field, from the request down.
        public var field: String
        /// Why the field is wrong, in English.
        public var description: String
        /// The rule that is broken, stable for programs.
        public var reason: String

        /// A fault.
        public init(field: String, description: String, reason: String = "") {
            self.field = field
            self.description = description
            self.reason = reason
        }
    }

    /// All faults.
    public var fieldViolations: [FieldViolation]

    /// A list of faults.
    public init(fieldViolations: [FieldViolation]) {
        self.fieldViolations = fieldViolations
    }

    /// The message's full name.
    public static let messageName = "google.rpc.BadRequest"

    /// The message, serialized.
    public var serialized: [UInt8] {
        MessageScratch.pack { scratch in
            var message = Google__Rpc__BadRequest()
            google__rpc__bad_request__init(&message)
            let violations = self.fieldViolations.map { violation in
                var item = Google__Rpc__BadRequest__FieldViolation()
                google__rpc__bad_request__field_violation__init(&item)
                item.field = scratch.string(violation.field)
                item.description = scratch.string(violation.description)
                item.reason = scratch.string(violation.reason)
                return item
            }
            (message.field_violations, message.n_field_violations) = scratch.array(violations)
            return message
        }
    }

    /// Reads the message; throws `malformedMessage`.
    public init(serialized: [UInt8]) throws(GRPCError) {
        guard let message = google__rpc__bad_request__unpack(nil, serialized.count, serialized)
        else { throw GRPCError(.malformedMessage, "\(Self.messageName) cannot be read") }
        defer { google__rpc__bad_request__free_unpacked(message, nil) }
        let items = CMessages.list(
            message.pointee.field_violations, message.pointee.n_field_violations)
        self.fieldViolations = items.map { item in
            FieldViolation(
                field: CMessages.string(item.field),
                description: CMessages.string(item.description),
                reason: CMessages.string(item.reason))
        }
    }
}

/// The cause of an error, stable for programs: `google.rpc.ErrorInfo`.
public struct ErrorInfo: StatusDetailMessage {
    /// The cause: upper-case letters, digits and underscores.
    public var reason: String
    /// What `reason` is a name in: usually the service's domain name.
    public var domain: String
    /// More about this very occurrence.
    public var metadata: [String: String]

    /// A cause.
    public init(reason: String, domain: String, metadata: [String: String] = [:]) {
        self.reason = reason
        self.domain = domain
        self.metadata = metadata
    }

    /// The message's full name.
    public static let messageName = "google.rpc.ErrorInfo"

    /// The message, serialized; metadata in the order of its keys.
    public var serialized: [UInt8] {
        MessageScratch.pack { scratch in
            var message = Google__Rpc__ErrorInfo()
            google__rpc__error_info__init(&message)
            message.reason = scratch.string(self.reason)
            message.domain = scratch.string(self.domain)
            let entries = self.metadata.sorted { $0.key < $1.key }.map { key, value in
                var entry = Google__Rpc__ErrorInfo__MetadataEntry()
                google__rpc__error_info__metadata_entry__init(&entry)
                entry.key = scratch.string(key)
                entry.value = scratch.string(value)
                return entry
            }
            (message.metadata, message.n_metadata) = scratch.array(entries)
            return message
        }
    }

    /// Reads the message; throws `malformedMessage`.
    public init(serialized: [UInt8]) throws(GRPCError) {
        guard let message = google__rpc__error_info__unpack(nil, serialized.count, serialized)
        else { throw GRPCError(.malformedMessage, "\(Self.messageName) cannot be read") }
        defer { google__rpc__error_info__free_unpacked(message, nil) }
        self.reason = CMessages.string(message.pointee.reason)
        self.domain = CMessages.string(message.pointee.domain)
        let entries = CMessages.list(message.pointee.metadata, message.pointee.n_metadata)
        self.metadata = Dictionary(
            entries.map { (CMessages.string($0.key), CMessages.string($0.value)) },
            uniquingKeysWith: { _, last in last })
    }
}

/// When a failed request may be tried again: `google.rpc.RetryInfo`.
public struct RetryInfo: StatusDetailMessage {
    /// Time to wait at least.
    public var retryDelay: Duration

    /// A time to wait.
    public init(retryDelay: Duration) {
        self.retryDelay = retryDelay
    }

    /// The message's full name.
    public static let messageName = "google.rpc.RetryInfo"

    /// The message, serialized.
    public var serialized: [UInt8] {
        MessageScratch.pack { scratch in
            var duration = Google__Protobuf__Duration()
            google__protobuf__duration__init(&duration)
            duration.seconds = self.retryDelay.components.seconds
            duration.nanos = Int32(self.retryDelay.components.attoseconds / 1_000_000_000)
            var message = Google__Rpc__RetryInfo()
            google__rpc__retry_info__init(&message)
            message.retry_delay = scratch.one(duration)
            return message
        }
    }

    /// Reads the message; throws `malformedMessage`.
    public init(serialized: [UInt8]) throws(GRPCError) {
        guard let message = google__rpc__retry_info__unpack(nil, serialized.count, serialized)
        else { throw GRPCError(.malformedMessage, "\(Self.messageName) cannot be read") }
        defer { google__rpc__retry_info__free_unpacked(message, nil) }
        let delay = message.pointee.retry_delay?.pointee
        self.retryDelay =
            .seconds(delay?.seconds ?? 0) + .nanoseconds(Int64(delay?.nanos ?? 0))
    }
}
