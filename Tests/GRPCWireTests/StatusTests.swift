import NIONghttp2
import Testing

@testable import GRPCWire

@Suite("Status")
struct StatusTests {
    private static func roundTrip(_ status: GRPCStatus) -> GRPCStatus? {
        var trailers = HeaderBlock()
        status.append(to: &trailers)
        return GRPCStatus(trailers: trailers)
    }

    @Test("every code survives the trailers", arguments: StatusCode.allCases)
    func codes(code: StatusCode) {
        #expect(Self.roundTrip(GRPCStatus(code, "why: ü%\n")) == GRPCStatus(code, "why: ü%\n"))
    }

    @Test("a success is one trailer")
    func success() {
        var trailers = HeaderBlock()
        GRPCStatus(.ok).append(to: &trailers)
        #expect(trailers == HeaderBlock(["grpc-status": "0"]))
    }

    @Test("all standard details survive the trailers")
    func details() throws {
        let badRequest = BadRequest(fieldViolations: [
            .init(field: "records[3].reference", description: "is empty", reason: "REFERENCE"),
            .init(field: "", description: "ü"),
        ])
        let info = ErrorInfo(reason: "STALE", domain: "example", metadata: ["a": "1", "b": ""])
        let retry = RetryInfo(retryDelay: .milliseconds(1500))
        let precondition = PreconditionFailure(violations: [
            .init(type: "ORDER", subject: "KR-1", description: "version 3 before 2")
        ])
        let quota = QuotaFailure(violations: [.init(subject: "kr", description: "too many")])
        let resource = ResourceInfo(
            resourceType: "record", resourceName: "ab12", owner: "kr", description: "absent")
        let status = GRPCStatus(
            .invalidArgument, "no",
            details: [
                StatusDetail(badRequest), StatusDetail(info), StatusDetail(retry),
                StatusDetail(precondition), StatusDetail(quota), StatusDetail(resource),
            ])
        let back = try #require(Self.roundTrip(status))
        #expect(back == status)
        #expect(try back.details[0].message() == badRequest)
        #expect(try back.details[1].message() == info)
        #expect(try back.details[2].message() == retry)
        #expect(try back.details[3].message() == precondition)
        #expect(try back.details[4].message() == quota)
        #expect(try back.details[5].message() == resource)
        #expect(try back.details[0].message(as: RetryInfo.self) == nil)
    }

    @Test("details that are too many are dropped from the end, the status is not")
    func tooManyDetails() throws {
        let detail = StatusDetail(typeURL: "t/a", value: [UInt8](repeating: 1, count: 2000))
        let status = GRPCStatus(
            .aborted, String(repeating: "x", count: 5000),
            details: Array(repeating: detail, count: 9))
        var trailers = HeaderBlock()
        status.append(to: &trailers)
        #expect(trailers.listBytes < 16 * 1024)
        let back = try #require(GRPCStatus(trailers: trailers))
        #expect(back.code == .aborted)
        #expect(back.message.count == 1024)
        #expect(back.details == [detail])
    }

    @Test("of a long list of violations the first are sent, and the trailers stay below 8 KiB")
    func manyViolations() throws {
        let violations = (0..<2000).map { number in
            BadRequest.FieldViolation(
                field: "records[\(number)].reference", description: "is empty", reason: "EMPTY")
        }
        let status = GRPCStatus(
            .invalidArgument, String(repeating: "ü", count: 600),
            details: [
                StatusDetail(ErrorInfo(reason: "R", domain: "d")),
                StatusDetail(BadRequest(fieldViolations: violations)),
            ])
        var trailers = HeaderBlock()
        status.append(to: &trailers)
        #expect(trailers.listBytes < 8 * 1024)
        let back = try #require(GRPCStatus(trailers: trailers))
        #expect(back.details.count == 2)
        let sent = try #require(try back.details[1].message(as: BadRequest.self))
        #expect(sent.fieldViolations.count > 50)
        #expect(sent.fieldViolations == Array(violations.prefix(sent.fieldViolations.count)))
    }

    @Test("a detail that is not what it says is malformed")
    func malformedDetail() {
        let detail = StatusDetail(
            typeURL: "type.googleapis.com/google.rpc.BadRequest", value: [0x0a, 0xff])
        #expect(throws: GRPCError(.malformedMessage, "")) {
            _ = try detail.message(as: BadRequest.self)
        }
    }

    @Test(
        "a status that is no known number is unknown",
        arguments: ["17", "-1", "x", "", "99999999999999999999"])
    func unknownCode(text: String) {
        let status = GRPCStatus(trailers: HeaderBlock(["grpc-status": text]))
        #expect(status?.code == .unknown)
    }

    @Test("trailers without a status have none")
    func none() {
        #expect(GRPCStatus(trailers: HeaderBlock(["a": "b"])) == nil)
    }

    @Test("broken details do not hide the status")
    func brokenDetails() {
        let status = GRPCStatus(
            trailers: HeaderBlock(["grpc-status": "5", "grpc-status-details-bin": "!!"]))
        #expect(status == GRPCStatus(.notFound))
    }

    @Test("what a handler throws says nothing of itself to the peer, unless it is a status")
    func handlerErrors() {
        let failure = GRPCError(.listenFailed, "secret")
        #expect(GRPCStatus(handlerError: failure) == GRPCStatus(.internalError, "internal error"))
        #expect(GRPCStatus(handlerError: CancellationError()).code == .cancelled)
        let status = GRPCStatus(.notFound, "no record")
        #expect(GRPCStatus(handlerError: status) == status)
        #expect(GRPCStatus(handlerError: GRPCStatus(.ok)).code == .internalError)
    }
}
