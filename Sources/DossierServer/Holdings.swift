public import DossierAPI
import DossierCore
public import DossierStore

/// A log that a node mirrors, as its services read it.
public struct MirroredLog: Sendable {
    /// Organisation id of the peer whose log it is.
    public let organisation: String
    /// What is read of the log.
    public let held: HeldLog
    /// When the log's own node was last heard.
    public let contact: @Sendable () async -> DirectContact

    /// A mirrored log.
    public init(
        organisation: String, held: HeldLog,
        contact: @escaping @Sendable () async -> DirectContact
    ) {
        self.organisation = organisation
        self.held = held
        self.contact = contact
    }
}

/// The logs that a node answers from: its own, and its mirrors.
struct Holdings: Sendable {
    /// One of them.
    struct Holding: Sendable {
        /// Organisation id of the originator of its records.
        let originator: String
        let held: HeldLog
        /// When its own node was last heard; nil for the node's own log.
        let lastContact: (@Sendable () async -> DirectContact)?

        var origin: String { self.held.identity.origin }
        var isOwn: Bool { self.lastContact == nil }

        /// When the log's own node was last heard.
        func contact() async -> DirectContact { await self.lastContact?() ?? DirectContact() }
    }

    /// All of them, the node's own first.
    let all: [Holding]

    init(own held: HeldLog, of organisation: String, mirrors: [MirroredLog]) {
        self.all =
            [Holding(originator: organisation, held: held, lastContact: nil)]
            + mirrors.map {
                Holding(originator: $0.organisation, held: $0.held, lastContact: $0.contact)
            }
    }

    /// The node's own.
    var own: Holding { self.all[0] }

    /// The log with an origin; that of the node for an empty one.
    func holding(_ origin: String) -> Holding? {
        origin.isEmpty ? self.own : self.all.first { $0.origin == origin }
    }

    /// The logs that may hold records of these originators; all for none.
    func logs(of originators: [String]) -> [Holding] {
        guard !originators.isEmpty else { return self.all }
        return self.all.filter { originators.contains($0.originator) }
    }
}
