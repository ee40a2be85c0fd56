import Glibc

/// Threads of the store's own that run what would block: system calls on files.
///
/// Neither an event loop nor the cooperative pool may wait for a disk. The threads end when the
/// executor's last reference is gone and what was enqueued is done.
final class ThreadExecutor: TaskExecutor {
    private let queue = JobQueue()

    /// Starts the threads.
    init(threadCount: Int) {
        for _ in 0..<threadCount { self.queue.startThread() }
    }

    deinit { self.queue.finish() }

    func enqueue(_ job: consuming ExecutorJob) {
        self.queue.append(
            .init(job: UnownedJob(job), executor: .task(self.asUnownedTaskExecutor())))
    }
}

/// One thread of the store's own, on which an actor can live that makes system calls on files.
final class SerialThreadExecutor: SerialExecutor {
    private let queue = JobQueue()

    /// Starts the thread.
    init() { self.queue.startThread() }

    deinit { self.queue.finish() }

    func enqueue(_ job: consuming ExecutorJob) {
        self.queue.append(
            .init(job: UnownedJob(job), executor: .serial(self.asUnownedSerialExecutor())))
    }
}

/// The jobs that wait for a thread.
///
/// Unchecked: `jobs` and `isFinished` are only touched under `mutex`, which like `condition` lives
/// at a fixed address as long as the queue does.
private final class JobQueue: @unchecked Sendable {
    /// A job and whose it is. Whoever waits for the job keeps the executor alive.
    struct Entry {
        enum Executor {
            case serial(UnownedSerialExecutor)
            case task(UnownedTaskExecutor)
        }

        var job: UnownedJob
        var executor: Executor

        func run() {
            switch self.executor {
            case .serial(let executor): self.job.runSynchronously(on: executor)
            case .task(let executor): self.job.runSynchronously(on: executor)
            }
        }
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [Entry] = []
    // The jobs before this one are taken.
    private var head = 0
    private var isFinished = false

    init() {
        // With default attributes neither can fail on Linux.
        pthread_mutex_init(self.mutex, nil)
        pthread_cond_init(self.condition, nil)
    }

    deinit {
        pthread_cond_destroy(self.condition)
        pthread_mutex_destroy(self.mutex)
        self.condition.deallocate()
        self.mutex.deallocate()
    }

    func append(_ entry: Entry) {
        pthread_mutex_lock(self.mutex)
        self.jobs.append(entry)
        pthread_mutex_unlock(self.mutex)
        pthread_cond_signal(self.condition)
    }

    func finish() {
        pthread_mutex_lock(self.mutex)
        self.isFinished = true
        pthread_mutex_unlock(self.mutex)
        pthread_cond_broadcast(self.condition)
    }

    /// Starts a thread that runs jobs until the queue is finished and empty.
    func startThread() {
        let queue = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<JobQueue>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, queue.toOpaque())
        guard result == 0 else { preconditionFailure("the system has no thread left") }
        pthread_detach(thread)
    }

    private func run() {
        while let entry = self.next() { entry.run() }
    }

    /// The next job, waiting for one; nil when there will be none any more.
    private func next() -> Entry? {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        while self.head == self.jobs.count {
            if self.isFinished { return nil }
            pthread_cond_wait(self.condition, self.mutex)
        }
        let entry = self.jobs[self.head]
        self.head += 1
        // Also a queue that is never quite empty gives its memory back.
        if self.head == self.jobs.count || self.head == 1024 {
            self.jobs.removeFirst(self.head)
            self.head = 0
        }
        return entry
    }
}
