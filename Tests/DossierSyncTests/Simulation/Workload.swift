import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog

/// What an organisation goes on to say: findings, their later versions, and findings about others'.
struct Workload {
    private struct Finding {
        var version: UInt32
        var hash: Digest
        // Whom any version names.
        var named: Set<String>
    }

    let organisation: String
    private var findings: [String: Finding] = [:]
    private var count = 0

    init(of organisation: String) { self.organisation = organisation }

    /// The records of a batch.
    ///
    /// - Parameters:
    ///   - log: the organisation's log; of its records some are signed once more.
    ///   - targets: records of others that the organisation has seen.
    mutating func batch(
        beside log: MemoryLog, about targets: [Digest], _ generator: inout SeededGenerator
    ) throws -> [[UInt8]] {
        var records: [[UInt8]] = []
        var releasability = World.organisations.filter { organisation in
            organisation != self.organisation && Int.random(in: 0..<10, using: &generator) < 6
        }
        if Int.random(in: 0..<6, using: &generator) == 0,
            let known = log.leaves.randomElement(using: &generator)
        {
            releasability = known.facts.marking.releasability
            records.append(known.record)
        }
        let count = Bool.random(using: &generator) ? 1 : Int.random(in: 2...5, using: &generator)
        for _ in 0..<count {
            records.append(try self.record(to: releasability, about: targets, &generator))
        }
        records.shuffle(using: &generator)
        return records
    }

    private mutating func record(
        to releasability: [String], about targets: [Digest], _ generator: inout SeededGenerator
    ) throws -> [UInt8] {
        let choice = Int.random(in: 0..<100, using: &generator)
        // In an order of its own: that of a dictionary is another in each process.
        if choice < 40,
            let reference = self.findings.keys.sorted().randomElement(using: &generator),
            let finding = self.findings[reference]
        {
            // A node takes no restriction that names somebody new.
            let isNarrower = finding.named.isSuperset(of: releasability)
            let operation: Operation =
                choice < 22 ? .amend : choice >= 33 ? .withdraw : isNarrower ? .restrict : .amend
            return try self.version(
                finding.version + 1, of: reference, operation, finding.hash.bytes, releasability,
                orcon: choice % 11 == 0)
        }
        self.count += 1
        let reference = "\(self.organisation.uppercased())-\(self.count)"
        if choice < 65, let target = targets.randomElement(using: &generator) {
            return try self.version(
                1, of: reference, .annotate, target.bytes, releasability, orcon: choice % 11 == 0)
        }
        return try self.version(
            1, of: reference, .assert, [], releasability, orcon: choice % 7 == 0)
    }

    private mutating func version(
        _ number: UInt32, of reference: String, _ operation: Operation, _ target: [UInt8],
        _ releasability: [String], orcon: Bool
    ) throws -> [UInt8] {
        var test = TestRecord(
            reference, originator: self.organisation, to: releasability, version: number,
            orcon: orcon)
        test.record.header.operation = operation
        test.record.header.targetRecordID = target
        if operation.isNotice { test.record.content = nil }
        let bytes = try test.encoded
        let named = self.findings[reference]?.named ?? []
        self.findings[reference] = Finding(
            version: number, hash: Tree.leafHash(of: bytes), named: named.union(releasability))
        // No version follows a withdrawal.
        if operation == .withdraw { self.findings[reference] = nil }
        return bytes
    }
}
