import Testing

@testable import DossierCore

@Suite("ProtoJSON")
struct ProtoJSONTests {
    @Test(
        "every message reads back from its JSON, byte for byte",
        arguments: Schema.shared.messageNames)
    func roundTrip(message: String) throws {
        var tree = Specimen.message(message)
        tree.fields.sort { $0.number < $1.number }
        let json = try ProtoJSON.encode(message: message, tree.encoded)
        #expect(try ProtoJSON.decode(message: message, json: Array(json.utf8)) == tree.encoded)
    }

    /// A message, its JSON as other libraries write it, and its encoded form.
    @Test(
        "the mapping is protobuf's own",
        arguments: [
            ("Run", "{}", []),
            (
                "Run", #"{"offset":1,"firstIndex":"18446744073709551615","count":4294967295}"#,
                [
                    8, 1, 16, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 24, 255, 255, 255,
                    255, 15,
                ]
            ),
            (
                "Marking", #"{"tlp":"TLP_AMBER_STRICT","orcon":true,"releasability":["us","gb"]}"#,
                [8, 4, 24, 1, 34, 2, 117, 115, 34, 2, 103, 98]
            ),
            ("Marking", #"{"tlp":61}"#, [8, 61]),
            ("Marking", #"{"tlp":-1}"#, [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
            (
                "Link", #"{"relation":"LINK_RELATION_SAME_AS","recordId":"+/8="}"#,
                [8, 1, 34, 2, 251, 255]
            ),
            (
                "Text", #"{"text":"\"\\\u0001\n한😀"}"#,
                [10, 11, 34, 92, 1, 10, 237, 149, 156, 240, 159, 152, 128]
            ),
            ("CountRange", #"{"low":"0","high":"7"}"#, [8, 0, 24, 7]),
            (
                "Report", #"{"grade":{},"titles":[{"text":"a"},{}]}"#,
                [10, 3, 10, 1, 97, 10, 0, 26, 0]
            ),
            ("Filter", #"{"kinds":["KIND_CRYPTO_THEFT",5]}"#, [8, 1, 8, 5]),
        ] as [(String, String, [UInt8])])
    func mapping(message: String, json: String, bytes: [UInt8]) throws {
        let name = "dossier.v1.\(message)"
        #expect(try ProtoJSON.decode(message: name, json: Array(json.utf8)) == bytes)
        let written = try ProtoJSON.encode(message: name, bytes)
        // Titles stand before the grade by number.
        let expected =
            message == "Report" ? #"{"titles":[{"text":"a"},{}],"grade":{}}"# : json
        #expect(written == expected)
    }

    @Test(
        "all spellings of the mapping are read",
        arguments: [
            ("Run", #"{"first_index":5}"#, #"{"firstIndex":"5"}"#),
            ("Run", #"{"offset":"5"}"#, #"{"offset":5}"#),
            ("Run", #"{"offset":5.0, "count":1e3}"#, #"{"offset":5,"count":1000}"#),
            ("Run", #"{"offset":500e-2}"#, #"{"offset":5}"#),
            ("Run", #"{"offset":0, "count":null}"#, "{}"),
            ("Marking", #"{"tlp":5}"#, #"{"tlp":"TLP_RED"}"#),
            ("Marking", #"{"releasability":[],"orcon":false,"nationalLabel":""}"#, "{}"),
            ("Link", #"{"recordId":"-_8"}"#, #"{"recordId":"+/8="}"#),
            ("Link", #"{"recordId":"+_8="}"#, #"{"recordId":"+/8="}"#),
            ("Text", #"{"text":"\ud83d\ude00\/"}"#, #"{"text":"😀/"}"#),
            ("GetRequest", #"{"recordId":""}"#, #"{"recordId":""}"#),
        ])
    func spellings(message: String, json: String, written: String) throws {
        let name = "dossier.v1.\(message)"
        let bytes = try ProtoJSON.decode(message: name, json: Array(json.utf8))
        #expect(try ProtoJSON.encode(message: name, bytes) == written)
    }

    @Test(
        "what does not fit the message is refused at its place",
        arguments: [
            ("Record", "{\n  \"heder\": {}}", "line 2, column 3", "did you mean \"header\"?"),
            ("Marking", #"{"tlp":"TLP_GREN"}"#, "line 1, column 8", "did you mean \"TLP_GREEN\"?"),
            ("Marking", #"{"tlp":"x"}"#, "line 1, column 8", "unknown value"),
            ("Run", #"{"firstIndex":1,"first_index":1}"#, "line 1, column 17", "twice"),
            ("Run", #"{"offset":1,"offset":1}"#, "line 1, column 13", "twice"),
            ("GetRequest", #"{"recordId":"a","finding":{}}"#, "line 1, column 17", "exclude"),
            ("Run", "[]", "line 1, column 1", "expected an object"),
            ("Run", #"{"offset":4294967296}"#, "line 1, column 11", "4294967295"),
            ("Run", #"{"offset":-1}"#, "line 1, column 11", "whole number"),
            ("Run", #"{"offset":1.5}"#, "line 1, column 11", "whole number"),
            ("Run", #"{"offset":"1.5e0"}"#, "line 1, column 11", "whole number"),
            ("Run", #"{"offset":""}"#, "line 1, column 11", "whole number"),
            ("Run", #"{"offset":1e999999999999999999}"#, "line 1, column 11", "whole number"),
            ("Run", #"{"firstIndex":"18446744073709551616"}"#, "line 1, column 15", "whole number"),
            ("Run", #"{"offset":true}"#, "line 1, column 11", "expected a number"),
            ("Run", #"{"offset":[1]}"#, "line 1, column 11", "expected a number"),
            ("Marking", #"{"orcon":"true"}"#, "line 1, column 10", "true or false"),
            ("Marking", #"{"orcon":1}"#, "line 1, column 10", "true or false"),
            ("Marking", #"{"releasability":"us"}"#, "line 1, column 18", "expected a list"),
            ("Marking", #"{"releasability":[null]}"#, "line 1, column 19", "expected a string"),
            ("Marking", #"{"tlp":1.5}"#, "line 1, column 8", "32 bits"),
            ("Link", #"{"recordId":"a"}"#, "line 1, column 13", "base64"),
            ("Link", #"{"recordId":"ab=="a}"#, "line 1, column 19", "comma"),
            ("Link", #"{"recordId":"ab"}"#, "line 1, column 13", "base64"),
            ("Link", #"{"recordId":"a b="}"#, "line 1, column 13", "base64"),
            ("Text", #"{"text":"a\u0000b"}"#, "line 1, column 9", "NUL"),
            ("Text", #"{"text":"\ud800"}"#, "line 1", "surrogate"),
            ("Text", #"{"text":1}"#, "line 1, column 9", "expected a string"),
            ("Text", #"{"text":"a"} x"#, "line 1, column 14", "nothing may follow"),
            ("Text", #"{"text":"a""#, "line 1, column 12", "comma"),
        ])
    func refused(message: String, json: String, place: String, words: String) {
        let error = #expect(throws: CoreError.self) {
            try ProtoJSON.decode(message: "dossier.v1.\(message)", json: Array(json.utf8))
        }
        #expect(error?.message.hasPrefix(place) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test("JSON cut off anywhere is refused")
    func truncated() throws {
        let json = Array(
            try ProtoJSON.encode(
                message: "dossier.v1.Record", Specimen.record().encoded
            ).utf8)
        for length in stride(from: 0, to: json.count, by: 7) {
            #expect(throws: CoreError.self) {
                try ProtoJSON.decode(message: "dossier.v1.Record", json: Array(json[..<length]))
            }
        }
    }

    @Test("text that could steer a terminal is escaped")
    func escapes() {
        #expect(
            ProtoJSON.string("a\u{1b}\u{7f}\u{9b}\u{202e}\u{2028}\u{e0041}b")
                == #""a\u001b\u007f\u009b\u202e\u2028\udb40\udc41b""#)
    }

    @Test("bytes that are no message are refused")
    func malformed() {
        for bytes in [[0x0a], [0x0a, 0x05, 0x61], [0x0a, 0x01, 0xff], [0x0b], [0x00]] as [[UInt8]] {
            #expect(throws: CoreError(code: .malformedRecord, message: "")) {
                try ProtoJSON.encode(message: "dossier.v1.Text", bytes)
            }
        }
        #expect(throws: CoreError(code: .unknownName, message: "")) {
            try ProtoJSON.encode(message: "dossier.v1.Nothing", [])
        }
    }

    @Test("fields are listed with the paths that findings have")
    func fields() throws {
        let record = Specimen.record().encoded
        let fields = try ProtoJSON.fields(message: "dossier.v1.Record", record)
        let values = Dictionary(fields.map { ($0.path, $0.value) }) { first, _ in first }
        #expect(values["header.marking.tlp"] == "TLP_CLEAR")
        #expect(values["header.salt"] == String(repeating: "07", count: 16))
        #expect(values["header.version"] == "1")
        #expect(values["content.crypto_theft.losses[0].amount.point"] == "12.5")
        #expect(values["header.marking.orcon"] == "true")
        #expect(values.count == fields.count)
    }
}
