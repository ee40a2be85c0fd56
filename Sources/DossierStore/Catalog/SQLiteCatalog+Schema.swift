import GRDB

extension SQLiteCatalog {
    /// The version of the schema; a catalog of another version is thrown away and rebuilt.
    static let schemaVersion = 2

    static func createSchema(_ db: Database) throws {
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard version != self.schemaVersion else { return }
        guard version == 0 else {
            throw StoreError(
                .corrupted, "catalog has schema \(version), expected \(self.schemaVersion)")
        }
        try db.execute(sql: self.schema)
        try db.execute(sql: "PRAGMA user_version = \(self.schemaVersion)")
    }

    /// What makes the tables.
    static let schema = """
        -- How far the catalog has followed the log: one row, changed with the rows it tells of.
        CREATE TABLE progress (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            log_size INTEGER NOT NULL,
            last_leaf BLOB,
            -- How many records there are: fewer than leaves in a mirror.
            record_count INTEGER NOT NULL,
            -- How far the records of a mirror are taken in that came after their leaves.
            late_sequence INTEGER NOT NULL
        ) STRICT;
        INSERT INTO progress VALUES (1, 0, NULL, 0, 0);

        -- Where each frame of the log is.
        CREATE TABLE frames (
            first_index INTEGER PRIMARY KEY,
            record_count INTEGER NOT NULL,
            batch_root BLOB NOT NULL,
            batch_size INTEGER NOT NULL,
            segment INTEGER NOT NULL,
            offset INTEGER NOT NULL,
            body_length INTEGER NOT NULL
        ) STRICT;

        -- Each distinct releasability once: organisation ids, one space between them.
        CREATE TABLE releasability_sets (
            id INTEGER PRIMARY KEY,
            organisations TEXT NOT NULL UNIQUE
        ) STRICT;

        -- What the headers say.
        CREATE TABLE records (
            leaf_index INTEGER PRIMARY KEY,
            record_id BLOB NOT NULL,
            originator TEXT NOT NULL,
            reference TEXT NOT NULL,
            version INTEGER NOT NULL,
            operation INTEGER NOT NULL,
            target_record_id BLOB,
            kind INTEGER NOT NULL,
            format_version INTEGER NOT NULL,
            tlp INTEGER NOT NULL,
            pap INTEGER NOT NULL,
            -- 1: ORCON, 2: header or marking hold something unknown, 4: the kind is known,
            -- 8: there may be other versions of its finding, 16: it came after its leaf
            flags INTEGER NOT NULL,
            releasability_set INTEGER NOT NULL REFERENCES releasability_sets (id),
            occurred_start TEXT NOT NULL,
            occurred_end TEXT NOT NULL,
            known TEXT NOT NULL,
            reported TEXT NOT NULL
        ) STRICT;

        -- Those that do not speak for themselves: few, and looked up by range of leaves.
        CREATE INDEX records_of_more ON records (leaf_index)
        WHERE \(RecordQuery.conditionOfMore);

        -- What the records are found by; the row id is the leaf index.
        CREATE VIRTUAL TABLE lookup_tokens USING fts5 (
            tokens, content = '', detail = none, columnsize = 0, tokenize = 'ascii'
        );
        -- Runs are merged later than by default: less is written, and a look-up reads a few more.
        INSERT INTO lookup_tokens (lookup_tokens, rank) VALUES ('automerge', 8);
        """
}
