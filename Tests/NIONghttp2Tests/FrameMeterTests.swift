import NIOCore
import Testing

@testable import NIONghttp2

@Suite("Frame meter")
struct FrameMeterTests {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// The bytes of a frame whose payload is zeros.
    private static func frame(type: UInt8, flags: UInt8 = 0, length: Int = 0) -> [UInt8] {
        let size = [UInt8(length >> 16), UInt8(length >> 8 & 0xff), UInt8(length & 0xff)]
        return size + [type, flags, 0, 0, 0, 1] + [UInt8](repeating: 0, count: length)
    }

    private static func violation(
        _ frames: [[UInt8]], limits: HTTP2Limits = HTTP2Limits(), dataSent: Int = 0
    ) -> FrameMeter.Violation? {
        var meter = FrameMeter(role: .server, limits: limits)
        for _ in 0..<dataSent { meter.sentData() }
        let bytes = Self.preface + frames.flatMap { $0 }
        return bytes.withUnsafeBytes { meter.meter($0, at: .uptimeNanoseconds(1)) }
    }

    @Test(
        "frames without data are taken up to the limit and refused one past it",
        arguments: [0, 2, 4, 6, 7, 8, 0x42] as [UInt8])
    func controlFrames(type: UInt8) {
        let frame = Self.frame(type: type, length: type == 0 ? 0 : 4)
        #expect(Self.violation(Array(repeating: frame, count: 200)) == nil)
        #expect(Self.violation(Array(repeating: frame, count: 201)) == .tooManyControlFrames)
    }

    @Test("data, the end of data, headers and resets are not counted")
    func uncounted() {
        let frames = [
            Self.frame(type: 0, length: 1), Self.frame(type: 0, flags: 1),
            Self.frame(type: 1, flags: 4, length: 10), Self.frame(type: 3, length: 4),
        ]
        #expect(Self.violation(Array(repeating: frames, count: 500).flatMap { $0 }) == nil)
    }

    @Test("each DATA frame sent answers for two WINDOW_UPDATEs and one PING")
    func allowance() {
        let updates = Array(repeating: Self.frame(type: 8, length: 4), count: 2 * 50 + 200)
        #expect(Self.violation(updates, dataSent: 50) == nil)
        #expect(Self.violation(updates, dataSent: 49) == .tooManyControlFrames)
        let pings = Array(repeating: Self.frame(type: 6, length: 8), count: 50 + 200)
        #expect(Self.violation(pings, dataSent: 50) == nil)
        #expect(Self.violation(pings, dataSent: 49) == .tooManyControlFrames)
    }

    @Test("a header block may have eight CONTINUATIONs, and is cut at the ninth before its end")
    func continuations() {
        let head = Self.frame(type: 1, length: 10)
        let more = Self.frame(type: 9, length: 10)
        #expect(Self.violation([head] + Array(repeating: more, count: 8)) == nil)
        #expect(
            Self.violation([head] + Array(repeating: more, count: 9)) == .tooManyContinuations)
    }

    @Test("a header block may have 16 KiB, and is cut one byte past that before its end")
    func blockLength() {
        let half = Self.frame(type: 1, length: 8192)
        #expect(Self.violation([half, Self.frame(type: 9, length: 8192)]) == nil)
        #expect(
            Self.violation([half, Self.frame(type: 9, length: 8193)]) == .headerBlockTooLong)
    }

    @Test("the count begins anew after the window")
    func window() {
        var meter = FrameMeter(role: .client, limits: HTTP2Limits())
        let pings = Array(repeating: Self.frame(type: 6, length: 8), count: 200).flatMap { $0 }
        let start = NIODeadline.uptimeNanoseconds(1)
        #expect(pings.withUnsafeBytes { meter.meter($0, at: start) } == nil)
        #expect(pings.withUnsafeBytes { meter.meter($0, at: start + .seconds(30)) } == nil)
        #expect(
            pings.withUnsafeBytes { meter.meter($0, at: start + .seconds(59)) }
                == .tooManyControlFrames)
    }

    @Test("fed one byte at a time it says the same")
    func byteAtATime() {
        var meter = FrameMeter(role: .server, limits: HTTP2Limits())
        let frames = Array(repeating: Self.frame(type: 4, length: 6), count: 201)
        var found: [Int] = []
        for (index, byte) in (Self.preface + frames.flatMap { $0 }).enumerated() {
            let result = withUnsafeBytes(of: byte) { meter.meter($0, at: .uptimeNanoseconds(1)) }
            if result != nil { found.append(index) }
        }
        // The 201st frame is refused as soon as its header is complete.
        #expect(found == [24 + 200 * 15 + 8])
    }

    @Test("an open header block has the time of its first frame until END_HEADERS")
    func openBlock() {
        var meter = FrameMeter(role: .client, limits: HTTP2Limits())
        func feed(_ frame: [UInt8], at nanoseconds: UInt64) {
            frame.withUnsafeBytes {
                #expect(meter.meter($0, at: .uptimeNanoseconds(nanoseconds)) == nil)
            }
        }
        feed(Self.frame(type: 1, length: 5), at: 10)
        feed(Self.frame(type: 9, length: 5), at: 20)
        #expect(meter.openBlockStart == .uptimeNanoseconds(10))
        feed(Self.frame(type: 9, flags: 4, length: 5), at: 30)
        #expect(meter.openBlockStart == nil)
    }
}
