import DossierAPI
import DossierCore

extension SyncReport {
    /// Prints how each peer stands, and on standard error what failed and what to do.
    func print(_ form: OutputOptions.Form) throws {
        switch form {
        case .json:
            for peer in self.peers { Terminal.answer(try peer.json()) }
            if !self.warnings.isEmpty { Terminal.answer(try self.warningsJSON()) }
        case .table:
            var table = Table([
                "PEER", "STATE", "FROM", "BEHIND", "LAG", "MIRRORED", "HASH-ONLY", "DIRECTLY HEARD",
                "RATE", "ETA", "RECEIVED",
            ])
            for peer in self.peers { table.add(peer.row) }
            for line in table.lines(width: Terminal.width) { Terminal.answer(line) }
            for warning in self.warnings {
                Terminal.answer("warning: \(warning.escapedForTerminal)")
            }
        }
        for peer in self.peers { peer.printRemarks() }
    }

    /// ProtoJSON of a `dossier.v1.GetSyncStatusResponse` with the warnings alone.
    private func warningsJSON() throws -> String {
        try ProtoJSON.encode(
            message: "dossier.v1.GetSyncStatusResponse",
            SyncReport(peers: [], warnings: self.warnings).encoded())
    }
}

extension PeerSyncStatus {
    /// ProtoJSON of a `dossier.v1.PeerSyncStatus`.
    fileprivate func json() throws -> String {
        let report = try ProtoJSON.encode(
            message: "dossier.v1.GetSyncStatusResponse", SyncReport(peers: [self]).encoded())
        // {"peers":[…]}: the one peer.
        guard let start = report.firstIndex(of: "["), let end = report.lastIndex(of: "]") else {
            return "{}"
        }
        return String(report[report.index(after: start)..<end])
    }

    /// Cells of a table.
    fileprivate var row: [String] {
        [
            self.organisation, self.state.name, self.path, "\(self.backlog)",
            Self.duration(self.lagSeconds), "\(self.mirrored)", "\(self.hashOnly)",
            self.heardAt.isEmpty ? "never" : "\(Self.duration(self.directAgeSeconds)) ago",
            "\(self.rate)/s",
            self.remainingSeconds == 0 ? "" : Self.duration(self.remainingSeconds),
            Self.size(self.receivedBytes),
        ]
    }

    /// What an operator must know beside the row.
    fileprivate func printRemarks() {
        let peer = self.organisation.escapedForTerminal
        if !self.error.isEmpty {
            let time = self.failedAt.isEmpty ? "" : " (\(self.failedAt.escapedForTerminal))"
            Terminal.error("\(peer): \(self.error.escapedForTerminal)\(time)")
            if !self.advice.isEmpty { Terminal.hint(self.advice.escapedForTerminal) }
        }
        if self.isStale {
            Terminal.warning(
                "\(peer): its own node was not heard for long; answers from its log are marked stale"
            )
        }
        if !self.evidence.isEmpty {
            Terminal.note("\(peer): evidence is in \(self.evidence.escapedForTerminal)")
        }
        if self.notReleased > 0 {
            Terminal.warning(
                "\(peer): sent \(self.notReleased) records that are not released to you; their "
                    + "hashes alone are kept")
        }
    }

    private static func duration(_ seconds: UInt64) -> String {
        switch seconds {
        case ..<60: "\(seconds)s"
        case ..<3_600: "\(seconds / 60)m\(seconds % 60)s"
        case ..<86_400: "\(seconds / 3_600)h\(seconds % 3_600 / 60)m"
        case _: "\(seconds / 86_400)d\(seconds % 86_400 / 3_600)h"
        }
    }

    private static func size(_ bytes: UInt64) -> String {
        var value = bytes
        var tenths: UInt64 = 0
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        while value >= 1_024, unit < units.count - 1 {
            tenths = value % 1_024 * 10 / 1_024
            value /= 1_024
            unit += 1
        }
        return unit == 0 ? "\(value) B" : "\(value).\(tenths) \(units[unit])"
    }
}
