import NIONghttp2
import Testing

@testable import GRPCWire

@Suite("Request head")
struct RequestHeadTests {
    /// A proper request's headers with some replaced, removed (nil) or added.
    private static func headers(_ changes: [(String, String?)]) -> HeaderBlock {
        var fields: [(String, String)] = [
            (":method", "POST"), (":scheme", "https"), (":path", "/s/m"), (":authority", "h"),
            ("te", "trailers"), ("content-type", "application/grpc"),
        ]
        for (name, value) in changes {
            if let index = fields.firstIndex(where: { $0.0 == name }) {
                if let value { fields[index].1 = value } else { fields.remove(at: index) }
            } else if let value {
                fields.append((name, value))
            }
        }
        var block = HeaderBlock()
        for (name, value) in fields { block.append(name: name.utf8, value: value.utf8) }
        return block
    }

    private static func outcome(_ changes: (String, String?)...) -> String {
        switch RequestHead.judge(Self.headers(changes)) {
        case .call: "call"
        case .refused(let status): "\(status.code)"
        case .notGRPC(let answer): answer.status
        }
    }

    @Test("each header that matters has its verdict")
    func verdicts() {
        #expect(Self.outcome() == "call")
        #expect(Self.outcome((":method", "GET")) == "405")
        #expect(Self.outcome((":method", "HEAD")) == "405")
        #expect(Self.outcome((":method", "GET"), ("content-type", nil)) == "405")
        #expect(Self.outcome(("content-type", nil)) == "415")
        #expect(Self.outcome(("content-type", "application/json")) == "415")
        #expect(Self.outcome(("content-type", "application/grpcx")) == "415")
        #expect(Self.outcome(("content-type", "application/grpc-web")) == "415")
        #expect(Self.outcome(("content-type", "application/grpc+proto")) == "call")
        #expect(Self.outcome(("content-type", "application/grpc;charset=utf-8")) == "call")
        #expect(Self.outcome(("content-type", "application/grpc+json")) == "UNIMPLEMENTED")
        #expect(Self.outcome(("te", nil)) == "INTERNAL")
        #expect(Self.outcome(("te", "gzip")) == "INTERNAL")
        #expect(Self.outcome(("grpc-encoding", "identity")) == "call")
        #expect(Self.outcome(("grpc-encoding", "gzip")) == "UNIMPLEMENTED")
        #expect(Self.outcome(("grpc-timeout", "10S")) == "call")
        #expect(Self.outcome(("grpc-timeout", "ten")) == "INTERNAL")
        #expect(Self.outcome(("x-bin", "AAE")) == "call")
        #expect(Self.outcome(("x-bin", "A")) == "INTERNAL")
        #expect(Self.outcome(("x-bin", "AAE,AA==")) == "call")
        #expect(Self.outcome(("x-bin", "AAE,!")) == "INTERNAL")
    }

    @Test("a timeout that stands twice is malformed")
    func twoTimeouts() {
        var headers = Self.headers([("grpc-timeout", "1S")])
        headers.append(name: "grpc-timeout".utf8, value: "2S".utf8)
        guard case .refused(let status) = RequestHead.judge(headers) else {
            Issue.record("not refused")
            return
        }
        #expect(status.code == .internalError)
    }

    @Test("custom headers become metadata, those of the protocol do not")
    func metadata() throws {
        let headers = Self.headers([
            ("user-agent", "test/1"), ("x", "y"), ("k-bin", "AAE, AA=="), ("grpc-timeout", "3S"),
            ("grpc-accept-encoding", "gzip"), ("grpc-foo", "bar"),
        ])
        guard case .call(let head) = RequestHead.judge(headers) else {
            Issue.record("not a call")
            return
        }
        #expect(head.metadata.map(\.name) == ["user-agent", "x", "k-bin", "k-bin"])
        #expect(head.metadata.values(of: "k-bin") == [.bytes([0, 1]), .bytes([0])])
        #expect(head.timeout == 3_000_000_000)
        #expect(head.path.elementsEqual("/s/m".utf8))
    }
}
