public import DossierAPI
import DossierClient
public import DossierCore
public import DossierCrypto
public import DossierStore
public import Logging
public import ServiceLifecycle

/// Keeps mirrors of other members' logs, by whatever path they come: side by side, none waiting for
/// another.
public final class SyncAgent: Service, NodeSync {
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
        /// Organisation id of the originator of its records.
        public let organisation: String
        /// What is read of its log.
        public let held: HeldLog
        /// When the log's own node was last heard.
        public let contact: @Sendable () async -> DirectContact
    }

    private struct Peer: Sendable {
        let contact: PeerContact
        // Nil for a member whose log is not known, or cannot be mirrored.
        let mirror: Mirror?
        let sync: LogSync?

        var organisation: String { self.contact.organisation }
    }

    /// How often it is looked whether a path has to be left, without word of any.
    private static let lookInterval = Duration.milliseconds(500)

    private let peers: [Peer]

    private init(_ peers: [Peer]) { self.peers = peers }

    /// Opens the mirrors: of each member's log, but the node's own.
    ///
    /// A mirror that cannot be opened is left out, and reported; the others do not wait for it.
    public static func open(_ configuration: Configuration) async -> SyncAgent {
        let members = configuration.judge.members.organisations.filter {
            $0.id != configuration.organisation
        }
        let evidence = EvidenceFolder(path: "\(configuration.dataDirectory)/evidence")
        let contacts = Dictionary(
            uniqueKeysWithValues: members.map {
                ($0.id, self.contact($0, configuration, evidence))
            })
        let threads = MirrorThreads()
        var peers: [Peer] = []
        for member in members {
            guard let contact = contacts[member.id] else { continue }
            var logger = configuration.logger
            logger[metadataKey: "log"] = "\(member.log.origin)"
            do {
                guard
                    let mirror = try await self.mirror(member, configuration, threads, logger)
                else {
                    peers.append(Peer(contact: contact, mirror: nil, sync: nil))
                    continue
                }
                let sync = try await self.sync(
                    member, mirror, configuration,
                    LogSync.Parts(
                        contacts: contacts, mirror: StoredMirror(mirror: mirror),
                        clock: SystemClock(), evidence: evidence, now: configuration.now,
                        logger: logger))
                peers.append(Peer(contact: contact, mirror: mirror, sync: sync))
            } catch {
                logger.error(
                    "a mirror cannot be opened: the log is not mirrored until the node restarts",
                    metadata: ["why": "\(String(reflecting: error))"])
                peers.append(Peer(contact: contact, mirror: nil, sync: nil))
            }
        }
        return SyncAgent(peers)
    }

    private static func mirror(
        _ member: Members.Organisation, _ configuration: Configuration, _ threads: MirrorThreads,
        _ logger: Logger
    ) async throws -> Mirror? {
        guard member.log.key != nil else {
            logger.error("the members file has no key of the log: it is not mirrored")
            return nil
        }
        return try await Mirror.open(
            of: member.log, below: configuration.dataDirectory, logger: logger, threads: threads)
    }

    private static func sync(
        _ member: Members.Organisation, _ mirror: Mirror, _ configuration: Configuration,
        _ parts: LogSync.Parts
    ) async throws -> LogSync {
        let contacts = try await mirror.contacts()
        let standing = mirror.standing
        let machine = SyncMachine(
            MirrorSubject(
                originator: member.id, log: member.log, reader: configuration.organisation,
                judge: configuration.judge),
            at: SyncPosition(edge: standing.edge, seen: standing.seen), asked: contacts.asked,
            settings: configuration.settings)
        return LogSync(machine, parts, heardAt: contacts.heardAt, begunAt: contacts.begunAt)
    }

    private static func contact(
        _ member: Members.Organisation, _ configuration: Configuration, _ evidence: EvidenceFolder
    ) -> PeerContact {
        var logger = configuration.logger
        logger[metadataKey: "peer"] = "\(member.id)"
        let endpoint = Endpoint(member.nodeAddress)
        if endpoint == nil, !member.nodeAddress.isEmpty {
            logger.error("address is not host:port", metadata: ["address": "\(member.nodeAddress)"])
        }
        let connector = endpoint.map { endpoint in
            NodeConnector {
                var connection = ExchangeClient.Configuration(
                    endpoint: endpoint, organisation: member,
                    credentials: configuration.credentials(), judge: configuration.judge)
                connection.revocations = configuration.revocations
                return connection
            }
        }
        return PeerContact(
            member.id, address: member.nodeAddress, connector: connector,
            settings: configuration.settings, clock: SystemClock(),
            evidence: evidence.newest(of: member.id), logger: logger, now: configuration.now)
    }

    /// The mirrors.
    public var mirrors: [KeptMirror] {
        self.peers.compactMap { peer in
            guard let mirror = peer.mirror, let sync = peer.sync else { return nil }
            return KeptMirror(organisation: peer.organisation, held: mirror.held) {
                await sync.contact
            }
        }
    }

    /// Syncs until the surrounding service group shuts down gracefully, or the task is cancelled;
    /// then closes the mirrors.
    public func run() async throws {
        for peer in self.peers { await peer.contact.tell(self.listener(to: peer.organisation)) }
        await withTaskGroup(of: Void.self) { group in
            for peer in self.peers {
                group.addTask { await peer.contact.run() }
                if let sync = peer.sync { group.addTask { await sync.run() } }
            }
            group.addTask {
                while (try? await Task.sleep(for: Self.lookInterval)) != nil {
                    for peer in self.peers { await peer.sync?.wake() }
                }
            }
            try? await gracefulShutdown()
            group.cancelAll()
        }
        try await self.close()
    }

    /// What an organisation's node offers is told to those who sync these logs.
    private func listener(to organisation: String) -> PeerContact.Listener {
        var syncs: [String: LogSync] = [:]
        for peer in self.peers {
            if let sync = peer.sync, let mirror = peer.mirror {
                syncs[mirror.held.identity.origin] = sync
            }
        }
        return PeerContact.Listener(
            offered: { [syncs] logs in
                for log in logs { await syncs[log.logOrigin]?.note(log, of: organisation) }
            },
            lost: { [syncs] in for sync in syncs.values { await sync.note(nil, of: organisation) } }
        )
    }

    /// Closes the mirrors of an agent that does not run: all of them, whatever fails.
    ///
    /// - Throws: ``DossierStore/StoreError``, the first.
    public func close() async throws {
        var failure: (any Error)?
        for peer in self.peers {
            do { try await peer.mirror?.close() } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    // MARK: - Calls that peers open

    /// Says what peers are answered with that ask over calls which this node has opened.
    public func offer(_ offering: any LogOffering) async {
        for peer in self.peers { await peer.contact.answer(with: offering) }
    }

    /// Takes a call that an organisation's node has opened, and returns when it is over.
    ///
    /// - Throws: ``DossierAPI/ExchangeError`` with code `notFound` for an organisation that is not
    ///   synced with, `overloaded` when too many of its calls wait.
    public func take(_ call: any OfferedCall, from organisation: String) async throws {
        guard let peer = self.peers.first(where: { $0.organisation == organisation }) else {
            throw ExchangeError(code: .notFound, message: "\(organisation) is not synced with")
        }
        try await peer.contact.take(call)
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

    /// Runs a round with some peers, or all that can be reached, and reports when each has ended or failed. Throws as
    /// ``pause(_:)`` does.
    public func once(_ selection: SyncSelection) async throws -> SyncReport {
        var peers = try self.selected(selection)
        if selection.organisations.isEmpty {
            // Nobody can do anything about a node that has no address and does not come itself.
            var reachable: [Peer] = []
            for peer in peers where await peer.contact.canBeReached { reachable.append(peer) }
            peers = reachable
        }
        await withTaskGroup(of: Void.self) { group in
            for peer in peers {
                group.addTask {
                    await peer.contact.hurry()
                    await peer.sync?.round()
                }
            }
        }
        return await Self.report(on: peers)
    }

    private func order(
        _ command: SyncCommand, _ selection: SyncSelection
    ) async throws -> SyncReport {
        let peers = try self.selected(selection)
        for peer in peers {
            if command == .resume { await peer.contact.forgive() }
            await peer.sync?.obey(command)
        }
        return await Self.report(on: peers)
    }

    private func selected(_ selection: SyncSelection) throws(ExchangeError) -> [Peer] {
        let peers = self.peers.filter { $0.sync != nil }
        guard !selection.organisations.isEmpty else { return peers }
        let known = Set(peers.map(\.organisation))
        if let stranger = selection.organisations.first(where: { !known.contains($0) }) {
            throw ExchangeError(
                code: .notFound,
                message: "\(stranger) is not synced with; peers are "
                    + peers.map(\.organisation).joined(separator: ", "))
        }
        return peers.filter { selection.organisations.contains($0.organisation) }
    }

    private static func report(on peers: [Peer]) async -> SyncReport {
        var report = SyncReport(peers: [])
        for peer in peers {
            guard var status = await peer.sync?.status() else { continue }
            await peer.contact.fill(&status)
            report.peers.append(status)
        }
        return report
    }
}
