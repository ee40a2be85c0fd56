import FoundationEssentials
import Glibc

/// This program, run again with other arguments.
final class ChildProcess {
    private let identifier: pid_t
    private var status: Int32?

    /// Starts the program.
    ///
    /// - Parameters:
    ///   - settings: environment variables beside our own.
    ///   - standardOutput: file that its answers go to; nil for where our own go.
    ///   - standardError: file that everything else goes to; nil for where our own goes.
    init(
        _ arguments: [String], _ settings: [String: String], standardOutput: String? = nil,
        standardError: String? = nil
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let files = [(STDOUT_FILENO, standardOutput), (STDERR_FILENO, standardError)]
        for case (let descriptor, let path?) in files {
            posix_spawn_file_actions_addopen(
                &actions, descriptor, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        let environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }
        let words = Self.words(["dossier"] + arguments)
        let variables = Self.words(environment.map { "\($0)=\($1)" })
        defer { for word in words + variables { free(word) } }
        var identifier = pid_t()
        let failure = posix_spawn(
            &identifier, "/proc/self/exe", &actions, nil, words, variables)
        guard failure == 0 else {
            throw CommandFailure("dossier cannot be run: \(String(cString: strerror(failure)))")
        }
        self.identifier = identifier
    }

    /// Copies for C, ended by NULL.
    private static func words(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { strdup($0) } + [nil]
    }

    /// Whether it has not ended yet.
    var isRunning: Bool {
        guard self.status == nil else { return false }
        var status: Int32 = 0
        guard waitpid(self.identifier, &status, WNOHANG) == self.identifier else { return true }
        self.status = status
        return false
    }

    /// Waits until it ends, and gives its exit status; 128 and the signal when a signal ended it.
    @discardableResult
    func wait() -> Int32 {
        var status = self.status ?? 0
        while self.status == nil {
            if waitpid(self.identifier, &status, 0) == self.identifier || errno != EINTR {
                self.status = status
            }
        }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// Sends a signal, and waits until it ends.
    func end(_ signal: Int32) {
        guard self.isRunning else { return }
        kill(self.identifier, signal)
        self.wait()
    }
}
