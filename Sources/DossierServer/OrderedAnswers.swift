import DossierAPI

/// Writes answers in the order of their requests, whatever the order they are ready in, and says
/// when the next request may be taken up.
///
/// One reader of requests calls `waitForRoom`, any number of tasks deliver.
actor OrderedAnswers {
    private let write: @Sendable ([UInt8]) async throws -> Void
    private var ready: [Int: [UInt8]] = [:]
    private var written = 0
    private var isWriting = false
    private var failure: (any Error)?
    private var waiting: (position: Int, continuation: CheckedContinuation<Void, any Error>)?

    /// - Parameter write: writes one answer, after waiting until the client has taken enough of
    ///   those before.
    init(write: @escaping @Sendable ([UInt8]) async throws -> Void) {
        self.write = write
    }

    /// Waits until fewer than ``Exchange/streamWindow`` requests before `position` are without an
    /// answer.
    ///
    /// Throws what kept an answer from being written.
    func waitForRoom(at position: Int) async throws {
        if let failure = self.failure { throw failure }
        guard position - self.written >= Exchange.streamWindow else { return }
        try await withCheckedThrowingContinuation { self.waiting = (position, $0) }
    }

    /// Takes an answer and writes all whose turn has come.
    func deliver(_ answer: [UInt8], at position: Int) async throws {
        self.ready[position] = answer
        guard !self.isWriting else { return }
        self.isWriting = true
        defer { self.isWriting = false }
        while let answer = self.ready.removeValue(forKey: self.written) {
            try await self.write(answer)
            self.written += 1
            self.settle()
        }
    }

    /// No more answers will be written.
    func fail(_ error: any Error) {
        self.failure = self.failure ?? error
        self.settle()
    }

    private func settle() {
        guard let (position, continuation) = self.waiting else { return }
        if let failure = self.failure {
            self.waiting = nil
            continuation.resume(throwing: failure)
        } else if position - self.written < Exchange.streamWindow {
            self.waiting = nil
            continuation.resume()
        }
    }
}
