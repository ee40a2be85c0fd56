import NIOCore

/// Runs tasks on an event loop. A job that is enqueued on the loop itself, which is the usual case,
/// waits in an array without lock or wake-up, and a connection runs those that its input made ready
/// before it writes: calls that arrived in one read are answered in one write.
final class EventLoopExecutor: TaskExecutor, @unchecked Sendable {
    // Sendable: `jobs` and `isScheduled` are touched on the event loop only, which `enqueue` asks
    // for and `drain` demands.

    /// Jobs that run in a row before other events of the loop get their turn.
    private static let maximumRun = 1024

    let eventLoop: any EventLoop
    private var jobs = CircularBuffer<UnownedJob>(initialCapacity: 64)
    private var isScheduled = false

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// An executor for each loop of a group, by the loop's identity.
    static func all(of group: any EventLoopGroup) -> [ObjectIdentifier: EventLoopExecutor] {
        let loops = Array(group.makeIterator())
        return Dictionary(
            loops.map { (ObjectIdentifier($0), EventLoopExecutor($0)) },
            uniquingKeysWith: { first, _ in first })
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard self.eventLoop.inEventLoop else {
            self.eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
            return
        }
        self.jobs.append(job)
        self.schedule()
    }

    private func schedule() {
        guard !self.isScheduled else { return }
        self.isScheduled = true
        self.eventLoop.execute {
            self.isScheduled = false
            self.drain()
        }
    }

    /// Runs what is enqueued, and what that enqueues. Called on the event loop.
    func drain() {
        self.eventLoop.preconditionInEventLoop()
        var left = Self.maximumRun
        while left > 0, let job = self.jobs.popFirst() {
            job.runSynchronously(on: self.asUnownedTaskExecutor())
            left -= 1
        }
        if !self.jobs.isEmpty { self.schedule() }
    }

    /// Calls `body` on the event loop without waiting for it: at once if the caller is there.
    func perform(_ body: @escaping @Sendable () -> Void) {
        if self.eventLoop.inEventLoop { body() } else { self.eventLoop.execute(body) }
    }

    /// Calls `body` on the event loop, from wherever the caller is.
    func run<Value: Sendable>(
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        if self.eventLoop.inEventLoop { return try await body() }
        return try await withTaskExecutorPreference(self, operation: body)
    }
}
