import Synchronization

/// What of the log's tree is published, shared by the writer and all readers.
final class Publication: Sendable {
    private let state: Mutex<PublishedTree?>
    /// Why nothing is published any more; nil while the log's tree grows.
    let refusal: StoreError?

    /// Takes what was published when the log was opened.
    init(_ tree: PublishedTree?, refusal: StoreError? = nil) {
        self.state = Mutex(tree)
        self.refusal = refusal
    }

    /// The newest published tree; nil if nothing that was published checks.
    var tree: PublishedTree? { self.state.withLock { $0 } }

    /// Publishes a tree.
    func publish(_ tree: PublishedTree) { self.state.withLock { $0 = tree } }
}
