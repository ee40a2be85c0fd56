import CNghttp2
import NIOCore

/// One `nghttp2_session`: bytes in, events and bytes out, no I/O. The nghttp2 manual's rule that
/// nothing may receive or send from within a callback is kept by only submitting there.
final class HTTP2Session {
    let role: HTTP2Role
    let limits: HTTP2Limits
    /// Takes what the peer opens.
    weak var delegate: (any HTTP2ConnectionDelegate)?
    /// Called when there is something to send.
    var outputReady: () -> Void = {}
    /// Called when the peer acknowledges a PING, and when it sends GOAWAY.
    var pingAcknowledged: () -> Void = {}
    var goAwayReceived: () -> Void = {}

    var streams: [Int32: HTTP2Stream] = [:]
    /// Streams that ended with the connection while nghttp2 may still ask them for data.
    private var abandoned: [HTTP2Stream] = []
    private(set) var streamsOpened = 0
    var hasPeerSettings = false
    /// Unsent bytes of all streams.
    private(set) var queuedBytes = 0
    private var wasBackedUp = false
    /// What is to be written to the channel; taken by the owner after `produce`.
    var output: ByteBuffer
    var meter: FrameMeter

    let raw: OpaquePointer  // nghttp2_session *, owned
    var headers = HeaderBlock()
    var resets: WindowedCounter
    /// What the peer did within a callback; thrown when nghttp2 is done.
    var violation: HTTP2Error?
    /// The time of the bytes that are being taken.
    private(set) var now = NIODeadline.uptimeNanoseconds(0)
    private(set) var outputLimit = 0

