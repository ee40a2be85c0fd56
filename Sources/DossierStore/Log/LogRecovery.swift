/// Brings the log's files into order when it is opened, or says where they are damaged.
///
/// Below the durable marker every frame must check: what does not is corruption, and then nothing
/// is changed on the disk. Above it there may be, after a crash, frames that were never known to
/// be durable, and behind them the torn rest of one. The rest is cut. The frames are copied to a
/// new segment and synchronised there: after a failed synchronisation the system may show pages
/// that it will never write. A torn rest can only be part of the last write, since the one before
/// had been synchronised; so a place that does not check although a later frame says that it had
/// been durable is corruption too.
struct LogRecovery {
    /// The log in order, or as far as it is.
    struct Outcome {
        /// The segments, by the log size before each, ascending.
        var segments: [UInt64]
        /// Size of the log.
        var size: UInt64
        /// What is appended to; nil if the log is damaged.
        var tail: LogTail?
        /// Where the log is damaged.
        var damage: StoreError?
        /// Frames at or above this size may have been moved to another segment.
        var movedFrom: UInt64?
    }

    private let directories: LogDirectories
    private let fileSystem: any FileSystem

    /// Prepares recovery of the log in a store's directory.
    init(_ directories: LogDirectories, fileSystem: any FileSystem) {
        self.directories = directories
        self.fileSystem = fileSystem
    }

    /// Brings the log into order.
    func run() throws(FileError) -> Outcome {
        try self.directories.create(in: self.fileSystem)
        let names = try self.fileSystem.entries(of: self.directories.segments)
        for name in names where name.hasSuffix(SegmentFile.unfinishedSuffix) {
            try self.fileSystem.remove("\(self.directories.segments)/\(name)")
        }
        let segments = names.compactMap(SegmentFile.firstIndex(ofName:)).sorted()
        guard var marker = try self.marker(segments: segments) else {
            return try self.damaged(segments, minimum: 0, "durable marker is missing or damaged")
        }
        if segments.isEmpty, marker.position.size == 0 {
            return try self.begin(&marker)
        }
        return try self.recover(segments, &marker)
    }

    // MARK: - The marker and the first segment

    private func marker(segments: [UInt64]) throws(FileError) -> DurableMarker? {
        let names = try self.fileSystem.entries(of: self.directories.root)
        if names.contains(DurableMarker.name) {
            return try DurableMarker.open(self.directories.marker, in: self.fileSystem)
        }
        // The marker is made before the first segment: without it there is no log yet.
        guard segments.isEmpty else { return nil }
        let unfinished = self.directories.marker + SegmentFile.unfinishedSuffix
        let marker = try DurableMarker.create(unfinished, in: self.fileSystem)
        try self.fileSystem.rename(unfinished, to: self.directories.marker)
        try self.fileSystem.synchronizeDirectory(self.directories.root)
        return marker
    }

    private func begin(_ marker: inout DurableMarker) throws(FileError) -> Outcome {
        let segment = try self.directories.createSegment(firstIndex: 0, in: self.fileSystem) { _ in
        }
        return Outcome(
            segments: [0], size: 0,
            tail: LogTail(segment: segment, end: SegmentFile.headerByteCount, marker: marker))
    }

    // MARK: - Checking

    private func recover(
        _ segments: [UInt64], _ marker: inout DurableMarker
    ) throws(FileError) -> Outcome {
        let durable = marker.position
        let later = segments.filter { $0 > durable.segment }
        guard segments.contains(durable.segment), later.count <= 1,
            later.allSatisfy({ $0 == durable.size })
        else {
            return try self.damaged(
                segments, minimum: durable.size,
                "segments do not fit the durable marker (segment \(durable.segment), size \(durable.size))"
            )
        }
        guard let marked = try self.open(durable.segment) else {
            return try self.damaged(
                segments, minimum: durable.size, self.badHeader(durable.segment))
        }
        if let reason = try self.damage(below: durable, in: marked) {
            return try self.damaged(segments, minimum: durable.size, reason)
        }
        guard let last = later.isEmpty ? marked : try self.open(durable.size) else {
            return try self.damaged(segments, minimum: durable.size, self.badHeader(durable.size))
        }
        let start = later.isEmpty ? durable.offset : SegmentFile.headerByteCount
        let above = try self.frames(in: last, from: start, nextIndex: durable.size)
        if let reason = above.damage {
            return try self.damaged(segments, minimum: durable.size, reason)
        }
        return try self.settle(above, in: last, marked: marked, segments, &marker)
    }

