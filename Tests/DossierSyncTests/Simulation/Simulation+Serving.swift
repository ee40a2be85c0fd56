import DossierAPI
import DossierCore
import DossierCrypto
import MerkleLog

/// How the nodes of the simulation hand out logs, their own and others', as `mirror.proto` says.
extension Simulation {
    private static let heartbeat: Int64 = 15_000

    /// The client calls.
    func open(_ stream: SimulatedStream) {
        let connection = stream.connection
        guard self.reaches(connection, from: connection.client, to: connection.server) else {
            return
        }
        let node = self.node(connection.server)
        self.arrange(after: self.delay(of: node, 1...80)) {
            guard stream.isLive, node.isUp else { return }
            switch stream.request {
            case .follow:
                self.follow(stream)
                self.beat(stream)
            case .fetch(let request): self.fetch(stream, request.ranges)
            }
        }
    }

    /// Wakes whoever waits at a node for more of a log.
    func wake(_ node: SimulatedNode, with origin: SimulatedNode) {
        for link in self.links where link.peer === origin {
            guard let connection = link.connection, connection.server == node.organisation,
                let stream = connection.following, stream.isSent
            else { continue }
            self.arrange(after: self.delay(of: node, 1...20)) { self.follow(stream) }
        }
    }

    // MARK: - Follow

    private func follow(_ stream: SimulatedStream) {
        let node = self.node(stream.connection.server)
        guard stream.isLive, node.isUp else { return }
        guard let size = node.published(of: stream.origin)?.head.size, stream.position <= size
        else { return self.refuse(stream) }
        guard stream.position < size else {
            if !stream.isSent { self.sendNext(on: stream) }
            guard stream.isOnce else { return }
            stream.isEnded = true
            return self.deliver(.end, on: stream)
        }
        self.sendNext(on: stream)
        self.arrange(after: self.delay(of: node, 1...40)) { self.follow(stream) }
    }

    /// A relay that is not as far as its follower, or has nothing yet.
    private func refuse(_ stream: SimulatedStream) {
        stream.isEnded = true
        self.deliver(.end, on: stream)
    }

    private func beat(_ stream: SimulatedStream) {
        self.arrange(after: max(stream.lastSent + Self.heartbeat - self.now, 1)) {
            let node = self.node(stream.connection.server)
            guard stream.isLive, node.isUp else { return }
            if self.now - stream.lastSent >= Self.heartbeat,
                stream.position == node.published(of: stream.origin)?.head.size
            {
                self.sendNext(on: stream)
            }
            self.beat(stream)
        }
    }

    /// Sends the leaves that follow, or that there are none.
    private func sendNext(on stream: SimulatedStream) {
        self.attempt {
            let node = self.node(stream.connection.server)
            let message = try self.message(on: stream, of: node)
            stream.isSent = true
            for lie in self.lies(of: node, about: stream.origin, ofFetch: false)
            where try self.lie(lie, instead: message, on: stream, of: node) { return }
            try self.send(message, on: stream, of: node)
        }
    }

    /// Sends a lie; false where there is nothing to lie about.
    private func lie(
        _ lie: Lie, instead message: FollowResponse, on stream: SimulatedStream,
        of node: SimulatedNode
    ) throws -> Bool {
        switch lie {
        case .malformed:
            self.deliver(.message(self.noise(), lie, isGross: true), on: stream)
        case .flood:
            try self.send(message, on: stream, of: node)
            let empty = try self.message(on: stream, of: node, limit: 0).encoded()
            self.flood(stream, with: empty, lie)
        case _:
            var message = message
            guard try lie.change(&message, on: stream, of: stream.origin) else { return false }
            try self.send(message, on: stream, of: node, lie)
        }
        return true
    }

    private func send(
        _ message: FollowResponse, on stream: SimulatedStream, of node: SimulatedNode,
        _ lie: Lie? = nil
    ) throws {
        stream.position = message.endIndex
        stream.lastHead = node.published(of: stream.origin)?.head
        var index = Int(message.firstIndex)
        for run in message.runs {
            for (offset, record) in run.records.enumerated() where !record.isEmpty {
                self.send(index + offset, on: stream)
            }
            index += run.count
        }
        let isGross = lie?.mustBeAccused ?? false
        self.deliver(.message(try message.encoded(), lie, isGross: isGross), on: stream)
    }

    /// Counts a record that leaves for a reader.
    private func send(_ index: Int, on stream: SimulatedStream) {
        let connection = stream.connection
        let crossing = Crossing(
            server: connection.server, reader: connection.client,
            originator: stream.origin.organisation, leaf: index)
        self.crossings[crossing, default: 0] += 1
    }

    private func flood(_ stream: SimulatedStream, with bytes: [UInt8], _ lie: Lie) {
        for count in 1...Lie.floodCount {
            self.deliver(
                .message(bytes, lie, isGross: count == Lie.floodCount), on: stream)
        }
    }

