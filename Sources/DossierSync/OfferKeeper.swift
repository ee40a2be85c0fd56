import DossierAPI
import DossierCore
import Logging

/// Offers this node's logs to a peer over a connection that this node opened: keeps one call open
/// there that waits for its question, and answers what is asked.
struct OfferKeeper: Sendable {
    /// How many questions are answered at once.
    static let maximumAnswers = 64

    let link: any PeerLink
    let offering: any LogOffering
    let settings: SyncSettings
    let clock: any SyncClock
    let logger: Logger

    /// Offers until the task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            var failures = 0
            while !Task.isCancelled {
                if running == Self.maximumAnswers {
                    await group.next()
                    running -= 1
                }
                let (asked, signal) = AsyncStream<Bool>.makeStream()
                group.addTask { await self.offer(signal) }
                running += 1
                if await asked.first(where: { _ in true }) == true {
                    failures = 0
                } else {
                    // A peer that takes no offers is not to be asked again and again.
                    failures += 1
                    let wait = self.settings.wait(
                        isLie: false, after: failures, jitter: Double.random(in: 0..<1))
                    try? await self.clock.sleep(milliseconds: wait)
                }
            }
            group.cancelAll()
        }
    }

    /// Opens one call and answers it; tells when the question came, or that there was none.
    private func offer(_ signal: AsyncStream<Bool>.Continuation) async {
        do throws(SyncFailure) {
            try await self.link.offer(self.offering) { signal.yield(true) }
        } catch {
            self.logger.debug(
                "an offer ended", metadata: ["why": "\(error.message.escapedForTerminal)"])
        }
        signal.yield(false)
        signal.finish()
    }
}
