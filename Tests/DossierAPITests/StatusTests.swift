import DossierAPI
import DossierCore
import GRPCWire
import Testing

@Suite("Errors as statuses")
struct StatusTests {
    /// Every code, its status, and what a client makes of that status.
    private static let table:
        [(code: ExchangeError.Code, status: StatusCode, back: ExchangeError.Code, nodes: Bool)] = [
            (.invalidSubmission, .invalidArgument, .invalidSubmission, false),
            (.badRequest, .invalidArgument, .invalidSubmission, false),
            (.badCursor, .invalidArgument, .invalidSubmission, false),
            (.notPermitted, .permissionDenied, .notPermitted, false),
            (.notFound, .notFound, .notFound, false),
            (.conflict, .alreadyExists, .conflict, false),
            (.outOfOrder, .failedPrecondition, .outOfOrder, false),
            (.unsupportedOperation, .unimplemented, .unsupportedOperation, false),
            (.overloaded, .resourceExhausted, .overloaded, false),
            (.unavailable, .unavailable, .unavailable, false),
            (.outOfRange, .outOfRange, .outOfRange, false),
            (.dataLoss, .dataLoss, .dataLoss, true), (.unverifiable, .dataLoss, .dataLoss, true),
            (.failed, .internalError, .failed, true),
        ]

    @Test("every code has its status, and comes back as what a client can act on")
    func codes() {
        for row in Self.table {
            let status = GRPCStatus(ExchangeError(code: row.code, message: "why"))
            #expect(status.code == row.status, "\(row.code)")
            #expect(status.message == "why")
            #expect(status.details.isEmpty)
            #expect(ExchangeError(status).code == row.back, "\(row.code)")
            #expect(ExchangeError(code: row.code, message: "").isNodesFault == row.nodes)
        }
        #expect(Set(Self.table.map(\.code)).count == Self.table.count)
    }

    @Test(
        "every status a node or a proxy may answer with means something",
        arguments: StatusCode.allCases)
    func statuses(code: StatusCode) {
        let error = ExchangeError(GRPCStatus(code, ""))
        let known = Self.table.first { $0.status == code && $0.code == $0.back }
        switch code {
        case .unauthenticated: #expect(error.code == .notPermitted)
        case .ok, .cancelled, .unknown, .deadlineExceeded, .aborted:
            #expect(error.code == .failed)
        case .invalidArgument, .permissionDenied, .notFound, .alreadyExists, .failedPrecondition,
            .unimplemented, .resourceExhausted, .unavailable, .dataLoss, .internalError,
            .outOfRange:
            #expect(error.code == known?.code)
        }
        #expect(!error.message.isEmpty)
    }

    @Test("findings travel as google.rpc.BadRequest and come back with field, rule and hint")
    func findings() throws {
        let finding = Finding(
            field: "records[3].header.known", rule: .moment, value: "yesterday",
            hint: "must be a moment")
        let status = GRPCStatus(
            ExchangeError(code: .invalidSubmission, message: "1 finding", findings: [finding]))

        let request = try #require(try status.details.first?.message(as: BadRequest.self))
        #expect(status.details.first?.typeURL == "type.googleapis.com/google.rpc.BadRequest")
        #expect(request.fieldViolations.map(\.field) == ["records[3].header.known"])
        #expect(request.fieldViolations.map(\.reason) == ["MOMENT"])
        #expect(request.fieldViolations.map(\.description) == ["\"yesterday\": must be a moment"])

        let back = ExchangeError(status)
        #expect(back.findings.map(\.field) == [finding.field])
        #expect(back.findings.map(\.rule) == [.moment])
        #expect(back.findings.first?.hint.contains("must be a moment") == true)
    }

    @Test("a refusal in a stream says the same as the status would")
    func refusals() {
        let finding = Finding(field: "f", rule: .utf8, value: "v", hint: "h")
        for row in Self.table {
            let error = ExchangeError(
                Refusal(code: UInt32(row.status.rawValue), message: "why", findings: [finding]))
            #expect(error.code == row.back)
            #expect(error.message == "why")
            #expect(error.findings == [finding])
        }
        #expect(ExchangeError(Refusal(code: 99, message: "", findings: [])).code == .failed)
    }

    @Test("however many findings there are, the trailers stay below the 8 KiB that clients take")
    func trailers() throws {
        for parts in [1, 8, 64, 300] {
            let finding = Finding(
                field: String(repeating: "f", count: parts), rule: .batchReleasability,
                value: String(repeating: "é", count: min(parts, 64)),
                hint: String(repeating: "h", count: parts))
            let error = ExchangeError(
                code: .invalidSubmission, message: String(repeating: "m", count: 200),
                findings: [Finding](repeating: finding, count: 5_000))
            #expect(error.findings.count == ExchangeError.maximumFindings)

            let status = GRPCStatus(error)

            let detailBytes = status.details.map { $0.value.count + $0.typeURL.utf8.count + 16 }
            let status64 = (detailBytes.reduce(0, +) + 200 + 16 + 2) / 3 * 4
            #expect(status64 + 3 * 200 + 256 < 8 * 1_024, "\(parts)")
            let request = try #require(try status.details.first?.message(as: BadRequest.self))
            #expect(request.fieldViolations.isEmpty == false)
        }
    }

    @Test("the description names the code only")
    func description() {
        let error = ExchangeError(
            code: .failed, message: "secret", cause: CoreError(code: .outOfMemory, message: "why"))
        #expect("\(error)" == "ExchangeError.failed")
        #expect(String(reflecting: error).contains("why"))
        #expect(error == ExchangeError(code: .failed, message: ""))
        #expect(error != ExchangeError(code: .notFound, message: ""))
    }
}
