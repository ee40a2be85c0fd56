import NIOCore

/// The deadlines of a connection's calls with the one timer that serves them. Belongs to the event
/// loop.
final class DeadlineTimer {
    private let eventLoop: any EventLoop
    private var queue = DeadlineQueue()
    private var timer: (fires: NIODeadline, task: Scheduled<Void>)?
    /// Called with each stream whose deadline has passed.
    var expired: (Int32) -> Void = { _ in }

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Adds a stream that has `nanoseconds` from now.
    func add(_ stream: Int32, in nanoseconds: Int64) {
        // A time beyond what the clock can hold is no deadline in any practical sense.
        let (time, overflow) = self.eventLoop.now.uptimeNanoseconds.addingReportingOverflow(
            UInt64(max(nanoseconds, 0)))
        guard !overflow, time <= UInt64(Int64.max) else { return }
        self.queue.insert(stream, at: time)
        self.arm()
    }

    /// Notes that a call with a deadline has ended.
    func callEnded(isOpen: (Int32) -> Bool) {
        self.queue.callEnded(isOpen: isOpen)
    }

    func stop() {
        self.timer?.task.cancel()
        self.timer = nil
        self.queue = DeadlineQueue()
    }

    private func arm() {
        guard let earliest = self.queue.earliest else { return }
        let fires = NIODeadline.uptimeNanoseconds(earliest)
        if let timer, timer.fires <= fires { return }
        self.timer?.task.cancel()
        let fire: () -> Void = { [weak self] in self?.fire() }
        let task = self.eventLoop.assumeIsolated().scheduleTask(deadline: fires, fire)
        self.timer = (fires, task)
    }

    private func fire() {
        self.timer = nil
        for stream in self.queue.expired(at: self.eventLoop.now.uptimeNanoseconds) {
            self.expired(stream)
        }
        self.arm()
    }
}
