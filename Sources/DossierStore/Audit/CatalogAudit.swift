/// Audits what the catalog has of a log, beside a node that may have it open.
///
/// A catalog that is missing or behind is none of the log's faults, and no finding: it can be made
/// again. What it says must be true.
struct CatalogAudit: Sendable {
    private static let maximumMessages = 20

    /// The database.
    let path: String
    /// Number of leaves that are in it and in what is audited of the log.
    let size: UInt64
    /// Whether it is that of a mirror, which has records for some of the leaves only.
    let isMirror: Bool
    private let access: ReadOnlyDatabase.Access

    /// What opening gave.
    enum Opening {
        case open(CatalogAudit)
        /// It is not there.
        case missing
        /// It does not let itself be read.
        case damaged(AuditFinding)
    }

    /// Opens the catalog of a store whose log is audited up to a size.
    static func open(
        _ directory: String, size: UInt64, isMirror: Bool = false
    ) throws(StoreError) -> Opening {
        let path = "\(directory)/\(StoreDirectory.catalogName)"
        let names: [String]
        do throws(FileError) { names = try POSIXFileSystem().entries(of: directory) } catch {
            throw StoreError(error)
        }
        guard names.contains(StoreDirectory.catalogName) else { return .missing }
        // Where there is no write-ahead log nobody has the database open, and opening it as if
        // somebody had would make one.
        let isOpen = names.contains(StoreDirectory.catalogName + "-wal")
        let access = isOpen ? ReadOnlyDatabase.Access.shared : .unshared
        do throws(CatalogFault) {
            let database = try ReadOnlyDatabase(path: path, access)
            let followed = try database.integer("SELECT log_size FROM progress") ?? 0
            return .open(
                CatalogAudit(
                    path: path, size: min(size, UInt64(clamping: followed)), isMirror: isMirror,
                    access: access))
        } catch {
            guard !error.isUnreadable else { throw StoreError(error) }
            return .damaged(AuditFinding(path, "the catalog cannot be read: \(error)"))
        }
    }

    /// Whether a node may have begun to write to the catalog while it was read as nobody's.
    var wasOpenedMeanwhile: Bool {
        guard case .unshared = self.access else { return false }
        let directory = self.path.dropLast(StoreDirectory.catalogName.count)
        // What cannot be listed was not read either.
        let names = (try? POSIXFileSystem().entries(of: String(directory))) ?? []
        return names.contains(StoreDirectory.catalogName + "-wal")
    }

    /// The rows of leaves in a range, as far as the catalog goes.
    func rows(_ leaves: Range<UInt64>) throws(StoreError) -> CatalogRows? {
        let end = min(leaves.upperBound, self.size)
        guard leaves.lowerBound < end else { return nil }
        do throws(CatalogFault) {
            return try CatalogRows(
                self.database(), path: self.path, leaves.lowerBound..<end)
        } catch {
            guard !error.isUnreadable else { throw StoreError(error) }
            // Whoever audits the whole says so.
            return nil
        }
    }

    /// A connection, for one thread.
    func database() throws(CatalogFault) -> ReadOnlyDatabase {
        try ReadOnlyDatabase(path: self.path, self.access)
    }

    // MARK: - The whole

    /// What was read of the catalog as a whole.
    struct Whole: Sendable {
        /// The look-up tokens that it has.
        var tokens = TokenSums()
        /// What does not check.
        var findings: [AuditFinding] = []
        /// What should be known.
        var notes: [String] = []
    }

    /// Checks the database's structure, and reads its look-up tokens, in one snapshot.
    func whole() throws(StoreError) -> Whole {
        var whole = Whole()
        do throws(CatalogFault) {
            let database = try self.database()
            try database.execute("PRAGMA temp_store = MEMORY")
            try database.execute("BEGIN")
            try self.checkSchema(of: database, &whole)
            try self.checkStructure(of: database, &whole)
            try self.checkProgress(of: database, &whole)
            try self.checkIndex(of: database, &whole)
            whole.tokens = try TokenScan(database).sums(below: self.size)
        } catch {
            guard !error.isUnreadable else { throw StoreError(error) }
            whole.findings.append(AuditFinding(self.path, "the catalog cannot be read: \(error)"))
        }
        return whole
    }

