import DossierTestSupport

/// Virtual time: what is to happen when, in milliseconds. Of what happens at one moment, that comes
/// first which was arranged first.
struct VirtualTime {
    private struct Item {
        var moment: Int64
        var number: UInt64
        var body: () -> Void

        func isBefore(_ other: Item) -> Bool {
            (self.moment, self.number) < (other.moment, other.number)
        }
    }

    private(set) var now: Int64 = 0
    private var heap: [Item] = []
    private var count: UInt64 = 0

    mutating func arrange(at moment: Int64, _ body: @escaping () -> Void) {
        self.count += 1
        self.heap.append(Item(moment: max(moment, self.now), number: self.count, body: body))
        var index = self.heap.count - 1
        while index > 0, self.heap[index].isBefore(self.heap[(index - 1) / 2]) {
            self.heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Forgets all that is to happen: what holds on to others must let go in the end.
    mutating func clear() { self.heap = [] }

    /// Goes on to what happens next, and gives it; nil if nothing does before an end.
    mutating func advance(until end: Int64) -> (() -> Void)? {
        guard let first = self.heap.first, first.moment <= end else { return nil }
        self.now = first.moment
        let last = self.heap.removeLast()
        guard !self.heap.isEmpty else { return first.body }
        self.heap[0] = last
        var index = 0
        while true {
            let children = [2 * index + 1, 2 * index + 2].filter { $0 < self.heap.count }
            guard let least = children.min(by: { self.heap[$0].isBefore(self.heap[$1]) }),
                self.heap[least].isBefore(self.heap[index])
            else { return first.body }
            self.heap.swapAt(index, least)
            index = least
        }
    }
}
