import ArgumentParser

/// The command line's entry point.
@main
struct Dossier: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Exchange of findings on sanctions evasion.")
}
