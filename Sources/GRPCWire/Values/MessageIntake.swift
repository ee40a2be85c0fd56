/// The receiving half of a call: puts messages together and decides when the peer may send more.
struct MessageIntake {
    /// Where the grant of a message longer than its window stands.
    private enum Grant {
        case none, asked, held
    }

    /// What to do after messages were taken by their reader.
    struct Release: Equatable {
        /// By how much to open the stream's window.
        var increment: Int
        /// Whether to give back the stream's grant.
        var endsGrant: Bool
    }

    private var deframer: MessageDeframer
    private var window: ReceiveWindow
    private var grant = Grant.none

    init(maximumBytes: Int, initialWindow: Int) {
        self.deframer = MessageDeframer(maximumBytes: maximumBytes)
        self.window = ReceiveWindow(initial: initialWindow)
    }

    /// Whether a message has begun and is not complete.
    var isMidMessage: Bool { self.deframer.isMidMessage }

    /// Whether the peer could send more: what is missing then is for the peer to send.
    var isOpen: Bool { self.window.open > 0 }

    /// Notes bytes that arrived on the stream.
    mutating func received(_ byteCount: Int) {
        self.window.received(byteCount)
    }

    /// Takes bytes off the front of `rest` until they complete a message, see `MessageDeframer`.
    mutating func next(
        from rest: inout Slice<UnsafeRawBufferPointer>
    ) throws(GRPCStatus) -> [UInt8]? {
        try self.deframer.next(from: &rest)
    }

    /// The grant to ask for now so that the message under way can arrive, if it needs one. None is
    /// asked for while earlier messages wait for a reader who may never come.
    mutating func grantToAsk(hasUnread: Bool) -> Int? {
        let shortage = self.window.shortage(missing: self.deframer.missingBytes)
        guard shortage > 0, !hasUnread, self.grant == .none else { return nil }
        self.grant = .asked
        return shortage
    }

    /// Notes the grant asked for.
    mutating func granted(_ byteCount: Int) {
        self.grant = .held
        self.window.granted(byteCount)
    }

    /// Notes that the reader took a message.
    mutating func taken(messageBytes: Int) -> Release {
        let endsGrant = self.grant == .held
        if endsGrant { self.grant = .none }
        return Release(
            increment: self.window.taken(messageBytes + Wire.prefixLength), endsGrant: endsGrant)
    }
}
