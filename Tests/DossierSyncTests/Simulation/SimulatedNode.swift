import DossierCore
import DossierCrypto
import MerkleLog

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
    /// Whether it leaves out records of others' logs that it should hand on.
    var withholds = false
    /// Which leaves of its log were once released to whom.
    var released: [String: Set<Int>] = [:]

    // Grounds by originator, and how much was held then.
    private var grounds: [String: (changes: Int, value: [UInt8])] = [:]

    init(_ organisation: String) throws {
        self.organisation = organisation
        self.log = try MemoryLog(of: organisation)
        self.workload = Workload(of: organisation)
    }

    /// The mirror of another's log.
    func mirror(of origin: SimulatedNode) -> SimulatedMirror? {
        self.links.first { $0.peer === origin }?.mirror
    }

    /// The newest checkpoint that it can show of a log; nil before there is one.
    func published(of origin: SimulatedNode) -> SignedCheckpoint? {
        origin === self ? self.log.checkpoint : self.mirror(of: origin)?.published
    }

    /// Whether it has a record of a log.
    func has(_ index: Int, of origin: SimulatedNode) -> Bool {
        origin === self || self.mirror(of: origin)?.records[index] != nil
    }

    /// Whether a leaf of a log is released to a mirror now.
    func releases(_ index: Int, of origin: SimulatedNode, to reader: String) -> Bool {
        let leaf = origin.log.leaves[index]
        guard self.has(index, of: origin), leaf.facts.isMirrored,
            self.findings.releases(leaf.hash, to: reader, from: self.organisation)
        else { return false }
        origin.released[reader, default: []].insert(index)
        return true
    }

    /// The leaves of a log that are released to a mirror now.
    func entitled(_ reader: String, of origin: SimulatedNode) -> Set<Int> {
        let size = Int(self.published(of: origin)?.head.size ?? 0)
        return Set((0..<size).filter { self.releases($0, of: origin, to: reader) })
    }

    /// Signs and logs records.
    func submit(_ records: [[UInt8]]) throws {
        let before = self.log.leaves.count
        try self.log.submit(records)
        for leaf in self.log.leaves[before...] { self.findings.take(leaf.hash, leaf.facts) }
    }

    /// What it says with a log.
    func releaseEpoch(of origin: SimulatedNode) -> [UInt8] {
        var epoch = self.grounds(of: origin)
        let late = self.mirror(of: origin)?.lateCount ?? 0
        epoch[0] ^= UInt8(truncatingIfNeeded: late)
        epoch[1] ^= UInt8(truncatingIfNeeded: late >> 8)
        return epoch
    }

    /// It is asked for much more often than anything changes.
    private func grounds(of origin: SimulatedNode) -> [UInt8] {
        let known = self.grounds[origin.organisation]
        if let known, known.changes == self.findings.changes { return known.value }
        let value = self.findings.grounds(ofAnnotationsBy: origin.organisation)
        self.grounds[origin.organisation] = (self.findings.changes, value)
        return value
    }
}
