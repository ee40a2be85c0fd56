import DossierAPI
import DossierCore
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
        let released = link.peer.released[link.reader.organisation] ?? []
        for (index, record) in mirror.records {
            if record != leaves[index].record {
                self.complain("\(link.name): record \(index) is not the log's")
            }
            if !released.contains(index) {
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
                && link.machine.progress.heardAt ?? 0 > self.healedAt
                && link.mirror.epoch == link.peer.releaseEpoch
        } && self.links.allSatisfy { self.missing(of: $0).isEmpty }
    }

    private func missing(of link: SimulatedLink) -> Set<Int> {
        link.peer.entitled(link.reader.organisation).subtracting(link.mirror.records.keys)
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
        if mirror.epoch != link.peer.releaseEpoch {
            self.complain("\(link.name): asks again for what it asked for")
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
        let entitled = link.peer.entitled(reader)
        for index in link.mirror.records.keys.sorted() {
            let leaf = link.peer.log.leaves[index]
            let key = Findings.Key(
                originator: leaf.facts.originator, reference: leaf.facts.reference)
            let isVisible = link.reader.findings.releases(leaf.hash, to: reader, from: reader)
            // A restriction that the reader was told of, and the originator's node was not: that one
            // may have lost what the restricted finding is about in turn.
            let mayHide = link.reader.findings.knowsBetter(than: link.peer.findings, about: key)
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
