public import DossierCore

// MARK: - The next version of a finding

extension RecordDraft {
    /// The record that replaces the newest version of a finding.
    ///
    /// A record without marking takes that of the version before, and one whose marking names nobody
    /// is released as that was: to the organisations that it names, not to its groups, whose members
    /// may be others by now. What the draft has for records that name none comes before that. PAP
    /// and national label stay where the marking does not name others; originator control, of which
    /// a record cannot say that it ends, stays until it is lifted.
    ///
    /// - Parameters:
    ///   - version: the newest version, verified.
    ///   - record: what the finding says from now on, as the analyst gives it.
    ///   - liftsOriginatorControl: whether the version is under originator control (ORCON) only if
    ///     the record itself says so.
    /// - Throws: ``DossierCore/CoreError`` with code `malformedRecord` when the newest version
    ///   cannot be read.
    public func amendment(
        of version: VerifiedRecord, with record: Record, liftsOriginatorControl: Bool = false
    ) throws -> Record {
        let before = try Record(decoding: version.bytes)
        var next = record
        self.continueFinding(of: version, before.header, by: .amend, &next.header)
        let standing = before.header.marking ?? Marking()
        var marking = next.header.marking ?? standing
        if next.header.marking == nil { marking.releaseGroups = [] }
        if next.header.marking == nil || marking.releasability + marking.releaseGroups == [] {
            marking.releasability = self.releaseTo == .nobody ? standing.releasability : []
        }
        if next.header.marking == nil || marking.tlp == .unspecified {
            marking.tlp = self.tlp == .unspecified ? standing.tlp : .unspecified
        }
        if marking.pap == .unspecified { marking.pap = standing.pap }
        if marking.nationalLabel.isEmpty { marking.nationalLabel = standing.nationalLabel }
        let isControlled = record.header.marking?.orcon ?? false
        marking.orcon = isControlled || standing.orcon && !liftsOriginatorControl
        next.header.marking = marking
        return next
    }

    /// The record that narrows the release of a finding, in all its versions so far.
    ///
    /// - Parameters:
    ///   - version: the newest version, verified.
    ///   - organisations: to whom the finding is released from now on, beside its originator.
    ///   - reason: why.
    /// - Throws: as ``amendment(of:with:liftsOriginatorControl:)``.
    public func restriction(
        of version: VerifiedRecord, releaseTo organisations: [String], reason: Text
    ) throws -> Record {
        var notice = try self.notice(of: version, .restrict, "Restricted", reason)
        notice.header.marking?.releasability = organisations.sorted()
        return notice
    }

    /// The record that takes a finding back.
    ///
    /// - Parameters:
    ///   - version: the newest version, verified.
    ///   - reason: why.
    /// - Throws: as ``amendment(of:with:liftsOriginatorControl:)``.
    public func withdrawal(of version: VerifiedRecord, reason: Text) throws -> Record {
        try self.notice(of: version, .withdraw, "Withdrawn", reason)
    }

    /// A record without content, whose narrative is the reason.
    ///
    /// Its title says nothing of the finding: a notice goes to everybody whom any version named, and
    /// the newest title may have been for fewer.
    private func notice(
        of version: VerifiedRecord, _ operation: Operation, _ word: String, _ reason: Text
    ) throws -> Record {
        let before = try Record(decoding: version.bytes).header
        var header = Header(kind: before.kind, marking: before.marking ?? Marking())
        header.marking?.releaseGroups = []
        self.continueFinding(of: version, before, by: operation, &header)
        return Record(
            header: header,
            report: Report(
                titles: [Text(text: "\(word): \(before.reference)", language: "en")],
                narratives: [reason]), content: nil)
    }

    private func continueFinding(
        of version: VerifiedRecord, _ before: Header, by operation: Operation,
        _ header: inout Header
    ) {
        header.originator = before.originator
        header.reference = before.reference
        header.version = before.version + 1
        header.operation = operation
        header.targetRecordID = version.id.bytes
        // Derived anew from what the record says now.
        header.salt = []
    }
}