    init(role: HTTP2Role, limits: HTTP2Limits, allocator: ByteBufferAllocator) throws {
        self.role = role
        self.limits = limits
        self.output = allocator.buffer(capacity: 4096)
        self.meter = FrameMeter(role: role, limits: limits)
        self.resets = WindowedCounter(limit: limits.maximumResets, window: limits.countingWindow)
        self.raw = try Self.makeRaw(role: role)
        nghttp2_session_set_user_data(self.raw, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { nghttp2_session_del(self.raw) }

    // MARK: - Bytes

    /// Takes bytes from the peer.
    func receive(_ bytes: UnsafeRawBufferPointer, at now: NIODeadline) throws {
        self.now = now
        if let violation = self.meter.meter(bytes, at: now) {
            self.terminate(.enhanceYourCalm)
            throw HTTP2Error(.excessiveLoad, "\(violation)")
        }
        // The number of bytes taken, which is all of them as no callback pauses, or an error: out
        // of memory, bad preface, too many unsent acknowledgements.
        let taken = nghttp2_session_mem_recv(
            self.raw, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
        if taken < 0 {
            self.terminate(
                taken == Int(NGHTTP2_ERR_FLOODED.rawValue) ? .enhanceYourCalm : .protocolError)
            throw Self.error(Int32(taken), .peerViolation)
        }
        try self.checkViolation()
    }

    /// Fills `output` with what there is to send, up to about `limit` bytes.
    func produce(limit: Int) throws {
        self.outputLimit = limit
        while self.output.readableBytes < limit {
            var frame: UnsafePointer<UInt8>?
            // Length of a frame that lives until the next call; 0: nothing (more) to send now;
            // negative: out of memory.
            let length = nghttp2_session_mem_send(self.raw, &frame)
            guard length > 0 else {
                if length < 0 { throw Self.error(Int32(length), .library) }
                break
            }
            self.output.writeBytes(UnsafeRawBufferPointer(start: frame, count: length))
        }
        try self.checkViolation()
    }

    /// Whether neither side has anything to say any more.
    var isOver: Bool {
        nghttp2_session_want_read(self.raw) == 0 && nghttp2_session_want_write(self.raw) == 0
    }

    private func checkViolation() throws {
        guard let violation else { return }
        self.violation = nil
        self.terminate(.enhanceYourCalm)
        throw violation
    }

    // MARK: - Connection frames

    /// Queues the settings that open a connection.
    func start() throws {
        let common = [
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue),
                value: UInt32(self.limits.initialStreamWindow)),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue),
                value: UInt32(self.limits.maximumHeaderListBytes)),
        ]
        let own =
            switch self.role {
            case .server:
                nghttp2_settings_entry(
                    settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue),
                    value: UInt32(self.limits.maximumConcurrentStreams))
            case .client:
                nghttp2_settings_entry(
                    settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0)
            }
        let entries = common + [own]
        // Both fail only for lack of memory: the values are in range.
        try Self.check(
            nghttp2_submit_settings(
                self.raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), entries, entries.count))
        try Self.check(
            nghttp2_session_set_local_window_size(
                self.raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0,
                Int32(self.limits.connectionWindow)))
        self.outputReady()
    }

    /// Queues GOAWAY with an error; nothing further is read.
    func terminate(_ code: HTTP2ErrorCode) {
        // Fails only for lack of memory, and the connection is closed either way.
        _ = nghttp2_session_terminate_session(self.raw, code.rawValue)
        self.outputReady()
    }

    /// Queues the announcement of a graceful end, with a PING whose answer shows that it arrived.
    func announceEnd() {
        _ = nghttp2_submit_shutdown_notice(self.raw)
        self.ping()
    }

    /// Queues GOAWAY: streams that the peer opens from here on are not processed.
    func refuseNewStreams() {
        _ = nghttp2_submit_goaway(
            self.raw, UInt8(NGHTTP2_FLAG_NONE.rawValue),
            nghttp2_session_get_last_proc_stream_id(self.raw), HTTP2ErrorCode.noError.rawValue,
            nil, 0)
        self.outputReady()
    }

    /// Queues a PING.
    func ping() {
        _ = nghttp2_submit_ping(self.raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
        self.outputReady()
    }

    // MARK: - Stream frames

    /// Opens a stream with a request.
    func open(
        _ headers: HeaderBlock, isEnd: Bool, delegate: any HTTP2StreamDelegate
    ) throws -> HTTP2Stream {
        // The next number is what `nghttp2_submit_request` gives: nothing else opens streams.
        let id = nghttp2_session_get_next_stream_id(self.raw)
        guard id <= UInt32(Int32.max) else {
            throw HTTP2Error(.closed, "all stream numbers are used up")
        }
        let stream = HTTP2Stream(id: Int32(id), session: self)
        let result = Self.withFields(of: headers) { fields in
            Self.withDataProvider(for: isEnd ? nil : stream) { provider in
                nghttp2_submit_request(
                    self.raw, nil, fields.baseAddress, fields.count, provider,
                    Unmanaged.passUnretained(stream).toOpaque())
            }
        }
        try Self.check(result)
        stream.sentRequest(isEnd: isEnd)
        stream.delegate = delegate
        self.keep(stream)
        self.outputReady()
        return stream
    }

    func submitResponse(_ headers: HeaderBlock, on stream: HTTP2Stream, isEnd: Bool) {
        let result = Self.withFields(of: headers) { fields in
            Self.withDataProvider(for: isEnd ? nil : stream) { provider in
                nghttp2_submit_response(
                    self.raw, stream.id, fields.baseAddress, fields.count, provider)
            }
        }
        self.noteResult(result)
    }

    func submitTrailers(_ trailers: HeaderBlock, on stream: HTTP2Stream) {
        let result = Self.withFields(of: trailers) { fields in
            nghttp2_submit_trailer(self.raw, stream.id, fields.baseAddress, fields.count)
        }
        self.noteResult(result)
    }

    func submitReset(_ code: HTTP2ErrorCode, on stream: HTTP2Stream) {
        self.noteResult(
            nghttp2_submit_rst_stream(
                self.raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, code.rawValue))
    }

    func submitWindowUpdate(_ count: Int, on stream: HTTP2Stream) {
        self.noteResult(
            nghttp2_submit_window_update(
                self.raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, Int32(count)))
    }

    func resumeData(on stream: HTTP2Stream) {
        // Fails when the stream is gone or was not waiting: then there is nothing to resume.
        _ = nghttp2_session_resume_data(self.raw, stream.id)
        self.outputReady()
    }

    /// The submitting functions fail for lack of memory, or on a stream that is gone (harmless).
    private func noteResult(_ result: Int32) {
        if result == NGHTTP2_ERR_NOMEM.rawValue {
            self.violation = Self.error(result, .library)
        }
        self.outputReady()
    }

    // MARK: - Streams

    func keep(_ stream: HTTP2Stream) {
        self.streams[stream.id] = stream
        self.streamsOpened += 1
    }

    /// Whether more is unsent than is good.
    var isBackedUp: Bool { self.queuedBytes >= self.limits.connectionSendBuffer }

    func queued(_ byteCount: Int) {
        self.queuedBytes += byteCount
        if self.isBackedUp { self.wasBackedUp = true }
    }

    func unqueued(_ byteCount: Int) {
        self.queuedBytes -= byteCount
        guard self.wasBackedUp, self.queuedBytes <= self.limits.connectionSendBuffer / 2 else {
            return
        }
        self.wasBackedUp = false
        self.delegate?.connectionCanSend()
    }

    /// Ticks all streams and resets those that have stalled.
    func tick(stallLimit: Int) {
        let progress = self.limits.stallProgress
        for stream in Array(self.streams.values)
        where stream.ticked(stallLimit: stallLimit, stallProgress: progress) {
            stream.reset(.cancel)
        }
    }

    /// Ends all streams with the connection.
    func abandon(_ error: HTTP2Error) {
        let streams = self.streams
        self.streams = [:]
        self.abandoned += streams.values
        for stream in streams.values { stream.closed(.connection(error)) }
    }
}
