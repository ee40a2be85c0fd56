import DossierCore
import DossierCrypto
import GRPCWire
import Logging

/// How long before its end something is warned of, in days.
enum ExpiryNotice: Int64, CaseIterable {
    /// Time to have a new one issued.
    case first = 30
    /// Time to ask what became of it.
    case second = 14
    /// Nearly too late.
    case last = 3

    static let secondsPerDay: Int64 = 86_400

    /// The days, in seconds.
    var seconds: Int64 { self.rawValue * Self.secondsPerDay }

    /// The service of `grpc.health.v1` that serves while nothing ends within that time.
    var healthService: String { "dossier.certificate.\(self.rawValue)d" }

    /// How loudly the log says it.
    var logLevel: Logger.Level {
        switch self {
        case .first, .second: .warning
        case .last: .error
        }
    }
}

/// Something that a node depends on and that ends by itself.
struct Expiring: Hashable, Sendable {
    /// What it is.
    var subject: String
    /// When it ends, in seconds since 1970.
    var end: Int64
    /// What to do.
    var advice: String
    /// Whether it is made anew often, as by rule: then there is nothing to warn of before its end.
    var isRoutine = false

    /// The latest notice whose time has come; nil if it is too early for any.
    func notice(at time: Int64) -> ExpiryNotice? {
        if self.isRoutine { return time >= self.end ? .last : nil }
        return ExpiryNotice.allCases.filter { self.end - time <= $0.seconds }.min {
            $0.rawValue < $1.rawValue
        }
    }

    /// What to tell an operator.
    func text(at time: Int64) -> String {
        let moment = Moment(unixSeconds: self.end).map { "\($0)" } ?? "after the year 9999"
        let days = (self.end - time) / ExpiryNotice.secondsPerDay
        let when =
            time >= self.end
            ? "ended \(moment)"
            : "ends \(moment), \(days < 1 ? "within a day" : "in \(days) day\(days == 1 ? "" : "s")")"
        return "\(self.subject) \(when): \(self.advice)"
    }
}

extension NodeIdentity {
    /// What ends by itself: the node's certificate and those above it, its organisation's trust
    /// anchors, and the revocation lists.
    func expiring(_ anchors: TrustAnchors) -> [Expiring] {
        let credentials = self.credentials
        let organisation = credentials.identity.organisation
        let anchors = anchors.certificates[organisation] ?? []
        let place = self.files.map { "\($0.certificate) and \($0.key)" } ?? "use"
        var expiring = [
            Expiring(
                subject: "the certificate of \(credentials.identity.spiffeID)",
                end: credentials.chain[0].notAfter,
                advice: "have a new one issued, and put it and its key into \(place)")
        ]
        for authority in credentials.chain.dropFirst() where !anchors.contains(authority) {
            expiring.append(
                Expiring(
                    subject: "the certificate of the CA \(authority.subject)",
                    end: authority.notAfter,
                    advice: "have the node's certificate issued by its successor, and put both "
                        + "into \(place)"))
        }
        for anchor in anchors {
            expiring.append(
                Expiring(
                    subject: "the trust anchor \(anchor.subject) of \(organisation)",
                    end: anchor.notAfter,
                    advice: "let all members have its successor before (dossier peer export)"))
        }
        for list in self.revocations.lists {
            guard let end = list.nextUpdate else { continue }
            expiring.append(
                Expiring(
                    subject: "the revocation list of \(list.issuer)", end: end,
                    advice: "what it names stays revoked; put the CA's next one into "
                        + (self.files?.revocationLists ?? place), isRoutine: true))
        }
        return expiring
    }

    /// What an operator must do something about, the most urgent first.
    func warnings(_ anchors: TrustAnchors, at time: Int64) -> [String] {
        let ending = self.expiring(anchors)
            .filter { $0.notice(at: time) != nil }
            .sorted { $0.end < $1.end }
        return self.problems + ending.map { $0.text(at: time) }
    }
}

/// Tells the log, and whoever asks for the health, what is about to end.
struct ExpiryWatch {
    /// How often the log is told the same again, in seconds.
    private static let repetitionSeconds: Int64 = 86_400

    private struct Telling {
        var notice: ExpiryNotice
        var time: Int64
    }

    private let health: HealthService
    private let logger: Logger
    private var told: [Expiring: Telling] = [:]

    /// A watch that has told nothing yet.
    init(_ health: HealthService, logger: Logger) {
        self.health = health
        self.logger = logger
    }

    /// Tells what is to be told at a time in seconds since 1970.
    mutating func look(at expiring: [Expiring], at time: Int64) {
        for notice in ExpiryNotice.allCases {
            let isFar = expiring.allSatisfy {
                $0.notice(at: time).map { $0.rawValue > notice.rawValue } ?? true
            }
            self.health.set(isFar ? .serving : .notServing, for: notice.healthService)
        }
        for thing in expiring { self.tell(thing, at: time) }
    }

    /// Forgets what was told: what still holds is told again.
    mutating func begin() { self.told = [:] }

    private mutating func tell(_ thing: Expiring, at time: Int64) {
        guard let notice = thing.notice(at: time) else { return }
        if let last = self.told[thing], last.notice == notice,
            time - last.time < Self.repetitionSeconds
        {
            return
        }
        self.told[thing] = Telling(notice: notice, time: time)
        self.logger.log(level: notice.logLevel, "\(thing.text(at: time))")
    }
}
