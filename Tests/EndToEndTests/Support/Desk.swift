import DossierAPI
import DossierClient
import DossierTestSupport
import Testing

/// To whom findings are released.
enum Audience: Sendable {
    /// Some of these.
    case any(of: [String])
    /// Those next to the originator in this order, on either side: whoever hands a finding on must
    /// have it himself.
    case neighbours(in: [String])

    /// Readers of a new finding.
    func readers(of originator: String, _ generator: inout SeededGenerator) -> [String] {
        switch self {
        case .any(let all):
            all.filter { $0 != originator && Int.random(in: 0..<3, using: &generator) > 0 }
        case .neighbours(let all): Self.span(of: all, around: originator, &generator)
        }
    }

    /// Some of a finding's readers.
    func fewer(
        than readers: [String], of originator: String, _ generator: inout SeededGenerator
    ) -> [String] {
        switch self {
        case .any: readers.filter { _ in Bool.random(using: &generator) }
        case .neighbours(let all):
            Self.span(
                of: all.filter { $0 == originator || readers.contains($0) }, around: originator,
                &generator)
        }
    }

    private static func span(
        of all: [String], around originator: String, _ generator: inout SeededGenerator
    ) -> [String] {
        guard let place = all.firstIndex(of: originator) else { return [] }
        let first = Int.random(in: 0...place, using: &generator)
        let last = Int.random(in: place..<all.count, using: &generator)
        return all[first...last].filter { $0 != originator }
    }
}

/// What one organisation's analysts submit while its node comes and goes.
actor Desk {
    private let organisation: String
    private let audience: Audience
    private var generator: SeededGenerator
    private var findings: [FindingDraft] = []
    private var unanswered: [FindingDraft] = []
    private var number = 0
    private var isOver = false
    /// How many versions were acknowledged.
    private(set) var acknowledged = 0

    init(of organisation: String, audience: Audience, seed: UInt64) {
        self.organisation = organisation
        self.audience = audience
        self.generator = SeededGenerator(seed: seed)
    }

    /// Submits versions one after the other until it is told to stop; what was not acknowledged is
    /// submitted again.
    func work(_ consortium: Consortium) async throws {
        let analyst = try Analyst(consortium.scene(self.organisation), of: self.organisation)
        while !self.isOver {
            do {
                let client = try await analyst.connect(to: consortium.node(self.organisation))
                defer { client.close() }
                while !self.isOver {
                    if self.unanswered.isEmpty { self.unanswered = try self.next() }
                    try await client.submit(self.unanswered.map(\.newest))
                    self.keep()
                    try await Task.sleep(for: .milliseconds(15))
                }
            } catch let error as ExchangeError {
                #expect(
                    error.code == .unavailable || error.code == .failed,
                    "\(String(reflecting: error))")
            } catch is TestSupportError {
                // The node does not run.
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Ends the work.
    func close() { self.isOver = true }

    private func next() throws -> [FindingDraft] {
        let open = self.findings.indices.filter { !self.findings[$0].isWithdrawn }
        guard let index = open.randomElement(using: &self.generator),
            self.roll(2) > 0 || open.count > 30
        else {
            return (0...self.roll(5)).map { _ in
                self.number += 1
                return FindingDraft(
                    "\(self.organisation)-\(self.number)", of: self.organisation,
                    to: self.audience.readers(of: self.organisation, &self.generator))
            }
        }
        var finding = self.findings[index]
        switch self.roll(4) {
        case 0: try finding.withdraw()
        case 1:
            try finding.restrict(
                to: self.audience.fewer(
                    than: finding.releasability, of: self.organisation, &self.generator))
        default: try finding.amend()
        }
        return [finding]
    }

    private func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &self.generator) }

    private func keep() {
        self.acknowledged += self.unanswered.count
        for version in self.unanswered {
            let index = self.findings.firstIndex { $0.reference == version.reference }
            if let index { self.findings[index] = version } else { self.findings.append(version) }
        }
        self.unanswered = []
    }
}
