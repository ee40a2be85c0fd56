import Foundation

/// Records as people write them.
enum JSONInput {
    /// A statistic on one line; header and marking are left to the client.
    static func record(_ reference: String, title: String = "Title") -> String {
        """
        {"header":{"reference":"\(reference)"},"report":{"titles":[{"text":"\(title)",\
        "language":"en"}]},"assessment":{"metric":{"text":"metric"},"population":\
        {"text":"population"}}}
        """
    }
}

/// JSON as the program prints it.
enum JSONOutput {
    /// The object on each line.
    static func objects(_ outcome: Program.Outcome) throws -> [[String: Any]] {
        try outcome.lines.compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    /// Every text and number in a value, at any depth.
    static func texts(_ value: Any) -> [String] {
        switch value {
        case let text as String: [text]
        case let list as [Any]: list.flatMap { self.texts($0) }
        case let object as [String: Any]: object.values.flatMap { self.texts($0) }
        default: ["\(value)"]
        }
    }

    /// A value below another, by the names on the way.
    static func value(_ object: [String: Any], _ path: String...) -> Any? {
        path.reduce(object as Any?) { ($0 as? [String: Any])?[$1] }
    }
}