    private func message(
        on stream: SimulatedStream, of node: SimulatedNode, limit: Int? = nil
    ) throws -> FollowResponse {
        var message = FollowResponse(
            firstIndex: stream.position, runs: [],
            checkpoint: ProvenCheckpoint(checkpoint: [], consistencyProof: []), certificates: [],
            releaseEpoch: node.releaseEpoch(of: stream.origin))
        let limit = limit ?? Int.random(in: 1...6, using: &self.generator)
        let log = stream.origin.log
        guard let checkpoint = node.published(of: stream.origin) else { return message }
        while message.runs.count < limit, message.endIndex < checkpoint.head.size {
            let index = Int(message.endIndex)
            let batch = log.batches[log.leaves[index].batch]
            let isReleased = (index..<batch.leaves.upperBound).map {
                self.gives($0, on: stream, of: node)
            }
            // What was begun as hashes goes on as hashes: a batch is sent whole or not at all.
            guard index == batch.leaves.lowerBound, isReleased.contains(true) else {
                let count = Int.random(in: 1...isReleased.count, using: &self.generator)
                let hashes = log.leaves[index..<index + count].map(\.hash)
                message.runs.append(LeafRun(batch: nil, records: [], withheldHashes: hashes))
                continue
            }
            let numbers = batch.attestation.certificates.map { certificate in
                if let known = stream.certificates[certificate] { return known }
                let number = UInt32(stream.certificates.count)
                stream.certificates[certificate] = number
                message.certificates.append(certificate)
                return number
            }
            let leaves = zip(log.leaves[batch.leaves], isReleased)
            message.runs.append(
                LeafRun(
                    batch: batch.followed(numbers), records: leaves.map { $1 ? $0.record : [] },
                    withheldHashes: leaves.filter { !$1 }.map(\.0.hash)))
        }
        message.checkpoint = try log.proven(checkpoint, from: message.endIndex)
        return message
    }

    /// Whether a node gives a record to whoever asks for it: a relay may keep it back.
    private func gives(_ index: Int, on stream: SimulatedStream, of node: SimulatedNode) -> Bool {
        node.releases(index, of: stream.origin, to: stream.connection.client)
            && (stream.origin === node || !node.withholds
                || Bool.random(using: &self.generator))
    }

    // MARK: - Fetch

    private func fetch(_ stream: SimulatedStream, _ ranges: [Range<UInt64>]) {
        let node = self.node(stream.connection.server)
        let size = Int(node.published(of: stream.origin)?.head.size ?? 0)
        let indexes = ranges.joined().map { Int($0) }.filter {
            $0 < size && self.gives($0, on: stream, of: node)
        }
        self.attempt {
            for lie in self.lies(of: node, about: stream.origin, ofFetch: true)
            where try self.lie(lie, on: stream, ranges, indexes) { return }
            var rest = indexes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...4, using: &self.generator)
                let message = try self.answer(Array(rest.prefix(count)), of: stream.origin)
                for index in rest.prefix(count) { self.send(index, on: stream) }
                rest = rest.dropFirst(count)
                self.deliver(.message(try message.encoded(), nil, isGross: false), on: stream)
            }
            self.deliver(.end, on: stream)
        }
    }

    /// Sends a lie; false where there is nothing to lie about.
    private func lie(
        _ lie: Lie, on stream: SimulatedStream, _ ranges: [Range<UInt64>], _ indexes: [Int]
    ) throws -> Bool {
        let node = stream.origin
        switch lie {
        case .fetchedMalformed:
            self.deliver(.message(self.noise(), lie, isGross: true), on: stream)
        case .fetchedFlood:
            self.flood(stream, with: try self.answer([], of: node).encoded(), lie)
        case _:
            var message = try self.answer(indexes, of: node)
            let reader = stream.connection.client
            guard try lie.change(&message, asked: ranges, by: reader, of: node) else {
                return false
            }
            self.deliver(
                .message(try message.encoded(), lie, isGross: lie.mustBeAccused), on: stream)
        }
        self.deliver(.end, on: stream)
        return true
    }

    private func answer(_ indexes: [Int], of node: SimulatedNode) throws -> FetchResponse {
        var message = FetchResponse(
            attestations: [], records: [],
            answeredBelow: UInt64(indexes.last.map { $0 + 1 } ?? 0))
        var numbers: [Int: Int] = [:]
        for index in indexes {
            let batch = node.log.leaves[index].batch
            let number = numbers[batch] ?? numbers.count
            if numbers.updateValue(number, forKey: batch) == nil {
                message.attestations.append(node.log.batches[batch].attestation)
            }
            message.records.append(try node.log.logged(index, attestation: number))
        }
        return message
    }
}
