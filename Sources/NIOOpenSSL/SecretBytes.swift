import COpenSSL

/// Bytes that are wiped when nobody holds them any more and that no description shows.
///
/// Sendable by proof: the memory is written in `init` and `deinit` only, when one thread has it.
final class SecretBytes: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
    private let bytes: UnsafeMutableRawBufferPointer  // owned

    /// Moves `source` here. Its memory is wiped too if the caller kept no other reference to it.
    init(moving source: consuming [UInt8]) {
        self.bytes = .allocate(byteCount: source.count, alignment: 1)
        self.bytes.copyBytes(from: source)
        source.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
    }

    deinit {
        OPENSSL_cleanse(self.bytes.baseAddress, self.bytes.count)
        self.bytes.deallocate()
    }

    /// Calls `body` with the bytes, which must not outlive the call.
    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
        -> Result
    {
        try withExtendedLifetime(self) { try body(UnsafeRawBufferPointer(self.bytes)) }
    }

    var description: String { "\(self.bytes.count) secret bytes" }

    var customMirror: Mirror { Mirror(self, children: []) }
}
