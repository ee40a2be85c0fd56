/// What hands out the logs that a node holds, to nodes of other organisations that mirror them.
public protocol LogOffering: Sendable {
    /// Answers a question with encoded messages, as fast as `send` takes them.
    ///
    /// - Parameter peer: organisation id of whose node asks: verified, and in role node.
    /// - Throws: ``ExchangeError``, and what `send` throws.
    func answer(
        _ question: LogQuestion, of peer: String, send: ([UInt8]) async throws -> Void
    ) async throws
}

/// A call of Offer that a peer's node has opened. It takes one question.
public protocol OfferedCall: Sendable {
    /// Asks.
    ///
    /// - Throws: when the call is over.
    func ask(_ question: LogQuestion) async throws

    /// The next message of the answer, encoded; nil when it has ended. Nothing of it is verified.
    ///
    /// - Throws: ``ExchangeError`` when the question is refused, or the call is over.
    func next() async throws -> [UInt8]?
}

/// A node's sync, as its services reach it.
public protocol NodeSync: SyncControl {
    /// Says what peers are answered with that ask over calls which this node has opened.
    func offer(_ offering: any LogOffering) async

    /// Takes a call that an organisation's node has opened, and returns when it is over.
    ///
    /// - Throws: ``ExchangeError`` with code `notFound` for an organisation that is not synced with.
    func take(_ call: any OfferedCall, from organisation: String) async throws
}
