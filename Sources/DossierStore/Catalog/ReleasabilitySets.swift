import GRDB
import Synchronization

/// The releasability lists that the catalog has numbered: there are few, and each record has one.
final class ReleasabilitySets: Sendable {
    private struct State {
        var ids: [[String]: Int64] = [:]
        var lists: [Int64: [String]] = [:]
    }

    private let state = Mutex(State())

    /// The number of a list, given to it in the transaction if it has none.
    ///
    /// A number whose transaction fails must be forgotten with `forget`.
    func id(of list: [String], in db: Database) throws -> Int64 {
        if let id = self.state.withLock({ $0.ids[list] }) { return id }
        let text = list.joined(separator: " ")
        let known = try Int64.fetchOne(
            db, sql: "SELECT id FROM releasability_sets WHERE organisations = ?", arguments: [text])
        if let known {
            self.note(list, known)
            return known
        }
        try db.execute(
            sql: "INSERT INTO releasability_sets (organisations) VALUES (?)", arguments: [text])
        let id = db.lastInsertedRowID
        self.note(list, id)
        return id
    }

    /// The list with a number; nil if there is none.
    func list(_ id: Int64, in db: Database) throws -> [String]? {
        if let list = self.state.withLock({ $0.lists[id] }) { return list }
        let text = try String.fetchOne(
            db, sql: "SELECT organisations FROM releasability_sets WHERE id = ?", arguments: [id])
        guard let text else { return nil }
        let list = text.split(separator: " ").map(String.init)
        self.note(list, id)
        return list
    }

    /// Forgets all numbers; they are read again.
    func forget() { self.state.withLock { $0 = State() } }

    private func note(_ list: [String], _ id: Int64) {
        self.state.withLock { state in
            state.ids[list] = id
            state.lists[id] = list
        }
    }
}
