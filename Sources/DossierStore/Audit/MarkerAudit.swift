import DossierCore

/// Audits the small files beside the log: its origin and the markers of what is durable.
struct MarkerAudit {
    // A slot that is being written does not check; it is read again.
    private static let attempts = 5

    private let store: StoreConfiguration
    private var damage: [AuditFinding] = []
    private var positions: [(path: String, offset: Int, position: DurableMarker.Position)] = []

    /// Reads the files.
    ///
    /// Throws `wrongOrigin` for a directory of another log, or what reading failed with.
    init(_ store: StoreConfiguration) throws(StoreError) {
        self.store = store
        do throws(FileError) {
            try self.readOrigin()
            try self.read(DurableMarker.name)
            try self.read(HashFile.markerName)
        } catch {
            throw StoreError(error)
        }
    }

    /// Size of the log that the markers tell of; nil if none checks.
    var size: UInt64? { self.positions.map(\.position.size).max() }

    /// What does not check in a log with these segments.
    func findings(_ segments: [UInt64]) -> [AuditFinding] {
        let marker = "\(self.store.directory)/\(DurableMarker.name)"
        return self.damage
            + self.positions.filter { $0.path == marker }.compactMap { path, offset, position in
                guard position.size > 0, !segments.contains(position.segment) else { return nil }
                return AuditFinding(
                    path, offset: offset,
                    "marker names segment \(position.segment), which is not there")
            }
    }

    private mutating func readOrigin() throws(FileError) {
        let path = "\(self.store.directory)/origin"
        let expected = Array(self.store.log.origin.utf8)
        let file = try self.store.fileSystem.open(path, .read)
        let bytes = try file.read(count: expected.count + 1, at: 0)
        guard bytes != expected else { return }
        let offset = zip(bytes, expected).enumerated().first { $1.0 != $1.1 }?.offset
        self.damage.append(
            AuditFinding(
                path, offset: offset ?? min(bytes.count, expected.count),
                "origin is not \(self.store.log.origin)"))
    }

    private mutating func read(_ name: String) throws(FileError) {
        let path = "\(self.store.directory)/\(name)"
        guard try self.store.fileSystem.entries(of: self.store.directory).contains(name) else {
            self.damage.append(AuditFinding(path, "the file is missing"))
            return
        }
        let file = try self.store.fileSystem.open(path, .read)
        var slots = try DurableMarker.contents(of: file)
        for _ in 1..<Self.attempts where slots.contains(where: { $0.position == nil }) {
            slots = try DurableMarker.contents(of: file)
        }
        for slot in slots {
            if let position = slot.position {
                self.positions.append((path, slot.offset, position))
            } else {
                self.damage.append(
                    AuditFinding(path, offset: slot.offset, "slot does not check"))
            }
        }
    }
}
