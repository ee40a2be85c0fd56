import CNghttp2
import NIOCore

/// One exchange on a connection: a request and its response. Belongs to the event loop.
public final class HTTP2Stream {
    /// The side of the stream that this end sends on.
    private enum Sending {
        /// Nothing was sent.
        case idle
        /// nghttp2 asks for data when it can send some.
        case open
        /// nghttp2 asked and there was nothing: it waits to be told.
        case waiting
        /// All is queued, the end included.
        case finishing
        /// The end was handed to nghttp2.
        case finished
    }

    /// The stream's number on the connection.
    public let id: Int32
    /// Takes what happens on the stream; let go when the stream is over.
    public var delegate: (any HTTP2StreamDelegate)?

    private var session: HTTP2Session?
    private let sendLimit: Int
    private var sending = Sending.idle
    private var queue = SendQueue()
    private var trailers: HeaderBlock?
    private var isFull = false
    private var progress = 0
    private var stalledTicks = 0

    init(id: Int32, session: HTTP2Session) {
        self.id = id
        self.session = session
        self.sendLimit = session.limits.streamSendBuffer
    }

    /// Whether a writer need not wait.
    public var isWritable: Bool { self.queue.byteCount < self.sendLimit }

    /// Whether this end has sent, or queued, all it had to.
    public var isFinished: Bool { self.sending == .finishing || self.sending == .finished }

    /// Begins a response. With `isEnd` it has neither data nor trailers.
    public func sendResponse(_ headers: HeaderBlock, isEnd: Bool) {
        guard let session, self.sending == .idle else { return }
        self.sending = isEnd ? .finished : .open
        session.submitResponse(headers, on: self, isEnd: isEnd)
    }

    /// Notes that a request was handed to nghttp2.
    func sentRequest(isEnd: Bool) {
        self.sending = isEnd ? .finished : .open
    }

    /// Queues data.
    public func send(_ chunk: Chunk) {
        guard let session, self.sending == .open || self.sending == .waiting else { return }
        self.queue.append(chunk)
        session.queued(chunk.byteCount)
        if !self.isWritable { self.isFull = true }
        self.resume(session, as: .open)
    }

    /// Ends this end's side, after what is queued, with trailers if there are any.
    public func finish(trailers: HeaderBlock? = nil) {
        guard let session, self.sending == .open || self.sending == .waiting else { return }
        self.trailers = trailers
        self.resume(session, as: .finishing)
    }

    /// Ends the stream at once in both directions. What is queued is let go when it has closed, as
    /// nghttp2 may have counted it into a frame already.
    public func reset(_ code: HTTP2ErrorCode) {
        guard let session else { return }
        self.sending = .finished
        session.submitReset(code, on: self)
    }

    /// Lets the peer send `count` more bytes.
    public func openWindow(by count: Int) {
        self.session?.submitWindowUpdate(count, on: self)
    }

    private func resume(_ session: HTTP2Session, as next: Sending) {
        let wasWaiting = self.sending == .waiting
        self.sending = next
        if wasWaiting { session.resumeData(on: self) }
    }

    // MARK: - Called by the session

    /// What nghttp2's request for data is answered with.
    enum DataAnswer {
        case wait
        case frame(byteCount: Int, end: DataEnd)
    }
    enum DataEnd {
        case no, stream
        case trailers(HeaderBlock)
    }

    func dataForFrame(limit: Int) -> DataAnswer {
        let count = min(limit, self.queue.byteCount)
        let isLast = count == self.queue.byteCount
        switch self.sending {
        case .finishing where isLast:
            self.sending = .finished
            guard let trailers else { return .frame(byteCount: count, end: .stream) }
            return .frame(byteCount: count, end: .trailers(trailers))
        case .idle, .open, .waiting, .finishing, .finished:
            guard count > 0 else {
                self.sending = .waiting
                return .wait
            }
            return .frame(byteCount: count, end: .no)
        }
    }

    func moveData(_ count: Int, into buffer: inout ByteBuffer) {
        self.queue.move(count, into: &buffer)
        self.session?.unqueued(count)
        self.progress += count
        if self.isFull, self.queue.byteCount <= self.sendLimit / 2 {
            self.isFull = false
            self.delegate?.streamCanSend()
        }
    }

    /// A tick of the connection's clock; whether the stream has stalled for `limit` ticks. A peer
    /// that takes a byte now and then has stalled as well.
    func ticked(stallLimit: Int, stallProgress: Int) -> Bool {
        self.delegate?.streamTicked()
        if self.queue.isEmpty || self.progress >= stallProgress {
            self.stalledTicks = 0
            self.progress = 0
        } else {
            self.stalledTicks += 1
        }
        return self.stalledTicks > stallLimit
    }

    func closed(_ end: HTTP2StreamEnd) {
        self.session?.unqueued(self.queue.byteCount)
        self.session = nil
        self.queue.removeAll()
        let delegate = self.delegate
        self.delegate = nil
        delegate?.streamClosed(end)
    }
}
