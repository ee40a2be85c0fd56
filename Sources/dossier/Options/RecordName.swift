import ArgumentParser
import DossierAPI

/// How a record is named on the command line: its id, or originator/reference, or
/// originator/reference@version.
struct RecordName: ExpressibleByArgument {
    static let help: ArgumentHelp =
        "Record id, or originator/reference, or originator/reference@version."

    /// What the node is asked for.
    let selector: GetRequest.Selector

    init?(argument: String) {
        guard let slash = argument.firstIndex(of: "/") else {
            self.selector = .recordID(argument.lowercased())
            return
        }
        let originator = String(argument[..<slash])
        let rest = argument[argument.index(after: slash)...]
        guard let at = rest.lastIndex(of: "@") else {
            self.selector = .finding(
                originator: originator, reference: String(rest), version: 0)
            return
        }
        guard let version = UInt32(rest[rest.index(after: at)...]), version > 0 else { return nil }
        self.selector = .finding(
            originator: originator, reference: String(rest[..<at]), version: version)
    }
}
