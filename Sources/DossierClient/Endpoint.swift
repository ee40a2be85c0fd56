/// A host and a port.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// Host name or IP address.
    public var host: String
    /// Port.
    public var port: Int

    /// Reads `host:port`; an IPv6 address stands in brackets.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = Int(port)
    }

    /// `host:port`.
    public var description: String { "\(self.host):\(self.port)" }
}
