import Logging
import Synchronization

/// What was logged, a line an event.
final class LogLines: Sendable {
    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = self.metadata.merging(event.metadata ?? [:]) { $1 }
            let values = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
            self.lines.lines.withLock {
                $0.append((event.level, "\(event.message)\(values.joined())"))
            }
        }
    }

    private let lines = Mutex<[(level: Logger.Level, text: String)]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    /// Takes out the lines of a level.
    func take(_ level: Logger.Level) -> [String] {
        self.lines.withLock { lines in
            defer { lines.removeAll { $0.level == level } }
            return lines.filter { $0.level == level }.map(\.text)
        }
    }
}
