import DossierCore
import DossierCrypto

/// One organisation's node: its log, its mirrors of the others' logs, and what follows them.
final class SimulatedNode {
    let organisation: String
    let log: MemoryLog
    var workload: Workload
    var links: [SimulatedLink] = []
    /// Everything that the node holds, of its log and of its mirrors.
    var findings = Findings()
    var isUp = true
    /// How much longer than usual everything takes that it does.
    var slowness: Int64 = 1
    var failsToKeep = false
    /// In answer to what it lies.
    var lies = false
    var liesOfLate = false
    /// Which leaves of its log were once released to whom.
    var released: [String: Set<Int>] = [:]

    init(_ organisation: String) throws {
        self.organisation = organisation
        self.log = try MemoryLog(of: organisation)
        self.workload = Workload(of: organisation)
    }

    /// Whether a leaf of its log is released to a mirror now.
    func releases(_ index: Int, to reader: String) -> Bool {
        let leaf = self.log.leaves[index]
        guard leaf.facts.isMirrored,
            self.findings.releases(leaf.hash, to: reader, from: self.organisation)
        else { return false }
        self.released[reader, default: []].insert(index)
        return true
    }

    /// The leaves of its log that are released to a mirror now.
    func entitled(_ reader: String) -> Set<Int> {
        Set(self.log.leaves.indices.filter { self.releases($0, to: reader) })
    }

    /// Signs and logs records.
    func submit(_ records: [[UInt8]]) throws {
        let before = self.log.leaves.count
        try self.log.submit(records)
        for leaf in self.log.leaves[before...] { self.findings.take(leaf.hash, leaf.facts) }
    }

    var releaseEpoch: [UInt8] {
        self.findings.grounds(ofAnnotationsBy: self.organisation)
    }
}
