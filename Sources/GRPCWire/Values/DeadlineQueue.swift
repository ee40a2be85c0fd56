/// The deadlines of a connection's calls, earliest first, so that one timer serves them all: calls
/// come and go far more often than deadlines pass. A binary heap; ended calls are swept out once
/// they are the greater part.
struct DeadlineQueue {
    private struct Entry {
        var time: UInt64
        var stream: Int32
    }

    private static let sweepThreshold = 64
    private var heap: [Entry] = []
    private var ended = 0

    /// The earliest deadline, which may be that of an ended call.
    var earliest: UInt64? { self.heap.first?.time }

    /// Adds a stream's deadline, in nanoseconds of the event loop's clock.
    mutating func insert(_ stream: Int32, at time: UInt64) {
        self.heap.append(Entry(time: time, stream: stream))
        self.siftUp(self.heap.count - 1)
    }

    /// Notes that a call with a deadline has ended. `isOpen` tells those that have not.
    mutating func callEnded(isOpen: (Int32) -> Bool) {
        self.ended += 1
        guard self.ended > Self.sweepThreshold, self.ended * 2 > self.heap.count else { return }
        self.heap = self.heap.filter { isOpen($0.stream) }.sorted { $0.time < $1.time }
        self.ended = 0
    }

    /// Takes out the streams whose deadline has passed.
    mutating func expired(at now: UInt64) -> [Int32] {
        var streams: [Int32] = []
        while let first = self.heap.first, first.time <= now {
            streams.append(first.stream)
            self.removeFirst()
        }
        return streams
    }

    private mutating func removeFirst() {
        let last = self.heap.removeLast()
        guard !self.heap.isEmpty else { return }
        self.heap[0] = last
        self.siftDown(0)
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard self.heap[child].time < self.heap[parent].time else { return }
            self.heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            let left = 2 * parent + 1
            guard left < self.heap.count else { return }
            let right = left + 1
            let isRight = right < self.heap.count && self.heap[right].time < self.heap[left].time
            let child = isRight ? right : left
            guard self.heap[child].time < self.heap[parent].time else { return }
            self.heap.swapAt(child, parent)
            parent = child
        }
    }
}
