internal import CDossierProtos

extension Money: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Money>) {
        dossier__v1__money__init(message)
    }

    init(_ message: Dossier__V1__Money, _ reader: inout MessageReader) {
        self.currency = reader.string(message.currency)
        self.basis = ValuationBasis(message.basis)
        self.asOf = reader.string(message.as_of)
        self.low = reader.string(message.low)
        self.point = reader.string(message.point)
        self.high = reader.string(message.high)
    }

    func write(to message: inout Dossier__V1__Money, _ writer: inout MessageWriter) {
        message.currency = writer.string(self.currency)
        message.basis = .init(self.basis.bits)
        message.as_of = writer.string(self.asOf)
        message.low = writer.string(self.low)
        message.point = writer.string(self.point)
        message.high = writer.string(self.high)
    }
}

extension DecimalRange: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__DecimalRange>) {
        dossier__v1__decimal_range__init(message)
    }

    init(_ message: Dossier__V1__DecimalRange, _ reader: inout MessageReader) {
        self.low = reader.string(message.low)
        self.point = reader.string(message.point)
        self.high = reader.string(message.high)
    }

    func write(to message: inout Dossier__V1__DecimalRange, _ writer: inout MessageWriter) {
        message.low = writer.string(self.low)
        message.point = writer.string(self.point)
        message.high = writer.string(self.high)
    }
}

extension AssetAmount: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__AssetAmount>) {
        dossier__v1__asset_amount__init(message)
    }

    init(_ message: Dossier__V1__AssetAmount, _ reader: inout MessageReader) {
        self.assetID = reader.string(message.asset_id)
        self.chain = reader.string(message.chain)
        self.symbol = reader.string(message.symbol)
        self.quantity = reader.string(message.quantity)
        self.description = reader.value(message.description)
    }

    func write(to message: inout Dossier__V1__AssetAmount, _ writer: inout MessageWriter) {
        message.asset_id = writer.string(self.assetID)
        message.chain = writer.string(self.chain)
        message.symbol = writer.string(self.symbol)
        message.quantity = writer.string(self.quantity)
        message.description = writer.value(self.description)
    }
}

extension Account: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Account>) {
        dossier__v1__account__init(message)
    }

    init(_ message: Dossier__V1__Account, _ reader: inout MessageReader) {
        self.key = reader.string(message.key)
        self.seen = reader.string(message.seen)
    }

    func write(to message: inout Dossier__V1__Account, _ writer: inout MessageWriter) {
        message.key = writer.string(self.key)
        message.seen = writer.string(self.seen)
    }
}

extension AccountUse: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__AccountUse>) {
        dossier__v1__account_use__init(message)
    }

    init(_ message: Dossier__V1__AccountUse, _ reader: inout MessageReader) {
        self.account = reader.value(message.account)
        self.role = AccountRole(message.role)
        self.firstSeen = reader.string(message.first_seen)
        self.lastSeen = reader.string(message.last_seen)
        self.note = reader.value(message.note)
    }

    func write(to message: inout Dossier__V1__AccountUse, _ writer: inout MessageWriter) {
        message.account = writer.value(self.account)
        message.role = .init(self.role.bits)
        message.first_seen = writer.string(self.firstSeen)
        message.last_seen = writer.string(self.lastSeen)
        message.note = writer.value(self.note)
    }
}

extension Transaction: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Transaction>) {
        dossier__v1__transaction__init(message)
    }

    init(_ message: Dossier__V1__Transaction, _ reader: inout MessageReader) {
        self.chain = reader.string(message.chain)
        self.hash = reader.string(message.hash)
        self.time = reader.string(message.time)
        self.note = reader.value(message.note)
    }

    func write(to message: inout Dossier__V1__Transaction, _ writer: inout MessageWriter) {
        message.chain = writer.string(self.chain)
        message.hash = writer.string(self.hash)
        message.time = writer.string(self.time)
        message.note = writer.value(self.note)
    }
}
