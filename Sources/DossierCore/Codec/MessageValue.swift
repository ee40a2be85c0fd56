/// A value that is copied out of, and into, one of libprotobuf-c's message structs.
///
/// Conformers are found beside their `.proto` file's name, `Money+Codec.swift` and so on: three
/// functions a message, one line a field.
protocol MessageValue {
    /// The generated struct.
    associatedtype Message

    /// Gives a message's memory the state in which all its fields are absent.
    static func initialise(_ message: UnsafeMutablePointer<Message>)

    /// Copies a message that was unpacked.
    init(_ message: Message, _ reader: inout MessageReader)

    /// Sets the fields of a message in which all are absent.
    func write(to message: inout Message, _ writer: inout MessageWriter)
}

// Protobuf's enumerations are signed, the generated C ones are not.
extension OpenEnum {
    /// Any value of a generated enumeration.
    init<Value: RawRepresentable<UInt32>>(_ value: Value) {
        self.init(rawValue: Int32(bitPattern: value.rawValue))
    }

    /// What a generated enumeration is made of.
    var bits: UInt32 { UInt32(bitPattern: self.rawValue) }
}
