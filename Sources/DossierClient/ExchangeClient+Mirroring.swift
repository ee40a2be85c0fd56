public import DossierAPI
import DossierCore
import DossierCrypto
import GRPCWire

// MARK: - Mirroring

extension ExchangeClient {
    /// Asks the node about the logs that it offers.
    ///
    /// The messages are bytes as they came: nothing of them is verified.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``.
    public func ask(_ question: LogQuestion) async throws -> MirrorMessages {
        switch question {
        case .watch: try await self.messages(of: Mirroring.watch, [])
        case .follow(let request):
            try await self.messages(of: Mirroring.follow, request.encoded())
        case .fetch(let request):
            try await self.messages(of: Mirroring.fetch, request.encoded())
        }
    }

    private func messages(of method: MethodPath, _ request: [UInt8]) async throws -> MirrorMessages
    {
        let (node, revocations) = (self.node, self.configuration.revocations)
        return try await self.call(knowing: nil) {
            MirrorMessages(
                responses: try await self.grpc.serverStreaming(method, request, timeout: nil),
                checkNode: { () throws(ExchangeError) in try node.check(revocations()) })
        }
    }

    /// Offers logs to the node: one call, which waits for the node's one question, and returns when
    /// that is answered or the node has ended the call.
    ///
    /// - Parameter onQuestion: called when the question has come.
    /// - Throws: ``DossierAPI/ExchangeError`` when the call ends without a question, or fails.
    public func offer(
        _ offering: any LogOffering, onQuestion: @Sendable () async -> Void
    ) async throws {
        try await self.call(knowing: nil) {
            try await self.grpc.bidirectional(Mirroring.offer) { answers, questions in
                var iterator = questions.makeAsyncIterator()
                guard let bytes = try await iterator.next() else {
                    throw ExchangeError(
                        code: .unavailable, message: "the node ended the call without a question")
                }
                await onQuestion()
                try await self.answer(
                    LogQuestion(decoding: bytes), with: offering, answers, questions)
            }
        }
    }

    /// Answers until the other side, which reads at its own pace, has ended the call.
    private func answer(
        _ question: LogQuestion, with offering: any LogOffering, _ answers: RequestWriter,
        _ questions: ResponseStream
    ) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    try self.requireNode()
                    try await offering.answer(
                        question, of: self.configuration.organisation.id
                    ) { try await answers.write(OfferAnswer.message($0).encoded()) }
                } catch let error as ExchangeError {
                    try await answers.write(OfferAnswer.refusal(error.refusal).encoded())
                }
                answers.finish()
                return false
            }
            group.addTask {
                for try await _ in questions {}
                return true
            }
            defer { group.cancelAll() }
            while let isOver = try await group.next(), !isOver {}
        }
    }

    /// The node must be one that may mirror logs, as if it had asked by itself.
    private func requireNode() throws(ExchangeError) {
        let roles = self.identity.map {
            self.configuration.judge.members.roles(of: $0, at: self.configuration.now())
        }
        guard roles?.contains(.node) == true else {
            throw ExchangeError(
                code: .notPermitted,
                message: "\(self.identity?.spiffeID ?? "") may not mirror logs: it needs role node")
        }
    }
}

/// The messages of a call that mirrors a log. Letting go of them ends the call.
public struct MirrorMessages: Sendable {
    let responses: ResponseStream
    /// Throws if the node's certificate was taken back.
    let checkNode: @Sendable () throws(ExchangeError) -> Void

    /// The next message as it came; nil when the node has ended the call.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``, with code `unverifiable` when the node's certificate
    ///   was taken back meanwhile.
    public func next() async throws -> [UInt8]? {
        do {
            var iterator = self.responses.makeAsyncIterator()
            let message = try await iterator.next()
            try self.checkNode()
            return message
        } catch let status as GRPCStatus {
            throw ExchangeError(status)
        }
    }
}
