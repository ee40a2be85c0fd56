public import DossierAPI
import DossierClient
public import DossierCore
public import DossierCrypto
public import DossierStore
public import Logging
public import ServiceLifecycle

/// Keeps mirrors of other nodes' logs: one for each peer, side by side, none waiting for another.
public final class SyncAgent: Service, SyncControl {
    /// What an agent needs.
    public struct Configuration: Sendable {
        /// The organisations that take part, and their trust anchors.
        public var judge: RecordJudge
        /// Organisation id of the node.
        public var organisation: String
        /// What the node proves itself with to its peers; asked for with each connection.
        public var credentials: @Sendable () -> Credentials
        /// Which certificates are taken back; asked for with each connection.
        public var revocations: @Sendable () -> RevocationLists
        /// The node's data directory; mirrors are in `mirrors` below it.
        public var dataDirectory: String
        /// How patient it is.
        public var settings = SyncSettings()
        /// Where failures are reported.
        public var logger: Logger
        /// The clock, in seconds since 1970.
        public var now: @Sendable () -> Int64 = { UnixTime.now }

        /// A configuration.
        public init(
            judge: RecordJudge, organisation: String,
            credentials: @escaping @Sendable () -> Credentials,
            revocations: @escaping @Sendable () -> RevocationLists = { RevocationLists() },
            dataDirectory: String, logger: Logger
        ) {
            self.judge = judge
            self.organisation = organisation
            self.credentials = credentials
            self.revocations = revocations
            self.dataDirectory = dataDirectory
            self.logger = logger
        }
    }

    /// A mirror that the agent keeps.
    public struct KeptMirror: Sendable {
        /// Organisation id of the peer.
        public let organisation: String
        /// What is read of its log.
        public let held: HeldLog
        /// When the peer was last heard, in seconds since 1970; nil for never.
        public let heardAt: @Sendable () async -> Int64?
    }

    private struct Peer: Sendable {
        let organisation: String
        let mirror: Mirror
        let sync: PeerSync
    }

    private let peers: [Peer]

    private init(_ peers: [Peer]) { self.peers = peers }

    /// Opens the mirrors: of each member whose node has an address, but the node's own.
    ///
    /// - Throws: ``DossierStore/StoreError`` when a mirror cannot be opened.
    public static func open(_ configuration: Configuration) async throws -> SyncAgent {
        let threads = MirrorThreads()
        var peers: [Peer] = []
        do {
            for member in configuration.judge.members.organisations
            where member.id != configuration.organisation && !member.nodeAddress.isEmpty {
                guard let peer = try await Self.peer(member, configuration, threads) else {
                    continue
                }
                peers.append(peer)
            }
        } catch {
            for peer in peers { try? await peer.mirror.close() }
            throw error
        }
        return SyncAgent(peers)
    }

    private static func peer(
        _ member: Members.Organisation, _ configuration: Configuration, _ threads: MirrorThreads
    ) async throws -> Peer? {
        var logger = configuration.logger
        logger[metadataKey: "peer"] = "\(member.id)"
        guard let endpoint = Endpoint(member.nodeAddress) else {
            logger.error("address is not host:port", metadata: ["address": "\(member.nodeAddress)"])
            return nil
        }
        guard member.log.key != nil else {
            logger.error(
                "the members file has no key of the peer's log: it is not mirrored",
                metadata: ["log": "\(member.log.origin)"])
            return nil
        }
        let mirror = try await Mirror.open(
            of: member.log, below: configuration.dataDirectory, logger: logger, threads: threads)
        let notes = try await mirror.notesOfPeer()
        let subject = MirrorSubject(
            originator: member.id, log: member.log, reader: configuration.organisation,
            judge: configuration.judge)
        let standing = mirror.standing
        let machine = SyncMachine(
            subject, at: SyncPosition(edge: standing.edge, seen: standing.seen),
            releaseEpoch: notes.releaseEpoch, settings: configuration.settings)
        let connector = NodeConnector {
            var connection = ExchangeClient.Configuration(
                endpoint: endpoint, organisation: member, credentials: configuration.credentials(),
                judge: configuration.judge)
            connection.revocations = configuration.revocations
            return connection
        }
        let sync = PeerSync(
            machine,
            PeerSync.Parts(
                address: member.nodeAddress, connector: connector,
                mirror: StoredMirror(mirror: mirror), clock: SystemClock(),
                evidence: EvidenceFolder(path: "\(configuration.dataDirectory)/evidence"),
                now: configuration.now, logger: logger), heardAt: notes.heardAt)
        return Peer(organisation: member.id, mirror: mirror, sync: sync)
    }

    /// The mirrors.
    public var mirrors: [KeptMirror] {
        self.peers.map { peer in
            KeptMirror(organisation: peer.organisation, held: peer.mirror.held) {
                await peer.sync.lastHeard
            }
        }
    }

    /// Syncs until the surrounding service group shuts down gracefully, or the task is cancelled;
    /// then closes the mirrors.
    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for peer in self.peers { group.addTask { await peer.sync.run() } }
            try? await gracefulShutdown()
            group.cancelAll()
        }
        try await self.close()
    }

    /// Closes the mirrors of an agent that does not run.
    public func close() async throws {
        for peer in self.peers { try await peer.mirror.close() }
    }

    // MARK: - Control

    /// Tells how sync with each peer stands.
    public func report() async -> SyncReport { await Self.report(on: self.peers) }

    /// Pauses some peers, or all.
    ///
    /// - Throws: ``DossierAPI/ExchangeError`` with code `notFound` for one that is not synced with.
    public func pause(_ selection: SyncSelection) async throws -> SyncReport {
        try await self.order(.pause, selection)
    }

    /// Resumes some peers, or all. Throws as ``pause(_:)`` does.
    public func resume(_ selection: SyncSelection) async throws -> SyncReport {
        try await self.order(.resume, selection)
    }

    /// Runs a round with some peers, or all, and reports when each has ended or failed. Throws as
    /// ``pause(_:)`` does.
    public func once(_ selection: SyncSelection) async throws -> SyncReport {
        let peers = try self.selected(selection)
        await withTaskGroup(of: Void.self) { group in
            for peer in peers { group.addTask { await peer.sync.round() } }
        }
        return await Self.report(on: peers)
    }

    private func order(
        _ command: SyncCommand, _ selection: SyncSelection
    ) async throws -> SyncReport {
        let peers = try self.selected(selection)
        for peer in peers { await peer.sync.obey(command) }
        return await Self.report(on: peers)
    }

    private func selected(_ selection: SyncSelection) throws(ExchangeError) -> [Peer] {
        guard !selection.organisations.isEmpty else { return self.peers }
        let known = Set(self.peers.map(\.organisation))
        if let stranger = selection.organisations.first(where: { !known.contains($0) }) {
            throw ExchangeError(
                code: .notFound,
                message: "\(stranger) is not synced with; peers are "
                    + self.peers.map(\.organisation).joined(separator: ", "))
        }
        return self.peers.filter { selection.organisations.contains($0.organisation) }
    }

    private static func report(on peers: [Peer]) async -> SyncReport {
        var report = SyncReport(peers: [])
        for peer in peers { report.peers.append(await peer.sync.status()) }
        return report
    }
}
