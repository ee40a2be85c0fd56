import DossierCore
import DossierCrypto
import MerkleLog

extension SegmentAudit {
    /// Audits a frame whose checksums are right: they only say that it is what was written.
    mutating func audit(_ header: FrameHeader, _ body: [UInt8], at offset: Int) {
        body.withUnsafeBytes { bytes in
            guard let head = FrameHead(decoding: bytes, recordCount: header.recordCount),
                head.recordRanges.last?.upperBound == bytes.count
            else {
                self.report("the frame contradicts itself")
                self.outcome.addUnknown(header.firstIndex..<header.endIndex)
                self.rows?.skip(to: header.endIndex)
                return
            }
            self.audit(head, header, bytes, at: offset)
        }
    }

    private mutating func audit(
        _ head: FrameHead, _ header: FrameHeader, _ body: UnsafeRawBufferPointer, at offset: Int
    ) {
        let root = Tree.root(of: head.leafHashes)
        let originator =
            Self.isContinuation(head, header, body) || self.isWithheld(head)
            ? nil : self.originator(of: head, root, header)
        let frame = FrameLocation(
            firstIndex: header.firstIndex, recordCount: header.recordCount,
            segment: self.job.segment, offset: offset, bodyLength: header.bodyLength)
        let batch = CatalogFrame(
            location: frame, batchRoot: root, batchSize: head.leafHashes.count, entries: [],
            lastLeaf: head.lastLeaf)
        self.rows?.check(batch, into: &self.outcome)
        var leaf = header.firstIndex
        for (position, range) in zip(head.appended, head.recordRanges) {
            defer { leaf += 1 }
            if range.isEmpty, self.configuration.store.isMirror {
                self.auditLate(head.leafHashes[position], leaf, of: batch)
                continue
            }
            let record = UnsafeRawBufferPointer(rebasing: body[range])
            let place = offset + FrameHeader.byteCount + range.lowerBound
            if Tree.leafHash(of: record) != head.leafHashes[position] {
                self.report(offset: place, leaf: leaf, "the record does not have its leaf hash")
            }
            let facts = self.configuration.store.facts(record)
            if let originator, facts.originator != originator {
                self.report(
                    offset: place, leaf: leaf,
                    "the record says it is of \(facts.originator.escapedForTerminal), and was "
                        + "signed by \(originator)")
            }
            self.file(facts, as: head.leafHashes[position], leaf, of: batch)
        }
        self.outcome.leaves.append(.known(head.appended.map { head.leafHashes[$0] }))
        self.outcome.counts.attestations += 1
        self.outcome.counts.records += header.recordCount
    }

    /// Whether a frame of a mirror has leaves of which there are the hashes alone.
    private func isWithheld(_ head: FrameHead) -> Bool {
        self.configuration.store.isMirror && head.attestation.isEmpty
            && head.recordRanges.allSatisfy(\.isEmpty)
    }

    /// Audits what came for a leaf of which there was the hash alone, if something did.
    private mutating func auditLate(_ leafHash: Digest, _ leaf: UInt64, of batch: CatalogFrame) {
        guard let record = self.configuration.late[leaf] else { return }
        if Tree.leafHash(of: record) != leafHash {
            self.outcome.findings.append(
                AuditFinding(
                    self.configuration.late.path, table: "late_records", leaf: leaf,
                    "the record does not have its leaf hash"))
        }
        let facts = record.withUnsafeBytes(self.configuration.store.facts)
        self.file(facts, as: leafHash, leaf, of: batch, isLate: true)
    }

    /// Whether a frame begins a log that succeeds another: nobody attests its one leaf.
    private static func isContinuation(
        _ head: FrameHead, _ header: FrameHeader, _ body: UnsafeRawBufferPointer
    ) -> Bool {
        guard header.firstIndex == 0, head.attestation.isEmpty, head.leafHashes.count == 1,
            let range = head.recordRanges.first
        else { return false }
        return body[range].starts(with: "\(LogSuccession.continuationVersion)\n".utf8)
    }

    /// Verifies who signed a frame's batch; nil if that does not check.
    private mutating func originator(
        of head: FrameHead, _ root: Digest, _ header: FrameHeader
    ) -> String? {
        let batch: AttestedBatch
        do throws(VerificationError) {
            batch = try self.configuration.judge(head.attestation, header.endIndex - 1)
        } catch {
            self.report("the attestation does not verify: \(error.code): \(error.message)")
            return nil
        }
        if batch.batchRoot != root {
            self.report("the leaf hashes do not make the root that was signed")
        } else if batch.size != head.leafHashes.count {
            self.report(
                "the batch has \(head.leafHashes.count) records, \(batch.size) were signed")
        }
        return batch.originator
    }

    /// Compares the catalog's row of a record, and sums up its look-up tokens.
    private mutating func file(
        _ facts: RecordFacts, as recordID: Digest, _ leaf: UInt64, of batch: CatalogFrame,
        isLate: Bool = false
    ) {
        var tokens = CatalogTokens.text(recordID: recordID, facts: facts)
        if leaf == batch.location.firstIndex, !isLate { tokens += batch.tokenOfWhole }
        self.outcome.tokens.add(tokens, of: leaf)
        if let rows, rows.covers(leaf) {
            rows.check(facts, recordID, leaf, into: &self.outcome)
            self.outcome.counts.catalogRecords += 1
        } else {
            self.outcome.withoutRows += 1
        }
    }
}
