import DossierAPI
import MerkleLog

@testable import DossierSync

/// One record on its way from one node to another.
struct Crossing: Hashable {
    var server: String
    var reader: String
    var originator: String
    var leaf: Int
}

/// How the nodes are connected.
enum Topology: CaseIterable {
    case mesh, chain, ring, star, sparse

    /// Whether two of so many nodes, by their numbers, reach each other.
    func connects(_ one: Int, _ other: Int, of count: Int) -> Bool {
        let distance = abs(one - other)
        return switch self {
        case .mesh: true
        case .chain: distance == 1
        case .ring: distance == 1 || distance == count - 1
        case .star: one == 0 || other == 0
        // Each with two on either side.
        case .sparse: distance <= 2 || distance >= count - 2
        }
    }
}

/// What nodes tell each other of the logs that they offer.
extension Simulation {
    private static let interval: Int64 = 200
    private static let looking: Int64 = 500
    /// After so long without word a node is not in touch any more.
    private static let silence: Int64 = 45_000

    /// Whether a node is connected to another, while nothing fails.
    func connects(_ one: SimulatedNode, _ other: SimulatedNode) -> Bool {
        guard let first = self.nodes.firstIndex(where: { $0 === one }),
            let second = self.nodes.firstIndex(where: { $0 === other }), first != second
        else { return false }
        return self.settings.topology.connects(first, second, of: self.nodes.count)
    }

    /// Tells all nodes what changes, again and again.
    func keepTelling() {
        for reader in self.nodes {
            for server in self.nodes where self.connects(reader, server) {
                self.tell(reader, of: server)
            }
        }
        for link in self.links { self.keepLooking(link) }
    }

    private func keepLooking(_ link: SimulatedLink) {
        link.look()
        self.arrange(after: Self.looking) { self.keepLooking(link) }
    }

    private func tell(_ reader: SimulatedNode, of server: SimulatedNode) {
        let direction = Direction(sender: server.organisation, receiver: reader.organisation)
        let back = Direction(sender: reader.organisation, receiver: server.organisation)
        if !server.isUp || self.isBlocked(direction) || self.isBlocked(back) {
            // A kill is noticed at once, what is lost on the way later.
            if !server.isUp || self.now - (self.heard[direction] ?? 0) > Self.silence {
                self.lose(direction, reader)
            }
        } else if reader.isUp {
            self.heard[direction] = self.now
            self.tellChanges(reader, of: server, direction)
        }
        self.arrange(after: Self.interval + Int64.random(in: 0...50, using: &self.generator)) {
            self.tell(reader, of: server)
        }
    }

    private func tellChanges(
        _ reader: SimulatedNode, of server: SimulatedNode, _ direction: Direction
    ) {
        for link in reader.links {
            guard let size = server.published(of: link.peer)?.head.size else { continue }
            var offer = OfferedLog(
                logOrigin: link.peer.organisation, size: size,
                releaseEpoch: server.releaseEpoch(of: link.peer))
            // Whoever keeps records back says that there is more, too.
            if server.withholds, server !== link.peer { offer.size += 3 }
            guard self.told[direction]?[link.peer.organisation] != offer else { continue }
            self.told[direction, default: [:]][link.peer.organisation] = offer
            self.arrange(after: self.delay(of: server, 1...40)) {
                guard self.told[direction]?[link.peer.organisation] == offer else { return }
                link.note(offer, of: server.organisation)
            }
        }
    }

    private func lose(_ direction: Direction, _ reader: SimulatedNode) {
        guard self.told[direction]?.isEmpty == false else { return }
        self.told[direction] = [:]
        for link in reader.links { link.note(nil, of: direction.sender) }
    }

    /// A node that begins anew has been told nothing.
    func forgetTold(of reader: SimulatedNode) {
        for direction in self.told.keys where direction.receiver == reader.organisation {
            self.told[direction] = [:]
        }
    }
}
