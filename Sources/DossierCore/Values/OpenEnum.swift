/// An enumeration that newer versions of the format may add to: any number is a value, the ones
/// known here have names.
public protocol OpenEnum: RawRepresentable, Hashable, Sendable where RawValue == Int32 {
    /// Any number, also one that is not known here.
    init(rawValue: Int32)
}
