import CNghttp2
import NIOCore

// MARK: - Events, called by the callbacks

extension HTTP2Session {
    func beginHeaders(streamID: Int32, isRequest: Bool) {
        self.headers.removeAll()
        guard isRequest, self.role == .server else { return }
        let stream = HTTP2Stream(id: streamID, session: self)
        nghttp2_session_set_stream_user_data(
            self.raw, streamID, Unmanaged.passUnretained(stream).toOpaque())
        self.keep(stream)
    }

    func headersEnded(on stream: HTTP2Stream, isRequest: Bool, isEnd: Bool) {
        if isRequest, self.role == .server {
            self.delegate?.connectionOpened(stream, headers: self.headers, isEnd: isEnd)
        } else {
            stream.delegate?.streamReceivedHeaders(self.headers, isEnd: isEnd)
        }
    }

    func dataArrived(_ bytes: UnsafeRawBufferPointer, on stream: HTTP2Stream?) {
        // Fails only for lack of memory or if the peer overran the window, which nghttp2 has
        // answered with an error of its own already.
        _ = nghttp2_session_consume_connection(self.raw, bytes.count)
        stream?.delegate?.streamReceivedData(bytes.bytes)
    }

    /// The peer reset a stream. One that this end had finished costs nothing and is not counted.
    func resetArrived(on stream: HTTP2Stream?) {
        guard self.role == .server, stream?.isFinished != true else { return }
        self.countReset()
    }

    /// This end reset a stream. Only the peer's faults are counted, not this end's decisions.
    func resetSent(_ code: HTTP2ErrorCode) {
        guard self.role == .server, code != .noError, code != .cancel else { return }
        self.countReset()
    }

    private func countReset() {
        if !self.resets.count(at: self.now) {
            self.violation = HTTP2Error(
                .excessiveLoad, "more than \(self.limits.maximumResets) resets")
        }
    }

    func settingsArrived() {
        guard !self.hasPeerSettings else { return }
        self.hasPeerSettings = true
        self.delegate?.connectionBecameReady()
    }

    func streamClosed(_ streamID: Int32, code: HTTP2ErrorCode) {
        guard let stream = self.streams.removeValue(forKey: streamID) else { return }
        stream.closed(.code(code))
    }

    /// The response is complete before the request is: the client need not send the rest.
    func endSent(streamID: Int32) {
        guard self.role == .server,
            nghttp2_session_get_stream_remote_close(self.raw, streamID) == 0,
            let stream = self.streams[streamID]
        else { return }
        self.submitReset(.noError, on: stream)
    }

    /// Writes a DATA frame: its header, then the stream's bytes. False: the output is full for now.
    func writeData(
        header: UnsafeRawBufferPointer, byteCount: Int, of stream: HTTP2Stream
    ) -> Bool {
        guard self.output.readableBytes < self.outputLimit else { return false }
        self.output.writeBytes(header)
        stream.moveData(byteCount, into: &self.output)
        self.meter.sentData()
        return true
    }
}
