import CNghttp2

// How an `nghttp2_session` is made, and the C functions that it calls. Each of those recovers the
// session or the stream from a pointer and calls one method. A session outlives its callbacks as it
// owns the `nghttp2_session`; a stream does as it is kept until `on_stream_close`.

extension HTTP2Session {
    static func makeRaw(role: HTTP2Role) throws -> OpaquePointer {
        var callbacks: OpaquePointer?
        try Self.check(nghttp2_session_callbacks_new(&callbacks))
        defer { nghttp2_session_callbacks_del(callbacks) }
        Self.setCallbacks(callbacks)
        var option: OpaquePointer?
        try Self.check(nghttp2_option_new(&option))
        defer { nghttp2_option_del(option) }
        nghttp2_option_set_no_auto_window_update(option, 1)
        nghttp2_option_set_no_closed_streams(option, 1)
        var session: OpaquePointer?
        switch role {
        case .server: try Self.check(nghttp2_session_server_new2(&session, callbacks, nil, option))
        case .client: try Self.check(nghttp2_session_client_new2(&session, callbacks, nil, option))
        }
        guard let session else { throw HTTP2Error(.library, "no session") }
        return session
    }

    private static func setCallbacks(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, beginHeadersCallback)
        nghttp2_session_callbacks_set_on_header_callback(callbacks, headerCallback)
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frameReceivedCallback)
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, dataReceivedCallback)
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, streamClosedCallback)
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frameSentCallback)
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, frameNotSentCallback)
        nghttp2_session_callbacks_set_send_data_callback(callbacks, sendDataCallback)
    }

    /// nghttp2 returns 0 or more for success, one of `nghttp2_error` otherwise.
    static func check(_ result: Int32) throws {
        if result < 0 { throw Self.error(result, .library) }
    }

    static func error(_ result: Int32, _ code: HTTP2Error.Code) -> HTTP2Error {
        let isMemory = result == NGHTTP2_ERR_NOMEM.rawValue
        return HTTP2Error(isMemory ? .library : code, String(cString: nghttp2_strerror(result)))
    }

    /// Calls `body` with the fields as nghttp2 wants them; it copies what it keeps.
    static func withFields<Result>(
        of headers: HeaderBlock, _ body: (UnsafeBufferPointer<nghttp2_nv>) -> Result
    ) -> Result {
        headers.withUnsafeExtents { storage, extents in
            withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: extents.count) { fields in
                var start = 0
                for (index, extent) in extents.enumerated() {
                    fields.initializeElement(
                        at: index,
                        to: nghttp2_nv(
                            name: storage.map { $0 + start },
                            value: storage.map { $0 + extent.nameEnd },
                            namelen: extent.nameEnd - start,
                            valuelen: extent.valueEnd - extent.nameEnd,
                            flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
                    start = extent.valueEnd
                }
                return body(UnsafeBufferPointer(fields))
            }
        }
    }
}

extension HTTP2Session {
    /// Calls `body` with what nghttp2 needs to ask the stream for data; nil if it sends none.
    static func withDataProvider<Result>(
        for stream: HTTP2Stream?, _ body: (UnsafePointer<nghttp2_data_provider>?) -> Result
    ) -> Result {
        guard let stream else { return body(nil) }
        let provider = nghttp2_data_provider(
            source: nghttp2_data_source(ptr: Unmanaged.passUnretained(stream).toOpaque()),
            read_callback: readDataCallback)
        return withUnsafePointer(to: provider, body)
    }
}

// MARK: - Callbacks

private func session(_ userData: UnsafeMutableRawPointer?) -> HTTP2Session? {
    userData.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
}

private func stream(_ raw: OpaquePointer?, _ id: Int32) -> HTTP2Stream? {
    nghttp2_session_get_stream_user_data(raw, id).map {
        Unmanaged<HTTP2Stream>.fromOpaque($0).takeUnretainedValue()
    }
}

private func isRequest(_ frame: UnsafePointer<nghttp2_frame>) -> Bool {
    frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
}

