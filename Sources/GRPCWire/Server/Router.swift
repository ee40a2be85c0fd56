/// Serves a call with one request and one response.
public typealias UnaryHandler =
    @Sendable (_ request: [UInt8], _ call: ServerCall) async throws -> [UInt8]
/// Serves a call with one request and many responses.
public typealias ServerStreamingHandler =
    @Sendable (_ request: [UInt8], _ writer: ResponseWriter, _ call: ServerCall) async throws
    -> Void
/// Serves a call with many requests and one response.
public typealias ClientStreamingHandler =
    @Sendable (_ requests: RequestStream, _ call: ServerCall) async throws -> [UInt8]
/// Serves a call with many requests and many responses.
public typealias BidirectionalHandler =
    @Sendable (_ requests: RequestStream, _ writer: ResponseWriter, _ call: ServerCall)
    async throws -> Void

/// The methods of a server: which handler serves which path.
///
/// Handlers run on the event loop of their connection and must not block it. So do actors that they
/// call, unless an actor has an executor of its own: what takes long belongs on one that has. A
/// handler that throws a `GRPCStatus` ends its call with it; any other
/// error is INTERNAL to the peer, and whole in the log. When the peer gives up, or the deadline
/// passes, the handler's task is cancelled.
public struct Router: Sendable {
    private var methods: [PathKey: ServerMethod] = [:]

    /// A server without methods.
    public init() {}

    /// The services that have a method here, in alphabetical order.
    public var services: [String] {
        Set(self.methods.values.map(\.path.service)).sorted()
    }

    /// Serves a method with one request and one response.
    public mutating func unary(_ path: MethodPath, _ handler: @escaping UnaryHandler) {
        self.add(path, .unary(handler))
    }

    /// Serves a method with one request and many responses.
    public mutating func serverStreaming(
        _ path: MethodPath, _ handler: @escaping ServerStreamingHandler
    ) {
        self.add(path, .serverStreaming(handler))
    }

    /// Serves a method with many requests and one response.
    public mutating func clientStreaming(
        _ path: MethodPath, _ handler: @escaping ClientStreamingHandler
    ) {
        self.add(path, .clientStreaming(handler))
    }

    /// Serves a method with many requests and many responses.
    ///
    /// - Parameter maximumRequestBytes: the largest request; nil for that of the server's methods.
    public mutating func bidirectional(
        _ path: MethodPath, maximumRequestBytes: Int? = nil,
        _ handler: @escaping BidirectionalHandler
    ) {
        self.add(path, .bidirectional(handler), maximumRequestBytes: maximumRequestBytes)
    }

    private mutating func add(
        _ path: MethodPath, _ handler: ServerMethod.Handler, maximumRequestBytes: Int? = nil
    ) {
        let key = PathKey(bytes: Array("\(path)".utf8)[...])
        self.methods[key] = ServerMethod(
            path: path, handler: handler, maximumRequestBytes: maximumRequestBytes)
    }

    /// The method for the bytes of `:path`.
    func method(at path: ArraySlice<UInt8>) -> ServerMethod? {
        self.methods[PathKey(bytes: path)]
    }
}

/// A method with its handler.
final class ServerMethod: Sendable {
    enum Handler: Sendable {
        case unary(UnaryHandler)
        case serverStreaming(ServerStreamingHandler)
        case clientStreaming(ClientStreamingHandler)
        case bidirectional(BidirectionalHandler)
    }

    let path: MethodPath
    let handler: Handler
    /// The largest request; nil for that of the server's methods.
    let maximumRequestBytes: Int?

    init(path: MethodPath, handler: Handler, maximumRequestBytes: Int? = nil) {
        self.path = path
        self.handler = handler
        self.maximumRequestBytes = maximumRequestBytes
    }

    /// Whether the client sends any number of requests.
    var hasRequestStream: Bool {
        switch self.handler {
        case .unary, .serverStreaming: false
        case .clientStreaming, .bidirectional: true
        }
    }
}

/// A path as a dictionary's key, without making a string of it.
private struct PathKey: Hashable {
    var bytes: ArraySlice<UInt8>

    func hash(into hasher: inout Hasher) {
        self.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}
