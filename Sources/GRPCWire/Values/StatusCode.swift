/// How a call ended: the seventeen codes of gRPC with their numbers.
public enum StatusCode: Int, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// Success.
    case ok = 0
    /// The caller gave up.
    case cancelled = 1
    /// An error without a known code.
    case unknown = 2
    /// The request is wrong whatever the state of the system.
    case invalidArgument = 3
    /// The time allowed ran out; the effect may have happened.
    case deadlineExceeded = 4
    /// There is no such thing.
    case notFound = 5
    /// The thing is there already.
    case alreadyExists = 6
    /// The caller, though known, may not do this.
    case permissionDenied = 7
    /// A limit is reached.
    case resourceExhausted = 8
    /// The system is not in the state that the request needs.
    case failedPrecondition = 9
    /// The attempt collided with another; a retry at a higher level may succeed.
    case aborted = 10
    /// Past the end of what there is.
    case outOfRange = 11
    /// There is no such method.
    case unimplemented = 12
    /// A broken invariant.
    case internalError = 13
    /// Not available now; a retry may succeed.
    case unavailable = 14
    /// Data is lost or damaged.
    case dataLoss = 15
    /// The caller is not known.
    case unauthenticated = 16

    /// The code's name in the gRPC documents.
    public var description: String {
        switch self {
        case .ok: "OK"
        case .cancelled: "CANCELLED"
        case .unknown: "UNKNOWN"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internalError: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        }
    }

    /// The code that a client takes from an HTTP status when there is no gRPC status.
    /// gRPC's http-grpc-status-mapping.md.
    init(httpStatus: Int) {
        switch httpStatus {
        case 400: self = .internalError
        case 401: self = .unauthenticated
        case 403: self = .permissionDenied
        case 404: self = .unimplemented
        case 429, 502, 503, 504: self = .unavailable
        default: self = .unknown
        }
    }
}
