import Testing

@testable import DossierCore

@Suite("Sample data")
struct SampleDataTests {
    private func rows(_ name: String) throws -> [ImportedRow] {
        let mapping = try CSVImport(mapping: sampleFile("\(name).mapping.json"))
        let (rows, problems) = mapping.import(try sampleFile("\(name).csv"))
        #expect(problems.isEmpty, "\(problems)")
        return rows
    }

    @Test("all rows become records", arguments: [("incidents", 45), ("itworkers", 18)])
    func counts(name: String, expected: Int) throws {
        let rows = try self.rows(name)
        #expect(rows.count == expected)
        #expect(Set(rows.map(\.reference)).count == expected)
        #expect(rows.allSatisfy { $0.record["header"]?["marking"]?["tlp"] == .string("TLP_CLEAR") })
    }

    /// The row's record with what a client adds, encoded.
    private func encoded(_ row: ImportedRow) throws -> [UInt8] {
        let salt = JSONValue.string("MDEyMzQ1Njc4OWFiY2RlZg==")
        let added = JSONValue.object([
            JSONMember(
                "header",
                .object([
                    JSONMember("formatVersion", .number("1")),
                    JSONMember("originator", .string("kr")), JSONMember("version", .number("1")),
                    JSONMember("operation", .string("OPERATION_ASSERT")), JSONMember("salt", salt),
                    JSONMember(
                        "marking", .object([JSONMember("releasability", .array([.string("us")]))])),
                ]))
        ])
        let json = row.record.filled(from: added).encoded()
        return try ProtoJSON.decode(message: "dossier.v1.Record", json: json)
    }

    @Test("every row passes the record's check", arguments: ["incidents", "itworkers"])
    func check(name: String) throws {
        for row in try self.rows(name) {
            let checked = RecordCheck.check(try self.encoded(row))
            #expect(checked.findings.isEmpty, "line \(row.line): \(checked.findings)")
            #expect(checked.facts.reference == row.reference)
            #expect(checked.facts.marking.tlp == TLP.clear.rawValue)
            #expect(checked.facts.marking.releasability == ["us"])
        }
    }

    @Test("values of the record hold what the table says, through encoding and decoding")
    func values() throws {
        for row in try self.rows("incidents") {
            let record = try Record(decoding: self.encoded(row))
            guard case .cryptoTheft(let theft) = record.content else {
                Issue.record("line \(row.line) is no theft")
                continue
            }
            let texts = row.cells.map(\.raw)
            #expect(record.header.occurred?.start == texts[0])
            let victim = try #require(theft.victim)
            #expect((victim.name.isEmpty ? victim.description?.text : victim.name) == texts[1])
            #expect(victim.country == texts[3])
            #expect(theft.losses.first?.amount?.point == texts[4])
            #expect(theft.assets.first?.description?.text == texts[5])
            #expect(theft.actors.first?.actor == texts[6])
            #expect(theft.entryVectors.first?.text == texts[7])
            #expect(record.report.sources.first?.publisher == texts[8])
            #expect(record.report.sources.first?.title?.text == texts[9])
            #expect(record.report.sources.first?.published == texts[10])
            let remarks = record.report.remarks.map(\.text)
            #expect(remarks == [texts[12], "victim kind: \(texts[2]); grade: \(texts[11])"])
        }
    }

    @Test("a bad value in a good row is said of its cell")
    func findings() throws {
        let lines = String(decoding: try sampleFile("incidents.csv"), as: UTF8.self)
            .split(whereSeparator: \.isNewline)
        let bad = [
            "2024-13-01,A,exchange,kr,290400000,x,DPRK,y,FBI,t,22/01/2024,official,note",
            "2024-01-01,B,exchange,KR,\"290,400,000\",x,DPRK,y,FBI,t,2024,official,note",
            "2024-01-01,C,bridge,KR,1e9,x,,,\(String(repeating: "p", count: 600)),t,2024,official,",
        ]
        let text = ([String(lines[0])] + bad + lines.dropFirst().map(String.init)).joined(
            separator: "\n")
        let (rows, problems) = try CSVImport(mapping: sampleFile("incidents.mapping.json"))
            .import(Array(text.utf8))
        #expect(problems.isEmpty)
        let found = try rows.map { row in
            let findings = RecordCheck.check(try self.encoded(row)).findings
            return row.problems(for: findings).map(\.place)
        }
        #expect(found.count == 48)
        #expect(found[0].sorted() == ["2:11:MOMENT", "2:1:MOMENT", "2:4:COUNTRY"])
        #expect(found[1].sorted() == ["3:5:DECIMAL"])
        #expect(found[2].sorted() == ["4:5:DECIMAL", "4:9:TOO_LONG"])
        #expect(found.dropFirst(3).allSatisfy { $0.isEmpty })
    }

