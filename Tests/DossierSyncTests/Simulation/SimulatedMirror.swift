import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import DossierTestSupport
import MerkleLog

@testable import DossierSync

/// What a follower has kept of a log: the part of it that a kill leaves.
struct SimulatedMirror {
    /// How a mirror may be broken, to see whether the checks notice.
    enum Flaw: CaseIterable {
        case losesLateRecord, altersRecord, swapsHashes, inventsRecord, forgetsEpoch, keepsTwice
    }

    private(set) var hashes: [Digest] = []
    private(set) var records: [Int: [UInt8]] = [:]
    private(set) var edge = TreeEdge()
    private(set) var seen: SignedCheckpoint?
    /// The newest checkpoint that is of all that it had.
    private(set) var published: SignedCheckpoint?
    private(set) var asked: [String: AskedLeaves] = [:]
    /// Records that came late.
    private(set) var lateCount = 0
    /// Leaves that were to be kept although they were there.
    private(set) var repeated = 0
    var flaw: Flaw?

    var position: SyncPosition { SyncPosition(edge: self.edge, seen: self.seen) }

    /// Keeps leaves, and gives the indexes of those that it has records of.
    mutating func keep(_ leaves: MirroredLeaves) throws(SyncFailure) -> [Int] {
        guard leaves.firstIndex == self.edge.size else {
            self.repeated += 1
            throw SyncFailure(.storage, "leaves from \(leaves.firstIndex) on are out of order")
        }
        var kept: [Int] = []
        for run in leaves.runs {
            for (offset, position) in run.appended.enumerated() {
                if !run.records[offset].isEmpty {
                    kept.append(self.hashes.count)
                    self.records[self.hashes.count] = run.records[offset]
                }
                self.hashes.append(run.leafHashes[position])
                self.edge.append(run.leafHashes[position])
            }
        }
        if leaves.checkpoint.head.size >= self.seen?.head.size ?? 0 {
            self.seen = leaves.checkpoint
        }
        if leaves.checkpoint.head == self.edge.head { self.published = leaves.checkpoint }
        self.breakLeaves(kept)
        return kept
    }

    /// Keeps records that came late, and gives their indexes.
    mutating func keep(_ late: [LateRecord]) -> [Int] {
        var late = late
        if self.flaw == .losesLateRecord, !late.isEmpty {
            late.removeFirst()
            self.flaw = nil
        }
        for record in late {
            let index = Int(record.leafIndex)
            if self.records[index] != nil { self.repeated += 1 }
            self.records[index] = record.record
        }
        self.lateCount += late.count
        return late.map { Int($0.leafIndex) }
    }

    mutating func keep(_ asked: AskedLeaves, of organisation: String) {
        guard self.flaw != .forgetsEpoch else { return }
        self.asked[organisation] = asked
    }

    /// Those of some leaves of which there are the hashes alone.
    func gaps(in leaves: Range<UInt64>) -> [Range<UInt64>] {
        var gaps: [Range<UInt64>] = []
        for index in self.hashes.indices.clamped(
            to: Int(leaves.lowerBound)..<Int(leaves.upperBound))
        where self.records[index] == nil {
            if let last = gaps.last, last.upperBound == UInt64(index) {
                gaps[gaps.count - 1] = last.lowerBound..<UInt64(index) + 1
            } else {
                gaps.append(UInt64(index)..<UInt64(index) + 1)
            }
        }
        return Array(gaps.prefix(FetchRequest.maximumRanges))
    }

    /// The hashes of leaves. Throws for a leaf that is not there, as the store does.
    func hashes(of indexes: [UInt64]) throws(SyncFailure) -> [Digest] {
        var hashes: [Digest] = []
        for index in indexes {
            guard index < UInt64(self.hashes.count) else {
                throw SyncFailure(.storage, "leaf \(index) is in no published tree")
            }
            hashes.append(self.hashes[Int(index)])
        }
        return hashes
    }

    private mutating func breakLeaves(_ kept: [Int]) {
        switch self.flaw {
        case .altersRecord:
            guard let index = kept.first, let record = self.records[index] else { return }
            self.records[index] = record.flipping(bit: record.count * 4)
        case .swapsHashes where self.hashes.count > 1: self.hashes.swapAt(0, 1)
        case .inventsRecord:
            guard let gap = self.gaps(in: 0..<self.edge.size).first else { return }
            self.records[Int(gap.lowerBound)] = [1, 2, 3]
        case .keepsTwice where !kept.isEmpty: self.repeated += 1
        case _: return
        }
        self.flaw = nil
    }
}
