import DossierAPI
import DossierCore
import DossierStore

extension CatalogQuery {
    /// What a filter asks for, in the catalog's words.
    ///
    /// - Throws: ``ExchangeError`` with code `badRequest` and what is wrong with each field.
    init(_ filter: Filter) throws {
        self.init()
        var problems: [Finding] = []
        self.kinds = filter.kinds.map(\.rawValue)
        self.originators = filter.originators
        self.reference = filter.reference.isEmpty ? nil : filter.reference
        problems += filter.kinds.filter { !Kind.known.contains($0) }.map { kind in
            Finding(
                field: "filter.kinds", rule: .unknownKind, value: "\(kind.rawValue)",
                hint: "this node knows \(Kind.known.map(\.name).joined(separator: ", "))")
        }
        (self.occurredFrom, self.occurredTo) = Self.span(
            filter.occurredFrom, filter.occurredTo, "filter.occurred", &problems)
        (self.knownFrom, self.knownTo) = Self.span(
            filter.knownFrom, filter.knownTo, "filter.known", &problems)
        if !filter.recordIDPrefix.isEmpty {
            do {
                self.recordIDPrefix = try RecordIDPrefix(filter.recordIDPrefix).digits
            } catch {
                problems += error.findings
            }
        }
        self.lookupKeys = Self.lookupKeys(filter, &problems)
        guard problems.isEmpty else {
            throw ExchangeError(
                code: .badRequest,
                message: problems.map { "\($0.field): \($0.hint)" }.joined(separator: "; "),
                findings: problems)
        }
    }

    private static func span(
        _ from: String, _ to: String, _ field: String, _ problems: inout [Finding]
    ) -> (from: String?, to: String?) {
        let start = self.moment(from, "\(field)_from", &problems)
        let end = self.moment(to, "\(field)_to", &problems)
        if let first = Moment(from), let last = Moment(to), !last.isNotBefore(first) {
            problems.append(
                Finding(
                    field: "\(field)_to", rule: .periodOrder, value: to,
                    hint: "must not be before \(from)"))
        }
        return (start, end)
    }

    private static func moment(
        _ text: String, _ field: String, _ problems: inout [Finding]
    ) -> String? {
        guard !text.isEmpty else { return nil }
        if Moment(text) == nil {
            problems.append(
                Finding(
                    field: field, rule: .moment, value: text,
                    hint: "must be a moment: 2025, 2025-02, 2025-02-21 or 2025-02-21T14:03:00Z"))
        }
        return text
    }

    private static func lookupKeys(_ filter: Filter, _ problems: inout [Finding]) -> [LookupKey] {
        var keys: [LookupKey] = []
        if !filter.account.isEmpty {
            do {
                let account = try AccountKey(canonicalising: filter.account)
                keys.append(LookupKey(type: .account, key: account.key))
            } catch {
                problems.append(
                    Finding(
                        field: "filter.account", rule: .accountKey, value: filter.account,
                        hint: (error as? CoreError)?.message ?? "not an account"))
            }
        }
        if !filter.victim.isEmpty {
            keys.append(LookupKey(type: .victim, key: NameKey.fold(filter.victim)))
        }
        if !filter.actor.isEmpty {
            keys.append(LookupKey(type: .actor, key: NameKey.fold(filter.actor)))
        }
        return keys
    }
}

/// The first digits of a record id.
struct RecordIDPrefix: Hashable, Sendable {
    /// The fewest digits that name a record.
    static let minimumDigits = 8
    /// The digits of a whole record id.
    static let maximumDigits = 64

    /// The digits, in lower case.
    let digits: String

    init(_ digits: String) throws(ExchangeError) {
        guard (Self.minimumDigits...Self.maximumDigits).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else {
            let hint =
                "must be \(Self.minimumDigits) to \(Self.maximumDigits) lower-case hex digits"
            throw ExchangeError(
                code: .badRequest, message: "record id \"\(digits.escapedForTerminal)\" \(hint)",
                findings: [
                    Finding(field: "record_id", rule: .recordID, value: digits, hint: hint)
                ])
        }
        self.digits = digits
    }
}
