internal import CDossierProtos

/// The memory in which records are built and unpacked: one arena a thread, used again and again.
enum RecordArena {
    /// The most that one record may take. One of ``Record/maximumEncodedBytes`` with as many
    /// elements as the wire check lets through takes less; what takes more is meant to exhaust us.
    static let maximumBytes = 4 * 1_024 * 1_024

    /// Calls `body` with the calling thread's arena. Pointers into it must not outlive the call.
    @inline(__always)
    static func withArena<Result>(
        _ body: (UnsafeMutablePointer<dossier_arena>) throws -> Result
    ) throws -> Result {
        guard let arena = dossier_arena_borrow(Self.maximumBytes) else {
            throw CoreError(code: .outOfMemory, message: "no memory for an arena")
        }
        defer { dossier_arena_return(arena) }
        return try body(arena)
    }
}

extension CoreError {
    /// The arena refused more memory.
    static func arenaIsFull() -> CoreError {
        CoreError(
            code: .recordTooLarge,
            message: "record takes more than \(RecordArena.maximumBytes) bytes of memory")
    }

    /// An encoded record is past the limit.
    static func recordTooLarge(_ size: Int) -> CoreError {
        CoreError(
            code: .recordTooLarge,
            message: "record has \(size) bytes, at most \(Record.maximumEncodedBytes) are allowed")
    }
}
