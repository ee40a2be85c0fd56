public import DossierAPI
public import DossierCore
public import DossierCrypto
import GRPCWire
import MerkleLog
import NIOOpenSSL

/// A host and a port.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// Host name or IP address.
    public var host: String
    /// Port.
    public var port: Int

    /// Reads `host:port`; an IPv6 address stands in brackets.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = Int(port)
    }

    /// `host:port`.
    public var description: String { "\(self.host):\(self.port)" }
}

/// A connection to one organisation's node, with calls that verify what they return.
public final class ExchangeClient: Sendable {
    private let grpc: GRPCClient
    private let organisation: Members.Organisation
    private let credentials: Credentials
    private let verifier: AttestationVerifier
    private let timeout: Duration
    private let now: @Sendable () -> Int64

    /// Connects to an organisation's node over mutual TLS.
    ///
    /// - Parameters:
    ///   - endpoint: where the node listens; its certificate must be for this host.
    ///   - organisation: whose node it must be.
    ///   - timeout: how long a call may take.
    /// - Throws: ``DossierAPI/ExchangeError`` with code `unavailable`, saying why.
    public static func connect(
        to endpoint: Endpoint, organisation: Members.Organisation, credentials: Credentials,
        anchors: TrustAnchors, timeout: Duration = .seconds(60),
        now: @escaping @Sendable () -> Int64 = { UnixTime.now }
    ) async throws -> ExchangeClient {
        do {
            let tls = try TLSContext(
                TLSConfiguration(
                    role: .client(serverName: endpoint.host),
                    certificateChainPEM: credentials.chainPEM, privateKeyPEM: credentials.keyPEM,
                    trustAnchors: (anchors.certificates[organisation.id] ?? []).map(\.der),
                    applicationProtocols: ["h2"],
                    verifyPeer: { chain in
                        try self.verifyNode(chain, of: organisation.id, anchors: anchors)
                    }))
            let grpc = try await GRPCClient.connect(
                host: endpoint.host, port: endpoint.port, tls: tls)
            return ExchangeClient(
                grpc: grpc, organisation: organisation, credentials: credentials,
                anchors: anchors, timeout: timeout, now: now)
        } catch {
            throw ExchangeError(connectingTo: endpoint, error)
        }
    }

    /// A node proves itself by a certificate of kind node, of the organisation that was asked for.
    private static func verifyNode(
        _ chain: [[UInt8]], of organisation: String, anchors: TrustAnchors
    ) throws {
        let identity = try anchors.verify(encodedChain: chain, usage: .server).identity
        guard identity.organisation == organisation, identity.kind == .node else {
            throw ExchangeError(
                code: .unverifiable,
                message: "peer is \(identity.spiffeID), expected a node of \(organisation)")
        }
    }

    private init(
        grpc: GRPCClient, organisation: Members.Organisation, credentials: Credentials,
        anchors: TrustAnchors, timeout: Duration, now: @escaping @Sendable () -> Int64
    ) {
        self.grpc = grpc
        self.organisation = organisation
        self.credentials = credentials
        self.verifier = AttestationVerifier(anchors: anchors)
        self.timeout = timeout
        self.now = now
    }

    /// Ends the connection; calls under way end first.
    public func close() {
        self.grpc.close()
    }

    /// Does what ``close()`` does, and returns when the connection has ended: the program may then
    /// exit without cutting it off.
    public func shutdownGracefully() async {
        await self.grpc.shutdownGracefully()
    }
}

// MARK: - Submitting

extension ExchangeClient {
    /// Submits one request and checks the receipt.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``.
    public func submit(_ request: SubmitRequest) async throws -> Receipt {
        let answer = try await self.call {
            try await self.grpc.unary(
                Exchange.submit, request.encoded(), timeout: self.timeout)
        }
        let receipt = try SubmitResponse(decoding: answer).receipt
        try self.verify(receipt, for: request)
        return receipt
    }

    /// Signs and submits batches over one call, at most ``Exchange/streamWindow`` ahead of the
    /// answers.
    ///
    /// - Parameter onOutcome: called for each batch in order, with its checked receipt or why it
    ///   was refused.
    /// - Throws: ``DossierAPI/ExchangeError`` when the call as a whole fails. Batches without an
    ///   outcome may or may not have been logged; submitting them again is harmless.
    public func submit(
        _ batches: [SubmissionPlan.PlannedBatch],
        onOutcome: (SubmissionPlan.PlannedBatch, Result<Receipt, ExchangeError>) throws -> Void
    ) async throws {
        try await self.call {
            try await self.grpc.bidirectional(Exchange.submitStream) { requests, responses in
                var answers = responses.makeAsyncIterator()
                var pending: [(SubmissionPlan.PlannedBatch, SubmitRequest)] = []
                for batch in batches {
                    if pending.count == Exchange.streamWindow {
                        try await self.finish(&pending, &answers, onOutcome)
                    }
                    let request = try self.signed(batch)
                    try await requests.write(SubmitStreamRequest(submission: request).encoded())
                    pending.append((batch, request))
                }
                requests.finish()
                while !pending.isEmpty { try await self.finish(&pending, &answers, onOutcome) }
                // The call ends with its status, which comes after the last answer.
                while try await answers.next() != nil {}
            }
        }
    }

    private func signed(_ batch: SubmissionPlan.PlannedBatch) throws -> SubmitRequest {
        guard let moment = Moment(unixSeconds: self.now()) else {
            throw ExchangeError(code: .failed, message: "the clock is out of range")
        }
        return try batch.signed(
            by: self.credentials, logOrigin: self.organisation.logOrigin, at: moment)
    }

