/// Which method of which service: the path of a call's request.
public struct MethodPath: Sendable, Hashable, CustomStringConvertible {
    /// The service's full name, for instance `grpc.health.v1.Health`.
    public let service: String
    /// The method's name, for instance `Check`.
    public let method: String

    /// A path by service and method.
    public init(service: String, method: String) {
        self.service = service
        self.method = method
    }

    /// The path as it stands in `:path`.
    public var description: String { "/\(self.service)/\(self.method)" }
}
