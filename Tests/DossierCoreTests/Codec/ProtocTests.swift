import DossierCore
import Foundation
import Testing

/// Compares with Google's own protobuf, in C++, by way of its compiler's text format.
@Suite("Record codec: against protoc")
struct ProtocTests {
    @Test(
        "what is encoded here, protoc reads: every field, under its name",
        arguments: FullMessage.contents)
    func decodedByProtoc(content: String) throws {
        let bytes = FullMessage.record(content: content)
        let text = try Protoc.decode(Record(decoding: bytes).encoded())
        #expect(text == (try Protoc.decode(bytes)))
        // A field that protoc does not know is printed by its number.
        #expect(text.firstMatch(of: /(?m)^ *[0-9]+[:{ ]/) == nil)
        #expect(text.contains("\n\(content) {"))
    }

    @Test("what protoc encodes, in its own order, is read here", arguments: FullMessage.contents)
    func encodedByProtoc(content: String) throws {
        let record = try Record(decoding: FullMessage.record(content: content))
        let theirs = try Protoc.encode(Protoc.decode(record.encoded()))
        #expect(try Record(decoding: theirs) == record)
    }

    @Test("a record written by hand as text is the same record, byte for byte")
    func fixture() throws {
        let text = try String(decoding: Fixture.bytes("crypto_theft.txtpb"), as: UTF8.self)
        #expect(try Protoc.encode(text) == sampleRecord.encoded())
    }
}

@Suite("Record codec: fixture")
struct FixtureTests {
    @Test("a record that was once encoded is encoded, decoded and named as it was then")
    func fixture() throws {
        let bytes = try Fixture.bytes("crypto_theft.binpb")
        #expect(try Record(decoding: bytes) == sampleRecord)
        #expect(try sampleRecord.encoded() == bytes)
        #expect(
            RecordID(ofEncoded: bytes).hexadecimal
                == "ba34d1ec1970f007c2345535bfe8cd931ab83cb232bf9d1c1b83c65b93b76450")
    }

    @Test("a record id is the RFC 6962 leaf hash, in lower-case hexadecimal digits")
    func recordID() throws {
        let id = RecordID(ofEncoded: [])
        let digits = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        #expect(id.hexadecimal == digits)
        #expect(id == RecordID(hexadecimal: digits))
        #expect(id == RecordID(bytes: id.bytes))
        #expect(RecordID(hexadecimal: digits.uppercased()) == nil)
        #expect(RecordID(hexadecimal: String(digits.dropLast())) == nil)
        #expect(RecordID(bytes: id.bytes.dropLast()) == nil)
    }
}

/// Runs the protobuf compiler, which `make test` installs.
enum Protoc {
    static func decode(_ bytes: [UInt8]) throws -> String {
        try String(decoding: self.run("--decode=dossier.v1.Record", input: bytes), as: UTF8.self)
    }

    static func encode(_ text: String) throws -> [UInt8] {
        try self.run("--encode=dossier.v1.Record", input: Array(text.utf8))
    }

    private static func run(_ option: String, input: [UInt8]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "protoc", "--proto_path=\(Fixture.root)/Protos", option, "dossier/v1/record.proto",
        ]
        let (standardInput, standardOutput) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        try process.run()
        // Less than a pipe holds, so that writing does not wait for reading.
        try #require(input.count < 65_536)
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input))
        try standardInput.fileHandleForWriting.close()
        let output = try standardOutput.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return Array(output)
    }
}

/// Files of this repository.
enum Fixture {
    static let root = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }

    static func bytes(_ name: String) throws -> [UInt8] {
        let path = "\(self.root)/Tests/DossierCoreTests/Fixtures/\(name)"
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
