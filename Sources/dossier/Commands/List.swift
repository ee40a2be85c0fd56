import ArgumentParser
import DossierAPI
import DossierClient
import DossierCore
import MerkleLog

/// `dossier list`.
struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the records that are released to you.",
        discussion: """
            All conditions must hold. Of several kinds or originators any may. A list that was \
            interrupted or limited goes on with --cursor-file.
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var filter: FilterOptions
    @OptionGroup var output: OutputOptions

    @Flag(
        help: """
            List superseded and withdrawn versions too, and the notices of restrictions and \
            withdrawals.
            """)
    var allVersions = false

    @Option(help: "How many records at most (default: all).")
    var limit: UInt32?

    @Option(
        help: "File to keep the place in: go on where it says, and write where to go on next.")
    var cursorFile: String?

    func run() async throws {
        let context = try await self.connection.context()
        var filter = try self.filter.filter()
        filter.allVersions = self.allVersions
        var printer = RecordPrinter(self.output.form)
        var refused = 0
        let start = try self.cursorFile.flatMap { try CursorFile.read($0) } ?? []
        let cursor = try await self.connection.withClient(context) { client in
            try await client.list(
                ListRequest(filter: filter, limit: self.limit ?? 0, cursor: start),
                onRefused: { record in
                    refused += 1
                    Terminal.error(record.line)
                }
            ) { try printer.print($0) }
        }
        printer.finish()
        if let file = self.cursorFile { try CursorFile.write(cursor, to: file) }
        Terminal.note("\(printer.count) \(printer.count == 1 ? "record" : "records")")
        if refused > 0 { throw ExitCode(ExitStatus.verificationFailed.rawValue) }
    }
}

extension RefusedRecord {
    /// Which record it is and why it is nobody's word, on one line.
    var line: String {
        "record \(self.id), leaf \(self.leafIndex): \(self.reason.code): "
            + self.reason.message.escapedForTerminal
    }
}

/// The conditions of a list.
struct FilterOptions: ParsableArguments {
    @Option(help: "Kind: crypto-theft, it-worker-deployment, wallet, assessment.")
    var kind: [KindArgument] = []

    @Option(help: "Organisation id of the originator.")
    var originator: [String] = []

    @Option(help: "The originator's number for the finding.")
    var reference: String?

    @Option(help: "Happened at or after: 2025, 2025-02, 2025-02-21 or 2025-02-21T14:03:00Z.")
    var occurredFrom: String?

    @Option(help: "Happened at or before, to the precision given.")
    var occurredTo: String?

    @Option(help: "Known to the originator at or after.")
    var knownFrom: String?

    @Option(help: "Known to the originator at or before, to the precision given.")
    var knownTo: String?

    @Option(help: "Account that the record names, in any spelling.")
    var account: String?

    @Option(help: "Name of the victim.")
    var victim: String?

    @Option(help: "Name of an actor.")
    var actor: String?

    @Option(help: "First digits of the record id, at least 8.")
    var id: String?

    /// The conditions as the node takes them.
    func filter() throws -> Filter {
        var filter = Filter()
        filter.kinds = self.kind.map(\.kind)
        filter.originators = self.originator
        filter.reference = self.reference ?? ""
        filter.occurredFrom = self.occurredFrom ?? ""
        filter.occurredTo = self.occurredTo ?? ""
        filter.knownFrom = self.knownFrom ?? ""
        filter.knownTo = self.knownTo ?? ""
        filter.account = self.account ?? ""
        filter.victim = self.victim ?? ""
        filter.actor = self.actor ?? ""
        filter.recordIDPrefix = self.id?.lowercased() ?? ""
        return filter
    }
}

/// A kind as an argument.
struct KindArgument: ExpressibleByArgument {
    let kind: Kind

    static let allValueStrings = Kind.known.map(\.name)

    init?(argument: String) {
        guard let kind = Kind.known.first(where: { $0.name == argument }) else { return nil }
        self.kind = kind
    }
}

/// A file with the place where a list goes on, in hex; an empty file is its end.
enum CursorFile {
    /// Reads the place; nil where there is no file yet, or the list was at its end.
    static func read(_ path: String) throws -> [UInt8]? {
        guard Files.exists(path) else { return nil }
        let text = String(decoding: try Files.read(path), as: UTF8.self)
        let digits = text.filter { !$0.isWhitespace }
        guard let bytes = [UInt8](hexadecimal: digits) else {
            throw CommandFailure(
                "\(path): not a cursor", hint: "remove the file to list from the beginning")
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// Writes the place.
    static func write(_ cursor: [UInt8], to path: String) throws {
        try Files.write(Array((cursor.hexadecimal + "\n").utf8), to: path)
    }
}

extension [UInt8] {
    fileprivate init?(hexadecimal text: String) {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
        self = stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }

    fileprivate var hexadecimal: String {
        self.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }
        .joined()
    }
}
