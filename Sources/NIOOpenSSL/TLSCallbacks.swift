import COpenSSL

// What libssl calls. Each recovers the connection and calls one method of it.

/// SSL_CTX_set_cert_verify_callback: 1 accepts the peer's chain.
func tlsVerifyPeer(_ store: OpaquePointer?, _ argument: UnsafeMutableRawPointer?) -> Int32 {
    let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
    guard let store, let ssl, let connection = TLSConnection.of(OpaquePointer(ssl)) else {
        return 0
    }
    return connection.verifyPeer(store) ? 1 : 0
}

/// SSL_CTX_set_alpn_select_cb: `output` is made to point into `offered`, as it must outlive this.
func tlsSelectApplicationProtocol(
    _ ssl: OpaquePointer?,
    _ output: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ outputLength: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?,
    _ offeredLength: UInt32,
    _ argument: UnsafeMutableRawPointer?
) -> Int32 {
    let list = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
    guard let offered, let selected = TLSConnection.of(ssl)?.selectProtocol(from: list) else {
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
    output?.pointee = offered + selected.lowerBound
    outputLength?.pointee = UInt8(selected.count)
    return SSL_TLSEXT_ERR_OK
}

/// SSL_CTX_set_msg_callback: also called for each record, hence the test before anything else.
func tlsMessagePassed(
    _ isWritten: Int32, _ version: Int32, _ contentType: Int32, _ bytes: UnsafeRawPointer?,
    _ length: Int, _ ssl: OpaquePointer?, _ argument: UnsafeMutableRawPointer?
) {
    guard contentType == SSL3_RT_HANDSHAKE, isWritten == 0 else { return }
    TLSConnection.of(ssl)?.receivedHandshakeMessage()
}
