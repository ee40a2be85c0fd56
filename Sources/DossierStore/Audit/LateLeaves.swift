import DossierCore

/// The records of a mirror that came after their leaves, read beside a node that may have it open.
struct LateLeaves: Sendable {
    /// The database.
    let path: String
    private var records: [UInt64: [UInt8]] = [:]

    /// Of a log of one's own: there are none.
    static let none = LateLeaves(path: "")

    private init(path: String) { self.path = path }

    /// Reads those of a mirror; nil where the file is missing or damaged.
    init?(ofMirror directory: String) throws(StoreError) {
        self.path = "\(directory)/\(MirrorNotes.name)"
        do throws(CatalogFault) {
            let database = try ReadOnlyDatabase(path: self.path, .shared)
            let rows = try ReadOnlyStatement(
                "SELECT leaf_index, record FROM late_records", in: database)
            while try rows.step() {
                self.records[UInt64(clamping: rows.integer(0) ?? -1)] = rows.withBytes(1) {
                    [UInt8]($0)
                }
            }
        } catch {
            guard !error.isUnreadable else { throw StoreError(error) }
            return nil
        }
    }

    /// The record that came for a leaf; nil if none did.
    subscript(leaf: UInt64) -> [UInt8]? { self.records[leaf] }
}
