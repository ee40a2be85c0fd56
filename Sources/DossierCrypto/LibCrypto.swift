import COpenSSL

/// How this room calls libcrypto: its error queue belongs to the thread, so it is cleared before
/// each call that may fail and drained after it, in one synchronous function.
enum LibCrypto {
    /// Makes a call that returns an object; the caller frees it.
    static func make<Object>(
        _ code: CryptoError.Code, _ message: @autoclosure () -> String, _ call: () -> Object?
    ) throws(CryptoError) -> Object {
        ERR_clear_error()
        guard let object = call() else {
            throw CryptoError(code: code, message: message(), cause: LibraryError.drained())
        }
        return object
    }

    /// Makes a call that succeeds or does not.
    static func require(
        _ code: CryptoError.Code, _ message: @autoclosure () -> String, _ call: () -> Bool
    ) throws(CryptoError) {
        ERR_clear_error()
        guard call() else {
            throw CryptoError(code: code, message: message(), cause: LibraryError.drained())
        }
    }

    /// The bytes that one of libcrypto's `i2d_` functions writes.
    ///
    /// Called with nil, such a function returns the size; called with a pointer, it writes there
    /// and moves the pointer. Zero or less is failure.
    static func encoding(
        _ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
    ) throws(CryptoError) -> [UInt8] {
        ERR_clear_error()
        let count = encode(nil)
        guard count > 0 else {
            throw CryptoError(
                code: .libraryFailure, message: "no encoding", cause: LibraryError.drained())
        }
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initializedCount in
            var cursor = buffer.baseAddress
            initializedCount = Int(max(0, encode(&cursor)))
        }
    }

    /// Overwrites key material that is needed no longer, in a way that no optimiser leaves out.
    static func cleanse(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
    }

    /// Decodes one object with one of libcrypto's `d2i_` functions; nil unless it is well-formed
    /// and takes up all the bytes. The caller frees it.
    static func decoding<Object>(
        _ bytes: [UInt8], _ decode: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> Object?,
        free: (Object) -> Void
    ) -> Object? {
        bytes.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            guard cursor != nil, let object = decode(&cursor, buffer.count) else { return nil }
            guard cursor == buffer.baseAddress.map({ $0 + buffer.count }) else {
                free(object)
                return nil
            }
            return object
        }
    }
}

/// What stood in libcrypto's error queue, as its own reason texts.
///
/// The additional data of an entry is left out: it may quote what was read.
struct LibraryError: Error, CustomDebugStringConvertible {
    let reasons: [String]

    var debugDescription: String {
        self.reasons.isEmpty ? "libcrypto gives no reason" : self.reasons.joined(separator: "; ")
    }

    /// Takes the queue of the calling thread.
    static func drained() -> LibraryError {
        var reasons: [String] = []
        while case let code = ERR_get_error(), code != 0 {
            // Borrowed: the library's own static text, or nil for a reason it does not know.
            let reason = ERR_reason_error_string(code).map { String(cString: $0) }
            reasons.append(reason ?? "error \(String(code, radix: 16))")
        }
        return LibraryError(reasons: reasons)
    }
}
