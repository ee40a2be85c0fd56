import DossierAPI

/// A way to a node over the calls that it has opened.
struct OfferedLink: PeerLink {
    let contact: PeerContact

    func ask(_ question: LogQuestion) async throws(SyncFailure) -> any PeerMessages {
        try await self.contact.askOffered(question)
    }

    func offer(
        _ offering: any LogOffering, onQuestion: @Sendable () async -> Void
    ) async throws(SyncFailure) {
        // Who opens calls here can ask over them too.
        throw SyncFailure(.unavailable, "the node calls by itself")
    }

    func close() async {}
}

/// A call that a node has opened: it waits for its question, or is being answered.
final class WaitingOffer: Sendable {
    let call: any OfferedCall
    private let end: AsyncStream<Never>.Continuation
    private let ended: AsyncStream<Never>

    init(call: any OfferedCall) {
        self.call = call
        (self.ended, self.end) = AsyncStream<Never>.makeStream()
    }

    /// Waits until the call is not needed any more, or over.
    func wait() async { for await _ in self.ended {} }

    func finish() { self.end.finish() }
}

/// The answer over a call that a node has opened. Letting go of it ends the call.
final class OfferedMessages: PeerMessages {
    private let offer: WaitingOffer

    init(offer: WaitingOffer) { self.offer = offer }

    deinit { self.offer.finish() }

    func next() async throws(SyncFailure) -> [UInt8]? {
        do { return try await self.offer.call.next() } catch { throw SyncFailure(linking: error) }
    }
}
