import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("The members file")
struct MembersTests {
    private static let file = TestMembers(
        ["kr", "us", "jp"], groups: ["pacific": ["jp", "us"], "nobody": []]
    ).json

    private func peer(
        _ organisation: String, _ kind: PeerIdentity.Kind, _ name: String
    ) throws -> PeerIdentity {
        try PeerIdentity(
            trustDomain: "msmt.example", organisation: organisation, kind: kind, name: name)
    }

    @Test("members are read in the order of the file, with what it says of each")
    func reading() throws {
        let members = try Members(json: Array(Self.file.utf8))

        #expect(members.trustDomain == "msmt.example")
        #expect(members.organisations.map(\.id) == ["kr", "us", "jp"])
        #expect(members["us"]?.logOrigin == "msmt.example/dossier/us/1")
        #expect(members["us"]?.anchorPaths == ["us/ca.pem"])
        #expect(members["us"]?.names.first?.text == "us")
        #expect(members["us"]?.nodeAddress.isEmpty == true)
        #expect(members.contains("jp") && !members.contains("de") && members["de"] == nil)
    }

    @Test("groups name members, and all is everybody")
    func groups() throws {
        let members = try Members(json: Array(Self.file.utf8))

        #expect(members.group("pacific") == ["jp", "us"])
        #expect(members.group("nobody") == [])
        #expect(members.group("all") == ["kr", "us", "jp"])
        #expect(members.group("atlantic") == nil)
        #expect(members.groupNames == ["all", "nobody", "pacific"])
    }

    @Test("a peer has the roles of its exact name and of its kind, of its own organisation only")
    func roles() throws {
        let members = try TestMembers(
            ["kr", "us"],
            roles: [
                "kr": [
                    ("person/*", ["reader"]), ("person/kim", ["submitter"]),
                    ("service/feeder", ["submitter", "reader"]), ("node/*", ["node"]),
                    ("person/root", ["admin", "auditor"]),
                ]
            ]
        ).members
        let table: [(String, PeerIdentity.Kind, String, Set<Members.Role>)] = [
            ("kr", .person, "lee", [.reader]), ("kr", .person, "kim", [.reader, .submitter]),
            ("kr", .service, "feeder", [.submitter, .reader]), ("kr", .service, "other", []),
            ("kr", .node, "node-1", [.node]), ("kr", .node, "kim", [.node]),
            ("kr", .person, "root", [.reader, .admin, .auditor]),
            ("us", .person, "kim", [.submitter, .reader]), ("jp", .person, "kim", []),
        ]
        for (organisation, kind, name, roles) in table {
            let peer = try self.peer(organisation, kind, name)
            #expect(members.roles(of: peer, at: 0) == roles, "\(peer.spiffeID)")
        }
    }

    @Test("a role that ended was held before, and not from then on")
    func until() throws {
        let file = Self.file.replacing(
            "\"path\":\"person/*\",", with: "\"path\":\"person/*\",\"until\":\"2025-03\",")
        let members = try Members(json: Array(file.utf8))
        let peer = try self.peer("kr", .person, "kim")
        let march = try #require(Moment("2025-03-01T00:00:00Z")).firstSecond
        #expect(members.roles(of: peer, at: march - 1) == [.submitter, .reader])
        #expect(members.roles(of: peer, at: march) == [])
    }

    @Test("a log has its keys, former ones with the size they count up to; keys are revoked")
    func keys() throws {
        let origin = TestMembers.logOrigin("us")
        let key = try TestLogKey.signer(of: origin).verifierKey
        let former = try NoteSigner(name: origin, privateKey: .generate(.ecdsaP256)).verifierKey
        let keyID = String(repeating: "0a", count: 32)
        let file = Self.file.replacing(
            "\"key\":\"\(key)\"}",
            with: """
                "key":"\(key)","former_keys":[{"key":"\(former)","tree_size":17}]},\
                "revoked_keys":[{"key_id":"\(keyID)","leaf_index":5}]
                """)
        let us = try #require(try Members(json: Array(file.utf8))["us"])
        #expect(us.log.key == key)
        #expect(us.log.formerKeys == [.init(key: former, treeSize: 17)])
        #expect(us.revocations.map(\.keyID.hexadecimal) == [keyID])
        #expect(us.revocations.map(\.leafIndex) == [5])
    }

