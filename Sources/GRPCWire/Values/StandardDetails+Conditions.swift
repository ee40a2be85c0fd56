import CGRPCProtos
import CProtobufC

/// Which conditions a request failed on: `google.rpc.PreconditionFailure`.
public struct PreconditionFailure: StatusDetailMessage {
    /// One failed condition.
    public struct Violation: Sendable, Hashable {
        /// The kind of condition: upper-case letters, digits and underscores.
        public var type: String
        /// What the condition is about.
        public var subject: String
        /// How it failed, in English.
        public var description: String

        /// A failed condition.
        public init(type: String, subject: String, description: String) {
            self.type = type
            self.subject = subject
            self.description = description
        }
    }

    /// All conditions that failed.
    public var violations: [Violation]

    /// A list of failed conditions.
    public init(violations: [Violation]) {
        self.violations = violations
    }

    /// The message's full name.
    public static let messageName = "google.rpc.PreconditionFailure"

    /// The message, serialized.
    public var serialized: [UInt8] {
        MessageScratch.pack { scratch in
            var message = Google__Rpc__PreconditionFailure()
            google__rpc__precondition_failure__init(&message)
            let violations = self.violations.map { violation in
                var item = Google__Rpc__PreconditionFailure__Violation()
                google__rpc__precondition_failure__violation__init(&item)
                item.type = scratch.string(violation.type)
                item.subject = scratch.string(violation.subject)
                item.description = scratch.string(violation.description)
                return item
            }
            (message.violations, message.n_violations) = scratch.array(violations)
            return message
        }
    }

    /// Reads the message; throws `malformedMessage`.
    public init(serialized: [UInt8]) throws(GRPCError) {
        guard
            let message = google__rpc__precondition_failure__unpack(
                nil, serialized.count, serialized)
        else { throw GRPCError(.malformedMessage, "\(Self.messageName) cannot be read") }
        defer { google__rpc__precondition_failure__free_unpacked(message, nil) }
        let items = CMessages.list(message.pointee.violations, message.pointee.n_violations)
        self.violations = items.map { item in
            Violation(
                type: CMessages.string(item.type), subject: CMessages.string(item.subject),
                description: CMessages.string(item.description))
        }
    }
}

/// Which limit a request went past: `google.rpc.QuotaFailure`.
public struct QuotaFailure: StatusDetailMessage {
    /// One limit.
    public struct Violation: Sendable, Hashable {
        /// Whom the limit is for.
        public var subject: String
        /// What the limit is and how to keep to it, in English.
        public var description: String

        /// A limit that was passed.
        public init(subject: String, description: String) {
            self.subject = subject
            self.description = description
        }
    }

    /// All limits that were passed.
    public var violations: [Violation]

    /// A list of limits.
    public init(violations: [Violation]) {
        self.violations = violations
    }

    /// The message's full name.
    public static let messageName = "google.rpc.QuotaFailure"

    /// The message, serialized.
    public var serialized: [UInt8] {
        MessageScratch.pack { scratch in
            var message = Google__Rpc__QuotaFailure()
            google__rpc__quota_failure__init(&message)
            let violations = self.violations.map { violation in
                var item = Google__Rpc__QuotaFailure__Violation()
                google__rpc__quota_failure__violation__init(&item)
                item.subject = scratch.string(violation.subject)
                item.description = scratch.string(violation.description)
                return item
            }
            (message.violations, message.n_violations) = scratch.array(violations)
            return message
        }
    }

    /// Reads the message; throws `malformedMessage`.
    public init(serialized: [UInt8]) throws(GRPCError) {
        guard let message = google__rpc__quota_failure__unpack(nil, serialized.count, serialized)
        else { throw GRPCError(.malformedMessage, "\(Self.messageName) cannot be read") }
        defer { google__rpc__quota_failure__free_unpacked(message, nil) }
        let items = CMessages.list(message.pointee.violations, message.pointee.n_violations)
        self.violations = items.map { item in
            Violation(
                subject: CMessages.string(item.subject),
                description: CMessages.string(item.description))
        }
    }
}

/// What is being accessed: `google.rpc.ResourceInfo`.
public struct ResourceInfo: StatusDetailMessage {
    /// The kind of resource: a full message name, or a word.
    public var resourceType: String
    /// The resource's name.
    public var resourceName: String
    /// The resource's owner; may be empty.
    public var owner: String
    /// What went wrong on access to it, in English.
    public var description: String

    /// A resource.
    public init(
        resourceType: String, resourceName: String, owner: String = "", description: String = ""
    ) {
        self.resourceType = resourceType
        self.resourceName = resourceName
        self.owner = owner
        self.description = description
    }

    /// The message's full name.
    public static let messageName = "google.rpc.ResourceInfo"

    /// The message, serialized.
    public var serialized: [UInt8] {
        MessageScratch.pack { scratch in
            var message = Google__Rpc__ResourceInfo()
            google__rpc__resource_info__init(&message)
            message.resource_type = scratch.string(self.resourceType)
            message.resource_name = scratch.string(self.resourceName)
            message.owner = scratch.string(self.owner)
            message.description = scratch.string(self.description)
            return message
        }
    }

    /// Reads the message; throws `malformedMessage`.
    public init(serialized: [UInt8]) throws(GRPCError) {
        guard let message = google__rpc__resource_info__unpack(nil, serialized.count, serialized)
        else { throw GRPCError(.malformedMessage, "\(Self.messageName) cannot be read") }
        defer { google__rpc__resource_info__free_unpacked(message, nil) }
        self.resourceType = CMessages.string(message.pointee.resource_type)
        self.resourceName = CMessages.string(message.pointee.resource_name)
        self.owner = CMessages.string(message.pointee.owner)
        self.description = CMessages.string(message.pointee.description)
    }
}