    private func checkSchema(
        of database: ReadOnlyDatabase, _ whole: inout Whole
    ) throws(CatalogFault) {
        let statement = "SELECT type || ' ' || name || ' ' || sql FROM sqlite_master ORDER BY name"
        let model = try ReadOnlyDatabase(path: "", .memory)
        try model.execute(SQLiteCatalog.schema)
        let expected = try model.texts(statement)
        let version = try database.integer("PRAGMA user_version")
        guard try database.texts(statement) == expected,
            try database.texts("PRAGMA encoding") == ["UTF-8"],
            version == Int64(SQLiteCatalog.schemaVersion)
        else {
            whole.findings.append(
                AuditFinding(
                    self.path, table: "sqlite_master",
                    "the schema is not that of version \(SQLiteCatalog.schemaVersion)"))
            return
        }
    }

    private func checkStructure(
        of database: ReadOnlyDatabase, _ whole: inout Whole
    ) throws(CatalogFault) {
        let messages = try database.texts("PRAGMA integrity_check(\(Self.maximumMessages))")
        guard messages != ["ok"] else { return }
        whole.findings += messages.map { AuditFinding(self.path, "SQLite: \($0)") }
    }

    private func checkIndex(
        of database: ReadOnlyDatabase, _ whole: inout Whole
    ) throws(CatalogFault) {
        let index = try TokenIndexAudit(database)
        whole.findings += index.faults.map {
            AuditFinding(self.path, table: "lookup_tokens", $0)
        }
        if !index.isKnownForm {
            whole.notes.append(
                "what leads into the catalog's index was not audited: its form is new")
        }
    }

    /// The tables must reach exactly as far as the catalog says.
    private func checkProgress(
        of database: ReadOnlyDatabase, _ whole: inout Whole
    ) throws(CatalogFault) {
        let size = try database.integer("SELECT log_size FROM progress") ?? -1
        let ends = [
            ("records", "SELECT coalesce(max(leaf_index) + 1, 0) FROM records"),
            (
                "frames",
                "SELECT coalesce(max(first_index), 0) + coalesce((SELECT record_count FROM frames "
                    + "ORDER BY first_index DESC LIMIT 1), 0) FROM frames"
            ),
        ]
        for (table, statement) in ends {
            let end = try database.integer(statement) ?? -1
            guard self.isMirror && table == "records" ? end > size : end != size else { continue }
            whole.findings.append(
                AuditFinding(
                    self.path, table: table, leaf: UInt64(clamping: min(end, size)),
                    "rows reach to leaf \(end), the catalog says \(size)"))
        }
        let count = try database.integer(
            "SELECT (SELECT count(*) FROM records) = record_count FROM progress WHERE id = 1")
        if count != 1 {
            whole.findings.append(
                AuditFinding(
                    self.path, table: "progress", "the catalog says another number of records"))
        }
        guard !self.isMirror else { return }
        let last = try database.integer(
            "SELECT count(*) FROM progress p LEFT JOIN records r ON r.leaf_index = p.log_size - 1 "
                + "WHERE p.id = 1 AND p.last_leaf IS r.record_id")
        let first =
            try database.integer(
                "SELECT count(*) FROM records WHERE leaf_index < 0") ?? 0
        if last != 1 || first != 0 {
            whole.findings.append(
                AuditFinding(
                    self.path, table: "progress",
                    "the last record is not the one that the catalog names"))
        }
    }
}

extension StoreError {
    /// The store's error for a catalog that could not be read.
    init(_ fault: CatalogFault) {
        self.init(.storageFailed, "the catalog cannot be read: \(fault.message)", cause: fault)
    }
}
