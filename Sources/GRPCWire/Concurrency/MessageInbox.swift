import NIOCore

/// The messages of one direction of a call, from the event loop that receives them to the task that
/// reads them. Belongs to the event loop.
final class MessageInbox {
    /// What the reader waits with, while it waits.
    private var waiter: CheckedContinuation<[UInt8]?, any Error>?
    /// Counts those who waited: a cancellation that comes late must not hit the next one.
    private var turn = 0
    private var messages = CircularBuffer<[UInt8]>(initialCapacity: 2)
    private var end: Result<Void, any Error>?
    /// Called with the length of each message as its reader takes it.
    private let taken: (Int) -> Void

    init(taken: @escaping (Int) -> Void) {
        self.taken = taken
    }

    /// Whether no message waits for its reader.
    var isEmpty: Bool { self.messages.isEmpty }

    /// Adds a message.
    func push(_ message: consuming [UInt8]) {
        guard self.end == nil else { return }
        guard let waiter else {
            self.messages.append(message)
            return
        }
        self.waiter = nil
        self.taken(message.count)
        waiter.resume(returning: message)
    }

    /// Ends the direction in order: the reader gets what there is, then nil.
    func finish() {
        self.finish(with: .success(()))
    }

    /// Ends the direction with an error, after what there is.
    func fail(_ error: any Error) {
        self.finish(with: .failure(error))
    }

    /// Ends the direction with an error; what there is is dropped.
    func abort(_ error: any Error) {
        self.messages.removeAll()
        self.end = .failure(error)
        self.finish(with: .failure(error))
    }

    private func finish(with end: Result<Void, any Error>) {
        if self.end == nil { self.end = end }
        guard let waiter else { return }
        self.waiter = nil
        waiter.resume(with: (self.end ?? end).map { nil })
    }

    /// What can be had without waiting.
    private enum Ready {
        case message([UInt8])
        case end
        case nothing
    }

    private func poll() throws -> Ready {
        if let message = self.messages.popFirst() {
            self.taken(message.count)
            return .message(message)
        }
        guard let end else { return .nothing }
        try end.get()
        return .end
    }

    /// The next message, nil after the last. Called on the event loop, by one reader at a time.
    func next(on executor: EventLoopExecutor) async throws -> [UInt8]? {
        switch try self.poll() {
        case .message(let message): return message
        case .end: return nil
        case .nothing: return try await self.wait(on: executor)
        }
    }

    private func wait(on executor: EventLoopExecutor) async throws -> [UInt8]? {
        self.turn += 1
        let turn = self.turn
        let reference = LoopReference(self, executor.eventLoop)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { self.wait($0) }
        } onCancel: {
            reference.execute { $0.cancelWaiter(of: turn) }
        }
    }

    private func wait(_ continuation: CheckedContinuation<[UInt8]?, any Error>) {
        guard self.waiter == nil else {
            continuation.resume(throwing: GRPCError(.invalidState, "stream has two readers"))
            return
        }
        guard !Task.isCancelled else {
            continuation.resume(throwing: CancellationError())
            return
        }
        self.waiter = continuation
    }

    private func cancelWaiter(of turn: Int) {
        guard turn == self.turn else { return }
        self.waiter?.resume(throwing: CancellationError())
        self.waiter = nil
    }
}

/// A reference to an object of an event loop that may be carried anywhere and is used on the loop.
struct LoopReference<Value: AnyObject>: @unchecked Sendable {
    // Sendable: `value` is reached through `execute` only, on its event loop.
    private let value: Value
    private let eventLoop: any EventLoop

    init(_ value: Value, _ eventLoop: any EventLoop) {
        self.value = value
        self.eventLoop = eventLoop
    }

    /// Calls `body` on the event loop, at once if that is where the caller is.
    func execute(_ body: @escaping @Sendable (Value) -> Void) {
        if self.eventLoop.inEventLoop {
            body(self.value)
        } else {
            self.eventLoop.execute { body(self.value) }
        }
    }
}
