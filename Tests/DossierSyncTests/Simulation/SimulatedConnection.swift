import DossierAPI
import MerkleLog

/// A connection between two nodes. What is lost on its way stalls its direction for good, as with
/// TCP: nothing comes after a gap.
final class SimulatedConnection {
    let client: String
    let server: String
    private(set) var isOpen = true
    var stalls: Set<Direction> = []
    var following: SimulatedStream?
    var fetching: SimulatedStream?

    init(from client: String, to server: String) {
        self.client = client
        self.server = server
    }

    func close() {
        self.isOpen = false
        self.following = nil
        self.fetching = nil
    }
}

/// From which node to which messages go.
struct Direction: Hashable {
    var sender: String
    var receiver: String
}

/// One call on a connection: what the server has sent of it, and what has come.
final class SimulatedStream {
    /// What comes of a call.
    enum Arrival {
        /// Bytes, what is untrue about them, and whether they must be answered with an accusation.
        case message([UInt8], Lie?, isGross: Bool)
        case end
    }

    let connection: SimulatedConnection
    /// Whose log it is of.
    let origin: SimulatedNode
    let request: Request
    /// What has come and was not taken yet.
    var arrivals: [Arrival] = []
    var lastArrival: Int64 = 0

    // The server's side.
    var position: UInt64
    var certificates: [[UInt8]: UInt32] = [:]
    var isSent = false
    var isEnded = false
    var lastSent: Int64 = 0
    var lastHead: TreeHead?

    enum Request {
        case follow(FollowRequest)
        case fetch(FetchRequest)
    }

    init(_ request: Request, of origin: SimulatedNode, on connection: SimulatedConnection) {
        self.request = request
        self.origin = origin
        self.connection = connection
        if case .follow(let request) = request {
            self.position = request.position
        } else {
            self.position = 0
        }
    }

    var isOnce: Bool {
        if case .follow(let request) = self.request { return request.once }
        return false
    }

    /// Whether the server still serves it.
    var isLive: Bool {
        guard self.connection.isOpen, !self.isEnded else { return false }
        return self.connection.following === self || self.connection.fetching === self
    }
}
