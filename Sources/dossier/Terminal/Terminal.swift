import Glibc

/// What the command line prints, and where.
///
/// Answers go to standard output and nothing else does; everything else goes to standard error,
/// with the program's name in front, in lower case and without a full stop. Untrusted text is
/// printed with control characters escaped, so that no record can move the cursor or hide a line.
enum Terminal {
    /// Prints a line of the answer.
    static func answer(_ line: String) {
        self.write("\(line)\n", to: STDOUT_FILENO)
    }

    /// Prints a line of the answer; what waits for a reader that takes nothing ends with the task.
    ///
    /// Throws `CancellationError`.
    static func answerUnlessCancelled(_ line: String) throws {
        var rest = Array("\(line)\n".utf8)[...]
        while !rest.isEmpty {
            try self.waitForRoom(in: STDOUT_FILENO)
            self.write(rest.prefix(Self.bytesAtOnce), to: STDOUT_FILENO)
            rest = rest.dropFirst(Self.bytesAtOnce)
        }
    }

    /// A pipe that has room at all has it for so many bytes: PIPE_BUF.
    private static let bytesAtOnce = 4_096
    /// How often one who waits for room looks whether he is still wanted, in milliseconds.
    private static let patience: Int32 = 100

    private static func waitForRoom(in descriptor: Int32) throws {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // A failure is for the write to tell.
        while poll(&request, 1, self.patience) == 0 { try Task.checkCancellation() }
    }

    /// Prints raw bytes of the answer.
    static func answer(bytes: [UInt8]) {
        self.write(bytes[...], to: STDOUT_FILENO)
    }

    /// Prints a remark.
    static func note(_ text: String) {
        self.write("dossier: \(text)\n", to: STDERR_FILENO)
    }

    /// Prints what went wrong.
    static func error(_ text: String) {
        self.note("error: \(text)")
    }

    /// Prints what to do about it.
    static func hint(_ text: String) {
        self.note("hint: \(text)")
    }

    /// Prints what may surprise.
    static func warning(_ text: String) {
        self.note("warning: \(text)")
    }

    /// Whether standard output is a terminal.
    static var answersArePrintedToTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether standard error is a terminal.
    static var remarksArePrintedToTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Width of the terminal that answers are printed to, in columns; nil when they go elsewhere.
    static var width: Int? {
        var size = winsize()
        guard self.answersArePrintedToTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0,
            size.ws_col > 0
        else { return nil }
        return Int(size.ws_col)
    }

    /// Writes all of a text; a reader that has gone away ends the program as SIGPIPE would.
    static func write(_ text: String, to descriptor: Int32) {
        self.write(Array(text.utf8)[...], to: descriptor)
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { exit(ExitStatus.failed.rawValue) }
            rest = rest.dropFirst(count)
        }
    }
}

/// Exit statuses of the program.
enum ExitStatus: Int32 {
    /// Done.
    case done = 0
    /// Failed.
    case failed = 1
    /// Something does not check against what it claims to be.
    case verificationFailed = 2
    /// Some items were refused, the others went through.
    case someRefused = 3
    /// The command line is wrong.
    case usage = 64
}

/// A failure that ends the program with a message, perhaps a hint, and a status.
struct CommandFailure: Error {
    var message: String
    var details: [String]
    var hint: String?
    var status: ExitStatus

    init(
        _ message: String, details: [String] = [], hint: String? = nil,
        status: ExitStatus = .failed
    ) {
        self.message = message
        self.details = details
        self.hint = hint
        self.status = status
    }
}
