import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import GRPCWire
import Logging

/// Answers the calls of `dossier.v1.ExchangeService`.
struct ExchangeService: Sendable {
    let submissions: SubmissionChecker
    let retrieval: Retrieval
    let store: Store
    let logger: Logger

    /// Registers the methods.
    func register(in router: inout Router) {
        router.unary(Exchange.submit) { request, call in
            try await self.answer(call) { peer in try await self.submit(request, from: peer) }
        }
        router.unary(Exchange.get) { request, call in
            try await self.answer(call) { peer in
                try await self.retrieval.get(GetRequest(decoding: request), for: peer).encoded()
            }
        }
        router.serverStreaming(Exchange.list) { request, writer, call in
            try await self.answer(call) { peer in
                try await self.retrieval.list(ListRequest(decoding: request), for: peer) { page in
                    try await writer.write(page.encoded())
                }
            }
        }
        router.bidirectional(Exchange.submitStream) { requests, writer, call in
            try await self.answer(call) { peer in
                try await self.submit(requests, from: peer, answeringTo: writer)
            }
        }
    }

    /// Runs a call for the peer of its connection; whatever is thrown becomes a status.
    private func answer<Value>(
        _ call: ServerCall, _ body: (Peer) async throws -> Value
    ) async throws -> Value {
        guard let peer = call.connection as? Peer else {
            throw GRPCStatus(.unauthenticated, "no verified certificate")
        }
        do {
            return try await body(peer)
        } catch let error where error is GRPCStatus || error is CancellationError {
            throw error  // The call itself ended: cancelled, or past its deadline.
        } catch {
            let error = ExchangeError(wrapping: error)
            self.record(error, call, peer)
            throw GRPCStatus(error)
        }
    }

    /// Refusals are part of the day, failures of our own are not.
    private func record(_ error: ExchangeError, _ call: ServerCall, _ peer: Peer) {
        let level: Logger.Level = error.isNodesFault ? .error : .notice
        self.logger.log(
            level: level, "\(call.path.method) refused",
            metadata: [
                "peer": "\(peer.identity.spiffeID)", "code": "\(error.code)",
                "error": "\(String(reflecting: error).escapedForTerminal)",
            ])
    }

    private func submit(_ request: [UInt8], from peer: Peer) async throws -> [UInt8] {
        let submission = try await self.check(request.count) {
            try self.submissions.check(SubmitRequest(decoding: request), from: peer)
        }
        return try await SubmitResponse(receipt: self.log(submission)).encoded()
    }

    /// Checks a request on its event loop, or beside it when it is long enough to hold up others.
    private func check(
        _ bytes: Int, _ body: @Sendable () throws -> Submission
    ) async throws -> Submission {
        guard bytes > Self.maximumBytesCheckedOnLoop else { return try body() }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { try body() }
    }

    /// The longest request that is checked on the event loop, in bytes: some 0.1 ms of work.
    private static let maximumBytesCheckedOnLoop = 64 * 1_024

    private func log(_ submission: Submission) async throws -> Receipt {
        let outcome = try await self.store.submit(submission)
        return Receipt(
            logOrigin: self.submissions.logOrigin, batchRoot: submission.batchRoot,
            batchSize: submission.records.count,
            runs: outcome.runs.map {
                Receipt.Run(offset: $0.offset, firstIndex: $0.firstIndex, count: $0.count)
            },
            appended: outcome.appended, logSize: outcome.logSize)
    }
}

// MARK: - Streams of batches

extension ExchangeService {
    /// Logs the batches of a stream side by side and answers them in their order.
    ///
    /// At most ``Exchange/streamWindow`` are without an answer: the next is taken up when the oldest
    /// of them has been answered, so that a slow store or a client that does not read pushes back
    /// to the sender.
    private func submit(
        _ requests: RequestStream, from peer: Peer, answeringTo writer: ResponseWriter
    ) async throws {
        let answers = OrderedAnswers { try await writer.write($0) }
        try await withThrowingDiscardingTaskGroup { group in
            var position = 0
            for try await request in requests {
                try await answers.waitForRoom(at: position)
                group.addTask { [position] in
                    do {
                        let answer = try await self.outcome(of: request, from: peer)
                        try await answers.deliver(answer.encoded(), at: position)
                    } catch {
                        await answers.fail(error)
                        throw error
                    }
                }
                position += 1
            }
        }
    }

    private func outcome(of request: [UInt8], from peer: Peer) async throws -> SubmitStreamResponse
    {
        do {
            let submission = try await self.check(request.count) {
                try self.submissions.check(
                    SubmitStreamRequest(decoding: request).submission, from: peer)
            }
            return .logged(try await self.log(submission))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            let error = ExchangeError(wrapping: error)
            let status = GRPCStatus(error)
            return .refused(
                Refusal(
                    code: UInt32(status.code.rawValue), message: status.message,
                    findings: error.findings))
        }
    }
}
