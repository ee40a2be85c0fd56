internal import CDossierProtos
internal import CProtobufC

/// A log that a node offers, its own or one that it mirrors. Nothing of it is verified.
public struct OfferedLog: Hashable, Sendable {
    /// Origin of the log.
    public var logOrigin: String
    /// Leaves that can be had.
    public var size: UInt64
    /// Changes when withheld leaves may have been released since.
    public var releaseEpoch: [UInt8]

    /// An offered log.
    public init(logOrigin: String, size: UInt64, releaseEpoch: [UInt8]) {
        self.logOrigin = logOrigin
        self.size = size
        self.releaseEpoch = releaseEpoch
    }
}

/// Logs that a node offers: in the first message all, then those that changed.
public struct WatchResponse: Hashable, Sendable {
    /// The most logs in one message.
    public static let maximumLogs = 64

    /// The logs.
    public var logs: [OfferedLog]

    /// A message.
    public init(logs: [OfferedLog]) { self.logs = logs }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__WatchResponse()
            dossier__v1__watch_response__init(&message)
            message.n_logs = self.logs.count
            message.logs = try arena.messages(self.logs) { log in
                var message = Dossier__V1__OfferedLog()
                dossier__v1__offered_log__init(&message)
                message.log_origin = try arena.string(log.logOrigin)
                message.size = log.size
                message.release_epoch = try arena.bytes(log.releaseEpoch)
                return message
            }
            return message
        }
    }

    /// Reads the wire form. Throws ``ExchangeError`` with code `badRequest`.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.WatchResponse", by: dossier__v1__watch_response__unpack
        ) { message in
            Self(
                logs: messages(message.n_logs, message.logs) {
                    OfferedLog(
                        logOrigin: String(field: $0.log_origin), size: $0.size,
                        releaseEpoch: [UInt8]($0.release_epoch))
                })
        }
    }
}

/// What one node asks another about the logs that it offers, over a call of either direction.
public enum LogQuestion: Hashable, Sendable {
    /// Which logs are offered; the answers are ``WatchResponse``s.
    case watch
    /// The leaves of one from a position on; the answers are ``FollowResponse``s.
    case follow(FollowRequest)
    /// Leaves of one again; the answers are ``FetchResponse``s.
    case fetch(FetchRequest)

    /// The wire form of an `OfferResponse`.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__OfferResponse()
            dossier__v1__offer_response__init(&message)
            switch self {
            case .watch:
                message.question_case = DOSSIER__V1__OFFER_RESPONSE__QUESTION_WATCH
                var watch = Dossier__V1__WatchRequest()
                dossier__v1__watch_request__init(&watch)
                message.watch = try arena.message(watch)
            case .follow(let request):
                message.question_case = DOSSIER__V1__OFFER_RESPONSE__QUESTION_FOLLOW
                message.follow = try arena.message(request.message(in: arena))
            case .fetch(let request):
                message.question_case = DOSSIER__V1__OFFER_RESPONSE__QUESTION_FETCH
                message.fetch = try arena.message(request.message(in: arena))
            }
            return message
        }
    }

    /// Reads the wire form of an `OfferResponse`. Throws ``ExchangeError`` with code `badRequest`.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.OfferResponse", by: dossier__v1__offer_response__unpack
        ) { message in
            switch message.question_case {
            case DOSSIER__V1__OFFER_RESPONSE__QUESTION_WATCH: Self.watch
            case DOSSIER__V1__OFFER_RESPONSE__QUESTION_FOLLOW:
                Self.follow(FollowRequest(message.follow.pointee))
            case DOSSIER__V1__OFFER_RESPONSE__QUESTION_FETCH:
                Self.fetch(try FetchRequest(message.fetch.pointee))
            default: throw ExchangeError.missing("question")
            }
        }
    }
}

/// What the caller of Offer answers.
public enum OfferAnswer: Hashable, Sendable {
    /// The largest wire form, in bytes: of the largest message, with what says how long it is.
    public static let maximumBytes = FollowResponse.maximumBytes + 16

    /// An encoded message, of the kind that the question wants.
    case message([UInt8])
    /// Why there are no more.
    case refusal(Refusal)

    /// The wire form of an `OfferRequest`.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__OfferRequest()
            dossier__v1__offer_request__init(&message)
            switch self {
            case .message(let bytes):
                message.answer_case = DOSSIER__V1__OFFER_REQUEST__ANSWER_MESSAGE
                message.message = try arena.bytes(bytes)
            case .refusal(let refusal):
                message.answer_case = DOSSIER__V1__OFFER_REQUEST__ANSWER_REFUSAL
                message.refusal = try arena.message(refusal.message(in: arena))
            }
            return message
        }
    }

    /// Reads the wire form of an `OfferRequest`. Throws ``ExchangeError`` with code `badRequest`.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.OfferRequest", by: dossier__v1__offer_request__unpack
        ) { message in
            switch message.answer_case {
            case DOSSIER__V1__OFFER_REQUEST__ANSWER_MESSAGE: Self.message([UInt8](message.message))
            case DOSSIER__V1__OFFER_REQUEST__ANSWER_REFUSAL:
                Self.refusal(Refusal(message.refusal.pointee))
            default: throw ExchangeError.missing("answer")
            }
        }
    }
}
