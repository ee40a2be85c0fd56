extension SegmentLog {
    /// Reads parts of frames' bodies, neighbours at once.
    nonisolated func read(_ parts: [FramePart]) throws(StoreError) -> [[UInt8]] {
        var bodies: [[UInt8]] = []
        bodies.reserveCapacity(parts.count)
        var start = 0
        while start < parts.count {
            let end = Self.neighbours(in: parts, from: start)
            let span =
                parts[start].rangeInSegment.lowerBound..<parts[end - 1].rangeInSegment.upperBound
            let segment = try self.table.open(parts[start].frame.segment)
            let bytes: [UInt8]
            do throws(FileError) {
                bytes = try segment.file.read(count: span.count, at: span.lowerBound)
            } catch {
                throw StoreError(error)
            }
            guard end - start > 1 else {
                bodies.append(bytes)
                start = end
                continue
            }
            for part in parts[start..<end] {
                let range = part.rangeInSegment
                let offset = range.lowerBound - span.lowerBound
                bodies.append(Array(bytes.dropFirst(offset).prefix(range.count)))
            }
            start = end
        }
        return bodies
    }

    /// The end of the parts that follow each other with no more than a header between them.
    private static func neighbours(in parts: [FramePart], from start: Int) -> Int {
        var end = start + 1
        while end < parts.count, parts[end].frame.segment == parts[start].frame.segment {
            let gap =
                parts[end].rangeInSegment.lowerBound - parts[end - 1].rangeInSegment.upperBound
            guard (0...FrameHeader.byteCount).contains(gap) else { break }
            end += 1
        }
        return end
    }

    /// Reads whole frames that follow a frame, or the log's first.
    nonisolated func scan(
        after location: FrameLocation?, maximumBytes: Int
    ) throws(StoreError) -> [LoggedFrame] {
        var frames: [LoggedFrame] = []
        var bytes = 0
        try self.forEachFrame(after: location) {
            (header, offset, segment, scanner) throws(FileError) in
            if !frames.isEmpty, bytes + header.bodyLength > maximumBytes { return false }
            let location = FrameLocation(
                firstIndex: header.firstIndex, recordCount: header.recordCount,
                segment: segment.firstIndex, offset: offset, bodyLength: header.bodyLength)
            frames.append(
                LoggedFrame(location: location, body: try scanner.body(of: header, at: offset)))
            bytes += header.bodyLength
            return true
        }
        return frames
    }

    /// Checks every frame that is durable now.
    nonisolated func checkEverything() throws(StoreError) {
        try self.forEachFrame(after: nil) { _, _, _, _ in !Task.isCancelled }
        if Task.isCancelled { throw StoreError(.cancelled, "the audit was cancelled") }
    }

    private typealias Visit = (
        FrameHeader, _ offset: Int, SegmentFile, inout FrameScanner
    ) throws(FileError) -> Bool

    /// How the scan of a segment ended.
    private enum Ending {
        case segmentEnd(nextIndex: UInt64)
        case stopped
        case damage(String)
    }

    /// Calls `visit` with each frame that follows a frame, until it returns false or the log ends.
    ///
    /// Throws `corrupted` where a frame does not check.
    private nonisolated func forEachFrame(
        after location: FrameLocation?, _ visit: Visit
    ) throws(StoreError) {
        let size = self.size
        var next = location?.endIndex ?? 0
        var start = location.map { $0.offset + FrameHeader.byteCount + $0.bodyLength }
        for index in self.table.segments where index >= location?.segment ?? 0 && next < size {
            let segment = try self.table.open(index)
            let offset = start ?? SegmentFile.headerByteCount
            start = nil
            switch try self.scan(segment, from: offset, nextIndex: next, below: size, visit) {
            case .segmentEnd(let nextIndex): next = nextIndex
            case .stopped: return
            case .damage(let place): throw StoreError(.corrupted, place)
            }
        }
        guard next >= size else {
            throw StoreError(.corrupted, "log ends at leaf \(next), expected \(size)")
        }
    }

    private nonisolated func scan(
        _ segment: SegmentFile, from offset: Int, nextIndex: UInt64, below size: UInt64,
        _ visit: Visit
    ) throws(StoreError) -> Ending {
        do throws(FileError) {
            let end = max(try segment.file.size(), offset)
            var scanner = FrameScanner(segment, range: offset..<end, nextIndex: nextIndex)
            // What lies at or above the size is being written.
            while scanner.nextIndex < size {
                switch try scanner.next() {
                case .frame(let header, let offset):
                    guard try visit(header, offset, segment, &scanner) else { return .stopped }
                case .end: return .segmentEnd(nextIndex: scanner.nextIndex)
                case .damage(let reason):
                    return .damage(self.directories.place(of: scanner, in: segment, reason))
                }
            }
            return .segmentEnd(nextIndex: scanner.nextIndex)
        } catch {
            throw StoreError(error)
        }
    }
}
