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