    /// Why something below the marker does not check; nil if all does.
    private func damage(
        below durable: DurableMarker.Position, in segment: SegmentFile
    ) throws(FileError) -> String? {
        let fileSize = try segment.file.size()
        let end = min(fileSize, durable.offset)
        var scanner = FrameScanner(
            segment, range: SegmentFile.headerByteCount..<max(end, SegmentFile.headerByteCount),
            nextIndex: segment.firstIndex)
        while true {
            switch try scanner.next() {
            case .frame: continue
            case .damage(let reason):
                return self.directories.place(of: scanner, in: segment, reason)
            case .end:
                if fileSize >= durable.offset, scanner.nextIndex == durable.size { return nil }
                return self.directories.place(
                    of: scanner, in: segment,
                    "log ends at leaf \(scanner.nextIndex), expected \(durable.size)")
            }
        }
    }

    private struct Above {
        var start: Int
        var end: Int
        var size: UInt64
        var frames: [(header: FrameHeader, offset: Int)] = []
        var damage: String?
    }

    /// The frames above the marker, up to the log's end or a torn rest.
    private func frames(
        in segment: SegmentFile, from start: Int, nextIndex: UInt64
    ) throws(FileError) -> Above {
        let end = max(try segment.file.size(), start)
        var scanner = FrameScanner(segment, range: start..<end, nextIndex: nextIndex)
        var above = Above(start: start, end: end, size: nextIndex)
        scan: while true {
            switch try scanner.next() {
            case .frame(let header, let offset): above.frames.append((header, offset))
            case .end: break scan
            case .damage(let reason):
                if try scanner.laterFrameShowsDurability() {
                    above.damage = self.directories.place(of: scanner, in: segment, reason)
                }
                break scan
            }
        }
        above.size = scanner.nextIndex
        return above
    }

    // MARK: - Settling

    private func settle(
        _ above: Above, in last: SegmentFile, marked: SegmentFile, _ segments: [UInt64],
        _ marker: inout DurableMarker
    ) throws(FileError) -> Outcome {
        let durable = marker.position
        if last.firstIndex != marked.firstIndex {
            // Left over from a recovery that ended after copying: the copy stands.
            try self.cut(marked, to: durable.offset)
        }
        guard !above.frames.isEmpty else {
            try self.cut(last, to: above.start)
            return Outcome(
                segments: segments, size: durable.size,
                tail: LogTail(segment: last, end: above.start, marker: marker))
        }
        var position = SegmentFile.headerByteCount
        let copy = try self.directories.createSegment(
            firstIndex: durable.size, in: self.fileSystem
        ) { segment throws(FileError) in
            position = try self.copy(above, from: last, to: segment)
        }
        if last.firstIndex != durable.size { try self.cut(last, to: durable.offset) }
        try marker.write(.init(size: above.size, segment: durable.size, offset: position))
        try marker.synchronize()
        return Outcome(
            segments: segments.filter { $0 != durable.size } + [durable.size], size: above.size,
            tail: LogTail(segment: copy, end: position, marker: marker), movedFrom: durable.size)
    }

    /// Copies the frames above the marker; returns where they end.
    private func copy(
        _ above: Above, from source: SegmentFile, to target: SegmentFile
    ) throws(FileError) -> Int {
        var position = SegmentFile.headerByteCount
        var scanner = FrameScanner(source, range: above.start..<above.end, nextIndex: 0)
        for (header, offset) in above.frames {
            let body = try scanner.body(of: header, at: offset)
            let bytes = header.encoded(salt: target.salt) + body
            try target.file.write(bytes, at: position)
            position += bytes.count
        }
        return position
    }

    private func cut(_ segment: SegmentFile, to size: Int) throws(FileError) {
        guard try segment.file.size() > size else { return }
        try segment.file.truncate(to: size)
        try segment.file.synchronize()
    }

    // MARK: - Damage

    private func open(_ segment: UInt64) throws(FileError) -> SegmentFile? {
        try SegmentFile.open(
            self.directories.path(of: segment), firstIndex: segment, mode: .update,
            in: self.fileSystem)
    }

    private func badHeader(_ segment: UInt64) -> String {
        "\(self.directories.path(of: segment)), offset 0: segment header does not check"
    }

    /// The outcome for a damaged log: it is as large as it was known to be, or as its last segment
    /// still shows.
    private func damaged(
        _ segments: [UInt64], minimum: UInt64, _ reason: String
    ) throws(FileError) -> Outcome {
        var size = max(minimum, segments.last ?? 0)
        if let last = segments.last, let segment = try self.open(last) {
            let above = try self.frames(
                in: segment, from: SegmentFile.headerByteCount, nextIndex: last)
            size = max(size, above.size)
        }
        return Outcome(segments: segments, size: size, damage: StoreError(.corrupted, reason))
    }
}
