internal import CDossierProtos

extension Wallet: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Wallet>) {
        dossier__v1__wallet__init(message)
    }

    init(_ message: Dossier__V1__Wallet, _ reader: inout MessageReader) {
        self.account = reader.value(message.account)
        self.assets = reader.values(message.n_assets, message.assets)
        self.roles = reader.values(message.n_roles, message.roles)
        self.holders = reader.values(message.n_holders, message.holders)
        self.custody = reader.value(message.custody)
        self.firstSeen = reader.string(message.first_seen)
        self.lastSeen = reader.string(message.last_seen)
        self.listings = reader.values(message.n_listings, message.listings)
        self.reused = message.reused != 0
        self.sharedInfrastructure = message.shared_infrastructure != 0
        self.validUntil = reader.string(message.valid_until)
        self.actors = reader.values(message.n_actors, message.actors)
        self.aliases = reader.values(message.n_aliases, message.aliases)
    }

    func write(to message: inout Dossier__V1__Wallet, _ writer: inout MessageWriter) {
        message.account = writer.value(self.account)
        (message.n_assets, message.assets) = writer.values(self.assets)
        (message.n_roles, message.roles) = writer.values(self.roles)
        (message.n_holders, message.holders) = writer.values(self.holders)
        message.custody = writer.value(self.custody)
        message.first_seen = writer.string(self.firstSeen)
        message.last_seen = writer.string(self.lastSeen)
        (message.n_listings, message.listings) = writer.values(self.listings)
        message.reused = self.reused ? 1 : 0
        message.shared_infrastructure = self.sharedInfrastructure ? 1 : 0
        message.valid_until = writer.string(self.validUntil)
        (message.n_actors, message.actors) = writer.values(self.actors)
        (message.n_aliases, message.aliases) = writer.values(self.aliases)
    }
}

extension RoleClaim: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__RoleClaim>) {
        dossier__v1__role_claim__init(message)
    }

    init(_ message: Dossier__V1__RoleClaim, _ reader: inout MessageReader) {
        self.claim = reader.value(message.claim)
        self.role = AccountRole(message.role)
    }

    func write(to message: inout Dossier__V1__RoleClaim, _ writer: inout MessageWriter) {
        message.claim = writer.value(self.claim)
        message.role = .init(self.role.bits)
    }
}

extension HolderClaim: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__HolderClaim>) {
        dossier__v1__holder_claim__init(message)
    }

    init(_ message: Dossier__V1__HolderClaim, _ reader: inout MessageReader) {
        self.claim = reader.value(message.claim)
        self.holder = reader.string(message.holder)
        self.externalIDs = reader.values(message.n_external_ids, message.external_ids)
    }

    func write(to message: inout Dossier__V1__HolderClaim, _ writer: inout MessageWriter) {
        message.claim = writer.value(self.claim)
        message.holder = writer.string(self.holder)
        (message.n_external_ids, message.external_ids) = writer.values(self.externalIDs)
    }
}

extension Custody: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Custody>) {
        dossier__v1__custody__init(message)
    }

    init(_ message: Dossier__V1__Custody, _ reader: inout MessageReader) {
        self.custodian = reader.string(message.custodian)
        self.accountID = reader.string(message.account_id)
    }

    func write(to message: inout Dossier__V1__Custody, _ writer: inout MessageWriter) {
        message.custodian = writer.string(self.custodian)
        message.account_id = writer.string(self.accountID)
    }
}

extension Listing: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Listing>) {
        dossier__v1__listing__init(message)
    }

    init(_ message: Dossier__V1__Listing, _ reader: inout MessageReader) {
        self.entry = reader.value(message.entry)
        self.authority = reader.string(message.authority)
        self.listed = reader.string(message.listed)
        self.amended = reader.string(message.amended)
        self.delisted = reader.string(message.delisted)
        self.expires = reader.string(message.expires)
        self.legalBasis = reader.value(message.legal_basis)
    }

    func write(to message: inout Dossier__V1__Listing, _ writer: inout MessageWriter) {
        message.entry = writer.value(self.entry)
        message.authority = writer.string(self.authority)
        message.listed = writer.string(self.listed)
        message.amended = writer.string(self.amended)
        message.delisted = writer.string(self.delisted)
        message.expires = writer.string(self.expires)
        message.legal_basis = writer.value(self.legalBasis)
    }
}
