/// Writes protobuf's wire format, by hand and for tests only: it shares no code with the codec.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(rest))
    }

    /// A field with a number for a value.
    mutating func field(_ number: UInt32, varint value: UInt64) {
        self.varint(UInt64(number) << 3)
        self.varint(value)
    }

    /// A field with a string, bytes or message for a value.
    mutating func field(_ number: UInt32, bytes value: some Collection<UInt8>) {
        self.varint(UInt64(number) << 3 | 2)
        self.varint(UInt64(value.count))
        self.bytes.append(contentsOf: value)
    }
}
