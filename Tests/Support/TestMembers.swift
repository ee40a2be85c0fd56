public import DossierCore
import MerkleLog

/// A members file for tests: what `members.json` would say of organisations of a ``TestPKI``.
public struct TestMembers: Sendable {
    /// Roles by path: `person/*`.
    public typealias Roles = [(path: String, roles: [String])]

    /// What every organisation grants unless a test says otherwise.
    public static let usualRoles: Roles = [
        ("person/*", ["submitter", "reader"]), ("service/*", ["submitter", "reader"]),
        ("node/*", ["node"]),
    ]

    private let entries: [String]
    private let trustDomain: String
    private let groups: [String: [String]]

    /// A file with organisations in the order given.
    ///
    /// - Parameter roles: the roles of organisations that differ from the usual.
    public init(
        _ organisations: [String], trustDomain: String = "msmt.example",
        groups: [String: [String]] = [:], roles: [String: Roles] = [:]
    ) {
        self.trustDomain = trustDomain
        self.groups = groups
        self.entries = organisations.map { organisation in
            let grants = (roles[organisation] ?? Self.usualRoles).map { grant in
                "{\"path\":\"\(grant.path)\",\"roles\":\(Self.list(grant.roles))}"
            }
            return """
                {"id":"\(organisation)","names":[{"text":"\(organisation)","language":"en"}],\
                "country":"\(organisation.uppercased())","anchors":["\(organisation)/ca.pem"],\
                "log":\(Self.log(Self.logOrigin(organisation, trustDomain))),\
                "roles":[\(grants.joined(separator: ","))]}
                """
        }
    }

    /// A log's entry: its origin, and the key of ``TestLogKey``.
    private static func log(_ origin: String) -> String {
        let key = (try? TestLogKey.signer(of: origin).verifierKey.text).map { ",\"key\":\"\($0)\"" }
        return "{\"origin\":\"\(origin)\"\(key ?? "")}"
    }

    /// Origin of an organisation's log.
    public static func logOrigin(
        _ organisation: String, _ trustDomain: String = "msmt.example"
    ) -> String {
        "\(trustDomain)/dossier/\(organisation)/1"
    }

    /// The file.
    public var json: String {
        let groups = self.groups.sorted { $0.key < $1.key }.map { name, organisations in
            "\"\(name)\":\(Self.list(organisations))"
        }
        return """
            {"trust_domain":"\(self.trustDomain)","groups":{\(groups.joined(separator: ","))},\
            "organisations":[\(self.entries.joined(separator: ","))]}
            """
    }

    /// The members.
    public var members: Members { get throws { try Members(json: Array(self.json.utf8)) } }

    private static func list(_ texts: [String]) -> String {
        "[" + texts.map { "\"\($0)\"" }.joined(separator: ",") + "]"
    }
}
