import COpenSSL
import NIOCore

/// The transport that libssl sees: what arrived and what is to be sent, as byte buffers.
///
/// OpenSSL's own memory BIO would copy each direction once more; this one reads from the buffer
/// that the socket filled, and libssl's records are written straight into the one that goes out.
final class BufferBIO {
    /// An outbound buffer larger than this is given back rather than kept for the next flush.
    static let maximumKeptCapacity = 64 * 1024

    /// Ciphertext from the peer that libssl has not taken yet.
    private(set) var inbound = ByteBuffer()

    private var outbound = ByteBuffer()

    /// Whether `outbound` has been taken, so that the next record starts it anew.
    private var isTaken = false

    /// When true libssl gets nothing more: reading fails. Set to end a flood.
    var refusesReading = false

    /// Puts `ciphertext` behind what is still there.
    func receive(_ ciphertext: ByteBuffer) {
        guard self.inbound.readableBytes > 0 else {
            self.inbound = ciphertext
            return
        }
        self.inbound.writeImmutableBuffer(ciphertext)
    }

    /// Lets go of a buffer that has been read to its end, so that NIO can use it again.
    func releaseInboundIfDrained() {
        if self.inbound.readableBytes == 0 { self.inbound = ByteBuffer() }
    }

    /// Bytes that wait to be sent.
    var outboundBytes: Int { self.isTaken ? 0 : self.outbound.readableBytes }

    /// What waits to be sent. Its memory is used again once the receiver has let go of it.
    func takeOutbound() -> ByteBuffer {
        if self.isTaken { return ByteBuffer() }
        self.isTaken = true
        return self.outbound
    }

    /// Makes room for `count` bytes in one step.
    func reserveOutbound(_ count: Int) {
        self.recycleOutboundIfTaken()
        self.outbound.reserveCapacity(minimumWritableBytes: count)
    }

    private func recycleOutboundIfTaken() {
        guard self.isTaken else { return }
        self.isTaken = false
        if self.outbound.capacity > Self.maximumKeptCapacity {
            self.outbound = ByteBuffer()
        } else {
            self.outbound.clear()
        }
    }

    /// A BIO over this object, which must outlive it. The caller owns the BIO; null without memory.
    func makeBIO() -> OpaquePointer? {
        guard let method = Self.method, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }

    /// Safe to share: made once under Swift's own lock, and only read afterwards. Never freed.
    private nonisolated(unsafe) static let method: OpaquePointer? = {
        let type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
        guard let method = BIO_meth_new(type, "byte buffer") else { return nil }
        BIO_meth_set_read(method, bufferBIORead)
        BIO_meth_set_write(method, bufferBIOWrite)
        BIO_meth_set_ctrl(method, bufferBIOControl)
        return method
    }()

    fileprivate static func of(_ bio: OpaquePointer?) -> BufferBIO? {
        guard let data = BIO_get_data(bio) else { return nil }
        return Unmanaged<BufferBIO>.fromOpaque(data).takeUnretainedValue()
    }

    /// Bytes copied to `target`; -1 with the retry flag when there are none, without it to fail.
    fileprivate func read(into target: UnsafeMutableRawBufferPointer, bio: OpaquePointer?) -> Int32
    {
        dossier_BIO_clear_retry_flags(bio)
        if self.refusesReading { return -1 }
        let count = min(target.count, self.inbound.readableBytes)
        if count == 0 {
            dossier_BIO_set_retry_read(bio)
            return -1
        }
        self.inbound.readWithUnsafeReadableBytes { source in
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
            return count
        }
        return Int32(count)
    }

    fileprivate func write(_ source: UnsafeRawBufferPointer) -> Int32 {
        self.recycleOutboundIfTaken()
        return Int32(self.outbound.writeBytes(source))
    }
}

private func bufferBIORead(
    _ bio: OpaquePointer?, _ target: UnsafeMutablePointer<CChar>?, _ size: Int32
) -> Int32 {
    guard let buffer = BufferBIO.of(bio), let target, size > 0 else { return 0 }
    return buffer.read(
        into: UnsafeMutableRawBufferPointer(start: target, count: Int(size)), bio: bio)
}

private func bufferBIOWrite(
    _ bio: OpaquePointer?, _ source: UnsafePointer<CChar>?, _ size: Int32
) -> Int32 {
    guard let buffer = BufferBIO.of(bio), let source, size > 0 else { return 0 }
    return buffer.write(UnsafeRawBufferPointer(start: source, count: Int(size)))
}

/// libssl flushes after each flight and gives up if that fails; nothing else is asked of a BIO
/// that is neither a socket nor a file.
private func bufferBIOControl(
    _ bio: OpaquePointer?, _ command: Int32, _ number: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
    command == BIO_CTRL_FLUSH ? 1 : 0
}
