import ArgumentParser
import DossierCore

/// How a finding is named on the command line: kr/KR-2025-0117, or KR-2025-0117 for one of the
/// speaker's own organisation.
struct FindingName: ExpressibleByArgument {
    static let help: ArgumentHelp =
        "The finding: KR-2025-0117 for one of your own organisation, or kr/KR-2025-0117."

    private let text: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        self.text = argument
    }

    /// Originator and reference. References may have slashes in them: only what a member is called
    /// is an originator.
    func resolved(own organisation: String, _ members: Members) -> Finding {
        if let slash = self.text.firstIndex(of: "/"), members.contains(String(self.text[..<slash]))
        {
            return Finding(
                originator: String(self.text[..<slash]),
                reference: String(self.text[self.text.index(after: slash)...]))
        }
        return Finding(originator: organisation, reference: self.text)
    }

    /// A finding by its full name.
    struct Finding: Hashable, CustomStringConvertible {
        let originator: String
        let reference: String

        /// `originator/reference`.
        var description: String { "\(self.originator)/\(self.reference)" }
    }
}