    @Test("every cell of every row stands in its record", arguments: ["incidents", "itworkers"])
    func cells(name: String) throws {
        for row in try self.rows(name) {
            let texts = row.record.texts
            for cell in row.cells {
                let text = cell.raw
                #expect(texts.contains { $0.contains(text) }, "line \(row.line): \(text)")
            }
        }
    }

    @Test("a disputed theft has the claim of each side, a suspected one says so")
    func attribution() throws {
        let rows = try self.rows("incidents")
        func actors(_ reference: String) throws -> [String] {
            let row = try #require(rows.first { $0.reference == reference }, "\(reference)")
            guard case .array(let actors) = row.record["cryptoTheft"]?["actors"] else { return [] }
            return actors.map {
                "\($0["claim"]?["author"]?.string ?? "") \($0["claim"]?["stance"]?.string ?? "")"
            }
        }
        let sides = ["MSMT (11 states) CLAIM_STANCE_ASSERTS", "T. Monahan CLAIM_STANCE_DISPUTES"]
        #expect(try actors("THEFT-2024-03-28-Prisma-Finance") == sides)
        #expect(
            try actors("THEFT-2025-03-21-Zoth") == sides + ["T. Monahan CLAIM_STANCE_RETRACTS"])
        #expect(
            try actors("THEFT-2024-06-04-Lykke") == [
                "UK OFSI (HM Treasury) CLAIM_STANCE_ASSERTS",
                "other analysts CLAIM_STANCE_DISPUTES",
            ])
        #expect(try actors("THEFT-2025-07-19-CoinDCX") == ["Cyvers CLAIM_STANCE_SUSPECTS"])
        let disputed = rows.filter { $0.cells[11].raw == "disputed" }
        #expect(disputed.count == 7)
        #expect(try disputed.allSatisfy { try actors($0.reference ?? "").starts(with: sides) })
    }

    @Test("nominal amounts are told from published ones, and unnamed victims have no name")
    func valuation() throws {
        for row in try self.rows("incidents") {
            let theft = try #require(row.record["cryptoTheft"])
            let isNominal = row.reference == "THEFT-2024-02-09-PlayDapp"
            let basis = theft["losses"]?[0]?["amount"]?["basis"]?.string
            #expect(
                basis == "VALUATION_BASIS_\(isNominal ? "NOMINAL_MINT" : "AS_PUBLISHED")")
            #expect(theft["losses"]?[0]?["amount"]?["point"]?.string == row.cells[4].raw)
            let isUnnamed = row.cells[2].raw == "individual_or_entity_unnamed"
            #expect((theft["victim"]?["name"] == nil) == isUnnamed)
            #expect((theft["victim"]?["description"] == nil) == !isUnnamed)
        }
    }

    @Test("both thefts from BtcTurk are findings of their own")
    func twoThefts() throws {
        let references = try self.rows("incidents").compactMap(\.reference)
        #expect(
            references.filter { $0.contains("BtcTurk") } == [
                "THEFT-2024-06-22-BtcTurk", "THEFT-2025-08-14-BtcTurk",
            ])
    }

    @Test("totals are assessments, plans are plans, and presence alone has no head count")
    func deployments() throws {
        let rows = try self.rows("itworkers")
        let totals = rows.filter { $0.record["assessment"] != nil }
        #expect(
            totals.map { $0.cells[1].raw } == [
                "TOTAL (at least 8 countries)", "Worldwide", "Worldwide",
                "ALL SECTORS, about 40 countries",
            ])
        let deployments = rows.compactMap { row in
            row.record["itWorkerDeployment"].map { (row: row, record: $0) }
        }
        #expect(deployments.count == 14)
        for (row, record) in deployments {
            let isPlan = row.cells[1].raw.contains("planned")
            #expect(
                record["status"]?.string == "DEPLOYMENT_STATUS_\(isPlan ? "PLANNED" : "PRESENT")")
            let isCounted = row.cells[2].text != nil || row.cells[3].text != nil
            #expect((record["headCounts"] != nil) == isCounted)
            #expect(record["headCounts"]?[0]?["count"]?["low"]?.string == row.cells[2].text)
            #expect(record["headCounts"]?[0]?["count"]?["high"]?.string == row.cells[3].text)
            #expect(record["hostCountries"]?[0]?.string == row.cells[0].text)
        }
    }
}

extension JSONValue {
    /// All strings in the value, at any depth.
    fileprivate var texts: [String] {
        switch self {
        case .null, .bool, .number: []
        case .string(let string): [string]
        case .array(let elements): elements.flatMap(\.texts)
        case .object(let members): members.flatMap(\.value.texts)
        }
    }
}
