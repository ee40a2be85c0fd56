import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import GRPCWire

/// Answers the calls of `dossier.v1.ExchangeService`.
struct ExchangeService: Sendable {
    let submissions: SubmissionChecker
    let narrowing: NarrowingCheck
    let retrieval: Retrieval
    let store: Store
    let calls: CallAnswering

    /// Registers the methods.
    func register(in router: inout Router) {
        router.unary(Exchange.submit) { request, call in
            try await self.calls.answer(call) { peer in try await self.submit(request, from: peer) }
        }
        router.unary(Exchange.get) { request, call in
            try await self.calls.answer(call) { peer in
                try await self.retrieval.get(GetRequest(decoding: request), for: peer).encoded()
            }
        }
        router.serverStreaming(Exchange.list) { request, writer, call in
            let list: @Sendable (Peer) async throws -> Void = { peer in
                try await self.retrieval.list(ListRequest(decoding: request), for: peer) { page in
                    try await writer.write(page.encoded())
                }
            }
            // What cannot be read is refused there.
            if (try? ListRequest(decoding: request))?.follow == true {
                try await self.calls.follow(call, list)
            } else {
                try await self.calls.answer(call, list)
            }
        }
        router.bidirectional(Exchange.submitStream) { requests, writer, call in
            try await self.calls.answer(call) { peer in
                try await self.submit(requests, from: peer, answeringTo: writer)
            }
        }
    }

    private func submit(_ request: [UInt8], from peer: Peer) async throws -> [UInt8] {
        let checked = try await self.check(request.count) {
            try Checked(SubmitRequest(decoding: request), by: self.submissions, from: peer)
        }
        return try await SubmitResponse(receipt: self.log(checked)).encoded()
    }

    /// Checks a request on its event loop, or beside it when it is long enough to hold up others.
    private func check(
        _ bytes: Int, _ body: @Sendable () throws -> Checked
    ) async throws -> Checked {
        guard bytes > Self.maximumBytesCheckedOnLoop else { return try body() }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { try body() }
    }

    /// The longest request that is checked on the event loop, in bytes: some 0.1 ms of work.
    private static let maximumBytesCheckedOnLoop = 64 * 1_024

    /// A submission that may be logged, and what its sender knows of the log.
    private struct Checked: Sendable {
        var submission: Submission
        var knownSize: UInt64

        init(_ request: SubmitRequest, by checker: SubmissionChecker, from peer: Peer) throws {
            self.submission = try checker.check(request, from: peer)
            self.knownSize = request.knownSize
        }
    }

    /// Logs a submission and proves that it is logged.
    private func log(_ checked: Checked) async throws -> Receipt {
        // Before anything is done: what the client has seen of the log must be there.
        guard checked.knownSize <= self.store.logSize else {
            throw ExchangeError(beyond: checked.knownSize, self.store.logSize)
        }
        try await self.narrowing.require(checked.submission.facts)
        let outcome = try await self.store.submit(checked.submission)
        let ranges = outcome.runs.ranges
        let proofs = try await outcome.tree.rangeProofs(ranges)
        return Receipt(
            logOrigin: self.submissions.log.origin, batchRoot: checked.submission.batchRoot,
            batchSize: checked.submission.records.count, runs: outcome.runs,
            appended: outcome.appended, logSize: outcome.logSize,
            checkpoint: try await outcome.tree.proven(from: checked.knownSize),
            ranges: zip(ranges, proofs).map {
                ProvenRange(firstIndex: $0.lowerBound, count: $0.count, proof: $1)
            })
    }
}

extension ExchangeError {
    /// A client says that it has seen more of the log than there is.
    fileprivate init(beyond knownSize: UInt64, _ size: UInt64) {
        self.init(
            code: .outOfRange,
            message: "the log has \(size) leaves, fewer than the \(knownSize) that you know of")
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
            let checked = try await self.check(request.count) {
                try Checked(
                    SubmitStreamRequest(decoding: request).submission, by: self.submissions,
                    from: peer)
            }
            return .logged(try await self.log(checked))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return .refused(ExchangeError(wrapping: error).refusal)
        }
    }
}
