import DossierAPI
import DossierCrypto
import DossierStore

extension ExchangeError {
    /// What any error that ends a call means to the peer.
    ///
    /// Only what was said for the peer reaches it; anything unforeseen is `failed`, with its
    /// cause for the log.
    init(wrapping error: any Error) {
        switch error {
        case let error as ExchangeError: self = error
        case let error as StoreError: self.init(error)
        default: self.init(code: .failed, message: "internal error", cause: error)
        }
    }

    private init(_ error: StoreError) {
        switch error.code {
        case .conflict:
            let standing = error.conflict?.standing.hexadecimal ?? ""
            let position = error.conflict?.position ?? 0
            self.init(
                code: .conflict,
                message: "records[\(position)]: record \(standing) stands under the same "
                    + "originator, reference and version; submit a change as a new version",
                cause: error)
        case .outOfOrder:
            self.init(
                code: .outOfOrder, message: error.disorder?.text ?? error.message, cause: error)
        case .scattered:
            self.init(
                code: .invalidSubmission,
                message: "\(error.message); submit without the records that are logged already",
                cause: error)
        case .outOfRange:
            self.init(code: .outOfRange, message: error.message, cause: error)
        case .rolledBack:
            self.init(
                code: .dataLoss,
                message: "the node's log is not the one that was signed; it takes no submissions",
                cause: error)
        case .storageFull, .readOnly, .storageFailed:
            self.init(
                code: .unavailable,
                message: "the node cannot write at present; submit again later", cause: error)
        case .overloaded:
            self.init(
                code: .overloaded,
                message: "the node's writer is behind; submit again in some seconds", cause: error)
        case .unpublished:
            self.init(
                code: .unavailable,
                message: "the node has nothing of that log yet; ask again later",
                cause: error)
        case .catalogBehind:
            self.init(
                code: .unavailable, message: "the node's catalog is behind; ask again later",
                cause: error)
        case .closed, .cancelled:
            self.init(code: .unavailable, message: "the node is shutting down", cause: error)
        case .corrupted:
            self.init(
                code: .dataLoss, message: "the node's log does not check; it takes no submissions",
                cause: error)
        default:
            self.init(code: .failed, message: "internal error", cause: error)
        }
    }
}

extension StoreError.Disorder {
    /// What is wrong and what to do, for the one who submitted.
    fileprivate var text: String {
        let before = self.version - 1
        let record = "records[\(self.position)]: version \(self.version) of \(self.reference)"
        return switch self.reason {
        case .missing:
            "\(record) must follow version \(before), which the log does not hold; submit that first"
        case .otherTarget(let standing):
            "\(record): header.target_record_id must name version \(before), which is "
                + "\(standing.hexadecimal); get it again and submit the change anew"
        case .withdrawn:
            "\(record): the finding was withdrawn by version \(before); assert it under a new "
                + "reference"
        }
    }
}