    @Test(
        "a file that cannot be used is refused, naming what is wrong",
        arguments: [
            ("{", "{\"x\":", ""), ("\"trust_domain\":\"msmt.example\",", "", "trust_domain"),
            ("\"organisations\":[", "\"organisation\":[", "organisations"),
            ("\"id\":\"us\"", "\"id\":\"US\"", "US"), ("\"id\":\"us\"", "\"id\":\"\"", "id"),
            ("\"id\":\"us\"", "\"id\":\"u_s\"", "u_s"), ("\"id\":\"us\"", "\"id\":\"kr\"", "kr"),
            ("\"id\":\"us\"", "\"id\":7", "id"), ("\"id\":\"us\",", "", "id"),
            ("dossier/us/1", "dossier/kr/1", "dossier/kr/1"),
            ("msmt.example/dossier/us/1", "", "log.origin"),
            ("\"roles\":[\"submitter\"", "\"until\":\"soon\",\"roles\":[\"submitter\"", "until"),
            (
                "\"roles\":[{",
                "\"revoked_keys\":[{\"key_id\":\"0A\",\"leaf_index\":1}],\"roles\":[{", "key_id"
            ),
            ("dossier/kr/1+", "dossier/us/1+", "dossier/us/1"),
            ("dossier/kr/1+", "dossier/kr/1-", "log.key"),
            ("\"person/*\"", "\"person\"", "person"), ("\"person/*\"", "\"human/*\"", "human/*"),
            ("\"person/*\"", "\"person/\"", "person/"),
            ("\"person/*\"", "\"person/a/b\"", "person/a/b"),
            ("[\"node\"]", "[\"king\"]", "roles"),
            ("\"pacific\"", "\"Pacific\"", "Pacific"), ("\"pacific\"", "\"all\"", "all"),
            ("[\"jp\",\"us\"]", "[\"jp\",\"de\"]", "de"),
        ])
    func refusals(part: String, replacement: String, named: String) throws {
        let broken = try #require(Self.file.firstRange(of: part)).lowerBound
        var file = Self.file
        file.replaceSubrange(
            broken..<file.index(broken, offsetBy: part.count), with: replacement)

        let error = #expect(throws: CoreError.self) { try Members(json: Array(file.utf8)) }

        #expect(error?.code == .invalidMembers)
        #expect(error?.message.contains(named) == true, "\(error?.message ?? "")")
    }

    @Test("bytes that are not JSON are refused", arguments: ["", "[]", "null", "members", "{} {}"])
    func notJSON(text: String) {
        let error = #expect(throws: CoreError.self) { try Members(json: Array(text.utf8)) }
        #expect(error?.code == .invalidMembers)
    }

    @Test("anchors are read from the files that are named, each for its organisation")
    func anchors() throws {
        let pki = try TestPKI()
        let members = try Members(json: Array(Self.file.utf8))

        let anchors = try members.trustAnchors { path in
            try pki.authority(of: String(path.prefix(2))).certificate.pem
        }

        for organisation in ["kr", "us", "jp"] {
            let analyst = try pki.person(organisation)
            let identity = try anchors.verify(chain: [analyst.certificate], usage: .client)
            #expect(identity.organisation == organisation)
        }
    }

    @Test("one anchor under two organisations is refused")
    func sharedAnchor() throws {
        let pki = try TestPKI()
        let members = try Members(json: Array(Self.file.utf8))
        let shared = try pki.authority(of: "kr").certificate.pem

        #expect(throws: CryptoError.self) { try members.trustAnchors { _ in shared } }
    }
}
