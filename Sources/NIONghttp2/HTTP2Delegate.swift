/// How a stream ended.
public enum HTTP2StreamEnd: Sendable, Equatable {
    /// By itself or by RST_STREAM; `noError` if both sides had finished.
    case code(HTTP2ErrorCode)
    /// With its connection.
    case connection(HTTP2Error)
}

/// Takes what happens on one stream. Called on the event loop, from within the reading or writing
/// of the connection: an implementation may send and reset, and must not wait.
public protocol HTTP2StreamDelegate: AnyObject {
    /// A header block arrived: a response or its trailers.
    func streamReceivedHeaders(_ headers: HeaderBlock, isEnd: Bool)
    /// Data arrived. Its place in the connection's window is free again already; the stream's is
    /// given back with `HTTP2Stream.openWindow(by:)`.
    func streamReceivedData(_ bytes: RawSpan)
    /// The peer will send nothing more.
    func streamReceivedEnd()
    /// The unsent bytes have fallen to half of what makes a writer wait.
    func streamCanSend()
    /// A second or so has passed.
    func streamTicked()
    /// The stream is over; the last call.
    func streamClosed(_ end: HTTP2StreamEnd)
}

/// Takes what happens on a connection. Called on the event loop.
public protocol HTTP2ConnectionDelegate: AnyObject {
    /// The peer opened a stream. The delegate sets the stream's own delegate before it returns.
    func connectionOpened(_ stream: HTTP2Stream, headers: HeaderBlock, isEnd: Bool)
    /// All that was read at once has been delivered; what is sent now leaves in one write.
    func connectionReadCompleted()
    /// The peer's first settings have arrived: it speaks HTTP/2, and has let this end in.
    func connectionBecameReady()
    /// The unsent bytes have fallen to half of what is called backed up.
    func connectionCanSend()
    /// No new stream can be opened any more; those that are open go on.
    func connectionIsDraining()
    /// The connection is over; the last call. The error is nil after an orderly end.
    func connectionClosed(_ error: HTTP2Error?)
}
