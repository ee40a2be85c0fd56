// gRPC calls over HTTP/2, server and client, as the gRPC protocol (PROTOCOL-HTTP2.md) describes
// them: all four kinds of call, metadata, deadlines, cancellation, statuses with details, flow
// control in both directions, limits on messages, graceful end; health and reflection as services.
// On the wire it cannot be told from any other gRPC.
//
// Messages are bytes: what they mean, and generated stubs, are the concern of rooms above. A call
// has no channel of its own and one task; its handler is an async function that runs on the event
// loop of its connection (`EventLoopExecutor`), so that a call without waiting has no thread change.
//
// Left out on purpose: compression (identity only, which is said to those who try), retries and
// hedging, load balancing, name resolution beyond the system's, connections without TLS but for
// tests. Server/ has the server, Client/ the client, Values/ what both are made of, without I/O.

/// The constants of the gRPC protocol over HTTP/2.
enum Wire {
    /// Length of what stands before each message: a flag byte and four bytes of length.
    static let prefixLength = 5
    static let contentType: StaticString = "application/grpc"
    /// No message may be longer, whatever is configured: it must fit in one stream's window, whose
    /// size has 31 bits.
    static let maximumMessageBytes = 1 << 30
}
