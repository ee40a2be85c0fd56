import Glibc

/// The system's clock, in the unit that certificates are measured in here.
public enum UnixTime {
    /// Seconds since 1970 in UTC.
    public static var now: Int64 { Int64(time(nil)) }
}
