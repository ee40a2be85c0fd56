import ArgumentParser

/// How answers are printed.
struct OutputOptions: ParsableArguments {
    /// The forms an answer can have.
    enum Form: String, ExpressibleByArgument, CaseIterable {
        /// A table for people.
        case table
        /// One JSON object a line.
        case json
    }

    @Option(help: "table or json (default: table on a terminal, one JSON object a line otherwise).")
    var output: Form?

    /// The form asked for, or the one that fits where the answer goes.
    var form: Form {
        self.output ?? (Terminal.answersArePrintedToTerminal ? .table : .json)
    }
}
