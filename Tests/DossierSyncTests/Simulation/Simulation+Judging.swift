import DossierAPI
import DossierCore
import DossierStore
import MerkleLog

@testable import DossierSync

/// What must hold.
extension Simulation {
    /// After each time that something was kept: every leaf is the log's, and every record the log's
    /// own, that was released to the reader at some time.
    func hold(_ link: SimulatedLink, _ kept: [Int]) {
        let leaves = link.peer.log.leaves
        let mirror = link.mirror
        if mirror.repeated > 0 { self.complain("\(link.name): keeps leaves twice") }
        guard mirror.hashes.count <= leaves.count,
            zip(mirror.hashes, leaves).allSatisfy({ $0 == $1.hash })
        else { return self.complain("\(link.name): has leaves that are not the log's") }
        let reader = link.reader.organisation
        let released = link.peer.released[reader] ?? []
        for (index, record) in mirror.records {
            if record != leaves[index].record {
                self.complain("\(link.name): record \(index) is not the log's")
            }
            if !released.contains(index) || Lie.isNever(leaves[index], for: reader) {
                self.complain("\(link.name): record \(index) was never released")
            }
        }
    }

    /// Whether every mirror has all that it is to have, and its machine knows that from what it
    /// heard after the last fault, over a connection that stands.
    var isSettled: Bool {
        self.links.allSatisfy { link in
            link.mirror.hashes.count == link.peer.log.leaves.count
                && link.machine.progress.state == .following
                && link.machine.progress.completeAt ?? 0 > self.healedAt
                // From the log's own node, where that can be reached, however long it was left alone.
                && (!self.connects(link.reader, link.peer)
                    || link.machine.path == link.peer.organisation)
                && self.unasked(of: link).isEmpty
        } && self.links.allSatisfy { self.missing(of: $0).isEmpty }
    }

    /// The nodes that a log should come from: its own, or all that its reader reaches.
    private func servers(of link: SimulatedLink) -> [SimulatedNode] {
        self.connects(link.reader, link.peer)
            ? [link.peer] : self.nodes.filter { self.connects(link.reader, $0) }
    }

    /// What a reader is to have and has not: all that any of these nodes releases to it. Where each
    /// reader has all that its neighbours release, all have everything that any path gives.
    private func missing(of link: SimulatedLink) -> Set<Int> {
        let reader = link.reader.organisation
        return self.servers(of: link).reduce(into: Set<Int>()) {
            $0.formUnion($1.entitled(reader, of: link.peer))
        }.subtracting(link.mirror.records.keys)
    }

    /// Nodes that were not asked for all that they could give.
    private func unasked(of link: SimulatedLink) -> [String] {
        self.servers(of: link).filter { server in
            link.mirror.asked[server.organisation]?.releaseEpoch
                != server.releaseEpoch(of: link.peer)
        }.map(\.organisation)
    }

    /// In the end: every mirror has exactly what it is to have.
    func judge() {
        guard self.complaints.isEmpty else { return }
        for link in self.links {
            self.hold(link, [])
            self.judge(link)
        }
    }

    private func judge(_ link: SimulatedLink) {
        let (mirror, log) = (link.mirror, link.peer.log)
        if mirror.edge != log.edge {
            self.complain("\(link.name): has \(mirror.edge.size) leaves of \(log.size)")
        }
        if link.machine.position.edge != mirror.edge || !link.machine.position.isComplete {
            self.complain("\(link.name): the machine stands elsewhere than its mirror")
        }
        if link.machine.progress.state != .following || link.machine.progress.failure != nil {
            self.complain("\(link.name): \(link.machine.progress)")
        }
        if !self.unasked(of: link).isEmpty {
            self.complain(
                "\(link.name): asks again for what it asked for, of \(self.unasked(of: link))")
        }
        let missing = self.missing(of: link)
        if !missing.isEmpty {
            self.complain("\(link.name): has not the records \(missing.sorted())")
        }
        self.judgeVisible(link)
    }

    /// What a reader's node shows its people, by what it holds, is what the originator's node would
    /// show them. Of findings about others' either may know better, by what it holds of those.
    private func judgeVisible(_ link: SimulatedLink) {
        let reader = link.reader.organisation
        let entitled = link.peer.entitled(reader, of: link.peer)
        for index in link.mirror.records.keys.sorted() {
            let leaf = link.peer.log.leaves[index]
            let key = Findings.Key(
                originator: leaf.facts.originator, reference: leaf.facts.reference)
            let isVisible = link.reader.findings.releases(leaf.hash, to: reader, from: reader)
            // A restriction that the reader was told of, and the originator's node was not: that one
            // may have lost what the restricted finding is about in turn.
            // Where logs come through others, nor may the reader have all that the originator's node
            // has of what a finding is about.
            let isRelayed = self.settings.topology != .mesh
            let mayHide =
                link.reader.findings.knowsBetter(than: link.peer.findings, about: key)
                || isRelayed
                    && link.peer.findings.knowsMore(than: link.reader.findings, about: key)
            if entitled.contains(index), !isVisible, !mayHide {
                self.complain("\(link.name): hides record \(index)")
            }
            let isAboutAnother = link.peer.findings.states[key]?.subject != nil
            if isVisible, !entitled.contains(index), !isAboutAnother {
                self.complain("\(link.name): shows record \(index), which was taken back")
            }
        }
    }

}
