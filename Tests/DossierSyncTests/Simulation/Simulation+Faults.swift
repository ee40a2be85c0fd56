@testable import DossierSync

/// How a simulation is run.
struct SimulationSettings {
    /// How long faults and work go on, in milliseconds.
    var span: ClosedRange<Int64> = 60_000...180_000
    var faults = 16
    /// Batches of each node.
    var batches = 2...7
    /// How long everything must stay as it is in the end, in milliseconds.
    var rest: Int64 = 20_000
    /// How many nodes there are, and how they are connected.
    var nodes = 5
    var topology = Topology.mesh
    /// How patient they are.
    var sync = SyncSettings()
    /// How every mirror is broken.
    var flaw: SimulatedMirror.Flaw?
}

/// What goes wrong.
extension Simulation {
    private enum Fault: CaseIterable {
        case kill, partition, loss, cut, slowness, fullDisk, lies, liesOfLate, withholding,
            command
    }

    /// Arranges something to go wrong, and to be well again before an end.
    func arrangeFault(before end: Int64) {
        let start = Int64.random(in: 0..<end - 1_000, using: &self.generator)
        let longest = min(end - start, 90_000)
        let duration = Int64.random(in: 500...longest, using: &self.generator)
        guard let fault = Fault.allCases.randomElement(using: &self.generator),
            let node = self.nodes.randomElement(using: &self.generator),
            let link = self.links.randomElement(using: &self.generator)
        else { return }
        self.arrange(after: start) { self.begin(fault, node, link, duration) }
    }

    private func begin(
        _ fault: Fault, _ node: SimulatedNode, _ link: SimulatedLink, _ duration: Int64
    ) {
        switch fault {
        case .kill: self.kill(node, for: min(duration, 40_000))
        case .partition:
            let apart = self.nodes.filter { _ in Bool.random(using: &self.generator) }
            for one in apart {
                for other in self.nodes where !apart.contains(where: { $0 === other }) {
                    self.block(one, other, duration)
                    self.block(other, one, duration)
                }
            }
        case .loss: self.block(link.peer, link.reader, duration)
        case .withholding:
            node.withholds = true
            self.arrange(after: duration) { node.withholds = false }
        case .cut: for link in node.links { self.cut(link) }
        case .slowness:
            node.slowness = Int64.random(in: 5...60, using: &self.generator)
            self.arrange(after: duration) { node.slowness = 1 }
        case .fullDisk:
            node.failsToKeep = true
            self.arrange(after: duration) { node.failsToKeep = false }
        case .lies:
            node.lies = true
            self.arrange(after: duration) { node.lies = false }
        case .liesOfLate:
            node.liesOfLate = true
            self.arrange(after: duration) { node.liesOfLate = false }
        case .command:
            if Bool.random(using: &self.generator) { return link.obey(.round) }
            link.obey(.pause)
            self.arrange(after: duration / 2) { link.obey(.round) }
            self.arrange(after: duration) { link.obey(.resume) }
        }
    }

    private func block(_ sender: SimulatedNode, _ receiver: SimulatedNode, _ duration: Int64) {
        self.block(
            Direction(sender: sender.organisation, receiver: receiver.organisation), for: duration)
    }

    /// Kills a node, and starts it again with what its disk has.
    private func kill(_ node: SimulatedNode, for duration: Int64) {
        guard node.isUp else { return }
        for link in node.links { link.kill() }
        node.isUp = false
        for link in self.links where link.connection?.server == node.organisation {
            self.cut(link)
        }
        self.arrange(after: duration) {
            node.isUp = true
            self.forgetTold(of: node)
            for link in node.links { self.attempt { try link.start() } }
        }
    }
}
