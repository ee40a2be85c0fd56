import DossierAPI
import DossierCore
import MerkleLog
import Synchronization

/// What a client knew of the logs when it made a call.
struct KnownLogs: Sendable {
    /// More trees than this no request may name.
    private static let maximumTrees = 64

    /// Origin of the node's own log.
    let ownOrigin: String
    /// The newest checkpoint of the node's own log; nil for none.
    let own: SignedCheckpoint?
    private let others: [String: SignedCheckpoint]

    /// - Parameter others: the newest checkpoints of other logs, those first that matter most.
    init(ownOrigin: String, own: SignedCheckpoint?, others: [SignedCheckpoint]) {
        self.ownOrigin = ownOrigin
        self.own = own
        // What a request does not say is not known, as far as its answer goes.
        self.others = Dictionary(
            others.prefix(Self.maximumTrees).map { ($0.checkpoint.origin, $0) },
            uniquingKeysWith: { first, _ in first })
    }

    /// What was known of a log.
    subscript(origin: String) -> SignedCheckpoint? {
        origin == self.ownOrigin ? self.own : self.others[origin]
    }

    /// Size of the known tree of the node's own log; 0 for none.
    var ownSize: UInt64 { self.own?.head.size ?? 0 }

    /// The known trees of other logs.
    var otherTrees: [KnownTree] {
        self.others.values.map { KnownTree(logOrigin: $0.checkpoint.origin, size: $0.head.size) }
            .sorted { $0.logOrigin < $1.logOrigin }
    }
}

/// The checkpoints that a client has seen of each log that its node answers from.
final class LogTrackers: Sendable {
    /// Those of the node's own log.
    let own: CheckpointTracker
    private let members: Members
    private let others: Mutex<[String: CheckpointTracker]>

    /// Tracks the log of an organisation's node and, as they come, those of all members.
    init(own: Members.Organisation, members: Members, known: [SignedCheckpoint]) {
        func newest(_ log: LogIdentity) -> SignedCheckpoint? {
            known.filter { $0.checkpoint.origin == log.origin }
                .max { $0.head.size < $1.head.size }
        }
        self.own = CheckpointTracker(of: own.log, isMirrored: false, known: newest(own.log))
        self.members = members
        var others: [String: CheckpointTracker] = [:]
        for member in members.organisations where member.log.origin != own.log.origin {
            guard let known = newest(member.log) else { continue }
            others[member.log.origin] = CheckpointTracker(
                of: member.log, isMirrored: true, known: known)
        }
        self.others = Mutex(others)
    }

    /// The checkpoints of a log that an answer is from.
    ///
    /// Throws `wrongOrigin` for a log that no member has.
    func tracker(of origin: String) throws(VerificationError) -> CheckpointTracker {
        if origin == self.own.log.origin { return self.own }
        guard let member = self.members.organisations.first(where: { $0.log.origin == origin })
        else {
            throw VerificationError(
                code: .wrongOrigin,
                message: "the node answers from log \(origin.escapedForTerminal), which no member "
                    + "has")
        }
        return self.others.withLock { others in
            if let tracker = others[origin] { return tracker }
            let tracker = CheckpointTracker(of: member.log, isMirrored: true, known: nil)
            others[origin] = tracker
            return tracker
        }
    }

    /// Of every log that was seen.
    var all: [CheckpointTracker] {
        [self.own]
            + self.others.withLock { others in
                others.sorted { $0.key < $1.key }.map(\.value)
            }
    }

    /// What is known now; of more logs than a request may name, those of some originators first.
    func known(first originators: [String]) -> KnownLogs {
        let origins = Set(originators.compactMap { self.members[$0]?.log.origin })
        let others = self.all.dropFirst().compactMap(\.newest)
        return KnownLogs(
            ownOrigin: self.own.log.origin, own: self.own.newest,
            others: others.filter { origins.contains($0.checkpoint.origin) }
                + others.filter { !origins.contains($0.checkpoint.origin) })
    }
}