    private func finish(
        _ pending: inout [(SubmissionPlan.PlannedBatch, SubmitRequest)],
        _ answers: inout ResponseStream.Iterator,
        _ onOutcome: (SubmissionPlan.PlannedBatch, Result<Receipt, ExchangeError>) throws -> Void
    ) async throws {
        guard let answer = try await answers.next() else {
            throw ExchangeError(
                code: .unavailable,
                message: "the node ended the stream with \(pending.count) batches unanswered; "
                    + "submit them again")
        }
        let (batch, request) = pending.removeFirst()
        switch try SubmitStreamResponse(decoding: answer) {
        case .logged(let receipt):
            try self.verify(receipt, for: request)
            try onOutcome(batch, .success(receipt))
        case .refused(let refusal):
            try onOutcome(batch, .failure(ExchangeError(refusal)))
        }
    }

    private func verify(_ receipt: Receipt, for request: SubmitRequest) throws {
        let attested = try AttestedBatch(decoding: request.attestation.attestedBatch)
        try receipt.verify(
            batchRoot: attested.batchRoot, size: attested.size,
            logOrigin: self.organisation.logOrigin)
    }
}

// MARK: - Retrieving

extension ExchangeClient {
    /// Gets one record and verifies it.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``; code `unverifiable` when the answer does not check.
    public func get(_ request: GetRequest) async throws -> VerifiedRecord {
        let answer = try await self.call {
            try await self.grpc.unary(Exchange.get, request.encoded(), timeout: self.timeout)
        }
        let response = try GetResponse(decoding: answer)
        let batch = try self.verify(response.attestation, in: response.logOrigin)
        return try self.verify(
            response.record, batch, response.attestation, logOrigin: response.logOrigin)
    }

    /// Lists records and verifies each.
    ///
    /// - Returns: the cursor to go on with; empty at the end of the list.
    /// - Throws: ``DossierAPI/ExchangeError``; code `unverifiable` when an answer does not check.
    public func list(
        _ request: ListRequest, onRecord: (VerifiedRecord) throws -> Void
    ) async throws -> [UInt8] {
        try await self.call {
            var cursor = request.cursor
            for try await answer in try await self.grpc.serverStreaming(
                Exchange.list, request.encoded())
            {
                let page = try ListResponse(decoding: answer)
                let batches = try page.attestations.map {
                    try self.verify($0, in: page.logOrigin)
                }
                for record in page.records {
                    guard batches.indices.contains(record.attestationIndex) else {
                        throw ExchangeError.unverifiable("a record comes without its attestation")
                    }
                    try onRecord(
                        self.verify(
                            record, batches[record.attestationIndex],
                            page.attestations[record.attestationIndex], logOrigin: page.logOrigin))
                }
                cursor = page.cursor
            }
            return cursor
        }
    }

    private func verify(_ attestation: Attestation, in logOrigin: String) throws -> AttestedBatch {
        let batch: AttestedBatch
        do {
            batch = try self.verifier.verify(attestation).batch
        } catch let error as CoreError {
            throw ExchangeError(code: .unverifiable, message: error.message, cause: error)
        }
        guard batch.logOrigin == logOrigin else {
            throw ExchangeError.unverifiable(
                "batch was signed for log \(batch.logOrigin), and comes from \(logOrigin)")
        }
        return batch
    }

    private func verify(
        _ logged: LoggedRecord, _ batch: AttestedBatch, _ attestation: Attestation,
        logOrigin: String
    ) throws -> VerifiedRecord {
        let id = RecordID(ofEncoded: logged.record)
        do {
            try Tree.verifyInclusion(
                leaf: id.digest, index: UInt64(clamping: logged.positionInBatch),
                treeSize: UInt64(batch.size),
                path: Digest.list(logged.batchPath), root: batch.batchRoot)
        } catch {
            throw ExchangeError(
                code: .unverifiable,
                message: "record \(id) is not in the batch that \(batch.originator) signed",
                cause: error)
        }
        let facts = RecordCheck.check(logged.record).facts
        guard facts.originator == batch.originator else {
            throw ExchangeError.unverifiable(
                "record \(id) says it is of \(facts.originator), and was signed by "
                    + batch.originator)
        }
        return VerifiedRecord(
            id: id, bytes: logged.record, attested: batch, attestation: attestation,
            logOrigin: logOrigin, leafIndex: logged.leafIndex,
            withheldReason: logged.withheldReason)
    }

    /// Runs a call; whatever it throws becomes an ``ExchangeError``.
    private func call<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let status as GRPCStatus {
            throw ExchangeError(status)
        }
    }
}

extension ExchangeError {
    fileprivate init(connectingTo endpoint: Endpoint, _ error: any Error) {
        self.init(
            code: .unavailable,
            message: "no connection to \(endpoint): \(Self.reason(for: error))", cause: error)
    }

    private static func reason(for error: any Error) -> String {
        switch error {
        case let error as ExchangeError: error.message
        case let error as CryptoError: error.message
        case let error as TLSError:
            error.cause.map { "\(error.message) (\(self.reason(for: $0)))" } ?? error.message
        case let error as GRPCError: error.message
        case let status as GRPCStatus: status.message
        default: "\(error)"
        }
    }
}

extension Digest {
    /// Hashes that stand one after the other; what is left of one cut short is dropped, and then
    /// the path is too short to verify.
    fileprivate static func list(_ bytes: [UInt8]) -> [Digest] {
        stride(from: 0, to: bytes.count, by: Digest.byteCount).compactMap { start in
            Digest(bytes[start..<min(start + Digest.byteCount, bytes.count)])
        }
    }
}