private func isEnd(_ frame: UnsafePointer<nghttp2_frame>) -> Bool {
    UInt32(frame.pointee.hd.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
}

private let beginHeadersCallback: nghttp2_on_begin_headers_callback = { _, frame, userData in
    guard let frame, let session = session(userData) else { return 0 }
    session.beginHeaders(streamID: frame.pointee.hd.stream_id, isRequest: isRequest(frame))
    return 0
}

private let headerCallback: nghttp2_on_header_callback = {
    _, _, name, nameLength, value, valueLength, _, userData in
    guard let session = session(userData) else { return 0 }
    session.headers.append(
        received: UnsafeBufferPointer(start: name, count: nameLength),
        UnsafeBufferPointer(start: value, count: valueLength),
        limit: session.limits.maximumHeaderListBytes)
    return 0
}

private let frameReceivedCallback: nghttp2_on_frame_recv_callback = { raw, frame, userData in
    guard let frame, let session = session(userData) else { return 0 }
    let id = frame.pointee.hd.stream_id
    switch nghttp2_frame_type(UInt32(frame.pointee.hd.type)) {
    case NGHTTP2_DATA:
        if isEnd(frame) { stream(raw, id)?.delegate?.streamReceivedEnd() }
    case NGHTTP2_HEADERS:
        guard let stream = stream(raw, id) else { break }
        session.headersEnded(on: stream, isRequest: isRequest(frame), isEnd: isEnd(frame))
    case NGHTTP2_RST_STREAM:
        session.resetArrived(on: stream(raw, id))
    case NGHTTP2_SETTINGS:
        session.settingsArrived()
    case NGHTTP2_PING:
        if UInt32(frame.pointee.hd.flags) & NGHTTP2_FLAG_ACK.rawValue != 0 {
            session.pingAcknowledged()
        }
    case NGHTTP2_GOAWAY:
        session.goAwayReceived()
    default:
        break
    }
    return 0
}

private let dataReceivedCallback: nghttp2_on_data_chunk_recv_callback = {
    raw, _, id, bytes, count, userData in
    session(userData)?.dataArrived(
        UnsafeRawBufferPointer(start: bytes, count: count), on: stream(raw, id))
    return 0
}

private let streamClosedCallback: nghttp2_on_stream_close_callback = { _, id, code, userData in
    session(userData)?.streamClosed(id, code: HTTP2ErrorCode(rawValue: code))
    return 0
}

private let frameSentCallback: nghttp2_on_frame_send_callback = { _, frame, userData in
    guard let frame, let session = session(userData) else { return 0 }
    switch nghttp2_frame_type(UInt32(frame.pointee.hd.type)) {
    case NGHTTP2_RST_STREAM:
        session.resetSent(HTTP2ErrorCode(rawValue: frame.pointee.rst_stream.error_code))
    case NGHTTP2_DATA, NGHTTP2_HEADERS:
        if isEnd(frame) { session.endSent(streamID: frame.pointee.hd.stream_id) }
    default:
        break
    }
    return 0
}

/// A request that could not be sent, as the peer has sent GOAWAY: it may be tried elsewhere.
private let frameNotSentCallback: nghttp2_on_frame_not_send_callback = { _, frame, _, userData in
    guard let frame, nghttp2_frame_type(UInt32(frame.pointee.hd.type)) == NGHTTP2_HEADERS else {
        return 0
    }
    session(userData)?.streamClosed(frame.pointee.hd.stream_id, code: .refusedStream)
    return 0
}

private let sendDataCallback: nghttp2_send_data_callback = {
    _, _, header, count, source, userData in
    guard let session = session(userData), let pointer = source?.pointee.ptr else {
        return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
    }
    let stream = Unmanaged<HTTP2Stream>.fromOpaque(pointer).takeUnretainedValue()
    let isWritten = session.writeData(
        header: UnsafeRawBufferPointer(start: header, count: 9), byteCount: count, of: stream)
    return isWritten ? 0 : NGHTTP2_ERR_WOULDBLOCK.rawValue
}

private let readDataCallback: nghttp2_data_source_read_callback = {
    _, _, _, limit, flags, source, userData in
    guard let session = session(userData), let pointer = source?.pointee.ptr, let flags else {
        return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
    }
    let stream = Unmanaged<HTTP2Stream>.fromOpaque(pointer).takeUnretainedValue()
    switch stream.dataForFrame(limit: limit) {
    case .wait:
        return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    case .frame(let byteCount, let end):
        flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
        switch end {
        case .no:
            break
        case .stream:
            flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
        case .trailers(let trailers):
            flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
            session.submitTrailers(trailers, on: stream)
        }
        return byteCount
    }
}
