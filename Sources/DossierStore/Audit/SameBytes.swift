import Glibc

extension UnsafeRawBufferPointer {
    /// Whether two buffers have the same bytes: `elementsEqual`, many bytes a step.
    func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard self.count == other.count else { return false }
        guard let start = self.baseAddress, let otherStart = other.baseAddress else { return true }
        return memcmp(start, otherStart, self.count) == 0
    }
}
