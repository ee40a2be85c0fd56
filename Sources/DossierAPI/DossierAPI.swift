// DossierAPI: the services' methods and messages as values, and which gRPC status a domain error
// means.
//
// `Exchange` names the methods; the message files hold one value for each request and response
// with its encoding through libprotobuf-c; `ExchangeError` is how both sides speak of failure,
// and `ExchangeError+Status` is the one place where it becomes a status and is read back from
// one. The room holds no policy: who may do what is decided in the server, what a record must
// look like in the core. It does not know sockets, files or SQL.

public import GRPCWire

/// The methods of `dossier.v1.ExchangeService`.
public enum Exchange {
    /// The service's full name.
    public static let service = "dossier.v1.ExchangeService"

    /// Submits one batch: ``SubmitRequest`` → ``SubmitResponse``.
    public static let submit = MethodPath(service: service, method: "Submit")
    /// Submits many batches: stream of ``SubmitStreamRequest`` → stream of
    /// ``SubmitStreamResponse``.
    public static let submitStream = MethodPath(service: service, method: "SubmitStream")
    /// Gets one record: ``GetRequest`` → ``GetResponse``.
    public static let get = MethodPath(service: service, method: "Get")
    /// Lists records: ``ListRequest`` → stream of ``ListResponse``.
    public static let list = MethodPath(service: service, method: "List")

    /// The largest request or response message, in bytes.
    public static let maximumMessageBytes = 4 * 1_024 * 1_024
    /// How many requests of a ``submitStream`` call may be without an answer.
    public static let streamWindow = 8
}

/// The methods of `dossier.v1.LogService`.
public enum LogMethods {
    /// The service's full name.
    public static let service = "dossier.v1.LogService"

    /// Gives the newest checkpoint: ``GetCheckpointRequest`` → ``GetCheckpointResponse``.
    public static let getCheckpoint = MethodPath(service: service, method: "GetCheckpoint")
    /// Proves a leaf: ``GetInclusionProofRequest`` → hashes, see ``HashList``.
    public static let getInclusionProof = MethodPath(service: service, method: "GetInclusionProof")
    /// Proves growth: ``GetConsistencyProofRequest`` → hashes, see ``HashList``.
    public static let getConsistencyProof = MethodPath(
        service: service, method: "GetConsistencyProof")
    /// Gives leaf hashes: ``GetLeafHashesRequest`` → hashes, see ``HashList``.
    public static let getLeafHashes = MethodPath(service: service, method: "GetLeafHashes")
}

/// The methods of `dossier.v1.MirrorService`.
public enum Mirroring {
    /// The service's full name.
    public static let service = "dossier.v1.MirrorService"

    /// Tells which logs there are: an empty request → stream of ``WatchResponse``.
    public static let watch = MethodPath(service: service, method: "Watch")
    /// Streams a log: ``FollowRequest`` → stream of ``FollowResponse``.
    public static let follow = MethodPath(service: service, method: "Follow")
    /// Gives withheld leaves that were released since: ``FetchRequest`` → stream of
    /// ``FetchResponse``.
    public static let fetch = MethodPath(service: service, method: "Fetch")
    /// Offers the caller's logs: stream of ``OfferAnswer`` → stream of one ``LogQuestion``.
    public static let offer = MethodPath(service: service, method: "Offer")

    /// How often a stream that waits says so, at least.
    public static let heartbeatInterval = Duration.seconds(15)
    /// After so long without word from a log's own node, answers from its mirror are marked stale,
    /// unless an operator sets another limit.
    public static let staleAfter = Duration.seconds(24 * 3_600)
}

/// The methods of `dossier.v1.SyncService`. All answer with a ``SyncReport``.
public enum SyncMethods {
    /// The service's full name.
    public static let service = "dossier.v1.SyncService"

    /// Tells how sync stands; its request is empty.
    public static let getStatus = MethodPath(service: service, method: "GetSyncStatus")
    /// Pauses some peers: ``SyncSelection``.
    public static let pause = MethodPath(service: service, method: "PauseSync")
    /// Resumes some peers: ``SyncSelection``.
    public static let resume = MethodPath(service: service, method: "ResumeSync")
    /// Runs a round with some peers: ``SyncSelection``.
    public static let once = MethodPath(service: service, method: "SyncOnce")
}
