import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto

/// Submits prepared records batch by batch and keeps what became of each.
struct SubmissionRun {
    private let records: [PreparedRecord]

    init(_ records: [PreparedRecord]) {
        self.records = records
    }

    /// What became of a submission.
    struct Outcome {
        /// Where each logged record is, in the order of the input.
        var logged: [LoggedInput] = []
        /// How many of them were not in the log before.
        var appended = 0
        /// How many records were refused by the node.
        var refused = 0
        /// The receipts, in the order of the batches.
        var receipts: [KeptReceipt] = []
        /// Organisations that will see records, beside the originator.
        var readers: Set<String> = []
    }

    /// A record of the input that is in the log.
    struct LoggedInput {
        let place: String
        let reference: String
        let id: RecordID
        let leafIndex: UInt64
    }

    /// Submits everything.
    func run(_ client: ExchangeClient) async throws -> Outcome {
        let plan = SubmissionPlan(self.records.map { ($0.bytes, $0.facts) })
        var outcome = Outcome()
        var bar = ProgressBar(
            "submitting", total: plan.batches.map(\.batch.records.count).reduce(0, +))
        try await client.submit(plan.batches) { batch, result in
            switch result {
            case .success(let receipt):
                outcome.readers.formUnion(batch.releasability)
                outcome.appended += receipt.appended
                outcome.receipts.append(receipt.kept)
                outcome.logged += self.logged(batch, receipt)
            case .failure(let error):
                outcome.refused += batch.batch.records.count
                self.report(error, batch)
            }
            bar.update(outcome.logged.count + outcome.refused)
        }
        bar.finish()
        return outcome
    }

    private func logged(
        _ batch: SubmissionPlan.PlannedBatch, _ receipt: SubmissionReceipt
    ) -> [LoggedInput] {
        batch.inputPositions.enumerated().map { position, input in
            LoggedInput(
                place: self.records[input].place, reference: self.records[input].facts.reference,
                id: RecordID(batch.batch.leafHashes[position]),
                leafIndex: receipt.leafIndex(at: position) ?? 0)
        }
    }

    private func report(_ error: ExchangeError, _ batch: SubmissionPlan.PlannedBatch) {
        Terminal.error(error.message.escapedForTerminal)
        for finding in error.findings {
            Terminal.error(finding.line.escapedForTerminal)
        }
        if let first = batch.inputPositions.first {
            Terminal.hint(
                "nothing of the batch was logged: \(batch.inputPositions.count) of the input, from "
                    + "\(self.records[first].place) on")
        }
    }
}

extension SubmissionRun.Outcome {
    /// Prints where each record is.
    func print(_ form: OutputOptions.Form) {
        var table = Table(["RECORD", "LEAF", "REFERENCE", "INPUT"])
        for record in self.logged {
            switch form {
            case .table:
                table.add([
                    String(record.id.hexadecimal.prefix(12)), "\(record.leafIndex)",
                    record.reference, record.place,
                ])
            case .json:
                Terminal.answer(
                    "{\"recordId\":\"\(record.id.hexadecimal)\",\"leafIndex\":"
                        + "\"\(record.leafIndex)\",\"reference\":\(ProtoJSON.string(record.reference)),"
                        + "\"input\":\(ProtoJSON.string(record.place))}")
            }
        }
        if form == .table, !self.logged.isEmpty {
            for line in table.lines(width: Terminal.width) { Terminal.answer(line) }
        }
    }

    /// Tells in a line or two what happened.
    func summarise(refused: Int, log: String) {
        let known = self.logged.count - self.appended
        Terminal.note(
            "\(self.appended) new, \(known) already in the log, \(refused + self.refused) refused; "
                + "log \(log)")
        if !self.logged.isEmpty {
            let readers = self.readers.sorted()
            Terminal.note(
                readers.isEmpty
                    ? "nobody but you can see them"
                    : "they can be seen by you and \(readers.joined(separator: ", "))")
        }
    }
}
