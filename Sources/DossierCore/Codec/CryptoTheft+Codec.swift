internal import CDossierProtos

extension CryptoTheft: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__CryptoTheft>) {
        dossier__v1__crypto_theft__init(message)
    }

    init(_ message: Dossier__V1__CryptoTheft, _ reader: inout MessageReader) {
        self.victim = reader.value(message.victim)
        self.assets = reader.values(message.n_assets, message.assets)
        self.losses = reader.values(message.n_losses, message.losses)
        self.recoveries = reader.values(message.n_recoveries, message.recoveries)
        self.entryVectors = reader.values(message.n_entry_vectors, message.entry_vectors)
        self.thirdParties = reader.values(message.n_third_parties, message.third_parties)
        self.firstTransactions = reader.values(
            message.n_first_transactions, message.first_transactions)
        self.accounts = reader.values(message.n_accounts, message.accounts)
        self.actors = reader.values(message.n_actors, message.actors)
        self.investigators = reader.strings(message.n_investigators, message.investigators)
        self.aliases = reader.values(message.n_aliases, message.aliases)
    }

    func write(to message: inout Dossier__V1__CryptoTheft, _ writer: inout MessageWriter) {
        message.victim = writer.value(self.victim)
        (message.n_assets, message.assets) = writer.values(self.assets)
        (message.n_losses, message.losses) = writer.values(self.losses)
        (message.n_recoveries, message.recoveries) = writer.values(self.recoveries)
        (message.n_entry_vectors, message.entry_vectors) = writer.values(self.entryVectors)
        (message.n_third_parties, message.third_parties) = writer.values(self.thirdParties)
        (message.n_first_transactions, message.first_transactions) = writer.values(
            self.firstTransactions)
        (message.n_accounts, message.accounts) = writer.values(self.accounts)
        (message.n_actors, message.actors) = writer.values(self.actors)
        (message.n_investigators, message.investigators) = writer.strings(self.investigators)
        (message.n_aliases, message.aliases) = writer.values(self.aliases)
    }
}

extension Victim: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Victim>) {
        dossier__v1__victim__init(message)
    }

    init(_ message: Dossier__V1__Victim, _ reader: inout MessageReader) {
        self.name = reader.string(message.name)
        self.legalName = reader.string(message.legal_name)
        self.type = VictimType(message.type)
        self.countryRegistered = reader.string(message.country_registered)
        self.countryOperated = reader.string(message.country_operated)
        self.country = reader.string(message.country)
        self.description = reader.value(message.description)
        self.inferredIdentities = reader.values(
            message.n_inferred_identities, message.inferred_identities)
    }

    func write(to message: inout Dossier__V1__Victim, _ writer: inout MessageWriter) {
        message.name = writer.string(self.name)
        message.legal_name = writer.string(self.legalName)
        message.type = .init(self.type.bits)
        message.country_registered = writer.string(self.countryRegistered)
        message.country_operated = writer.string(self.countryOperated)
        message.country = writer.string(self.country)
        message.description = writer.value(self.description)
        (message.n_inferred_identities, message.inferred_identities) = writer.values(
            self.inferredIdentities)
    }
}

extension Recovery: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Recovery>) {
        dossier__v1__recovery__init(message)
    }

    init(_ message: Dossier__V1__Recovery, _ reader: inout MessageReader) {
        self.type = RecoveryType(message.type)
        self.amount = reader.value(message.amount)
    }

    func write(to message: inout Dossier__V1__Recovery, _ writer: inout MessageWriter) {
        message.type = .init(self.type.bits)
        message.amount = writer.value(self.amount)
    }
}

extension ThirdParty: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__ThirdParty>) {
        dossier__v1__third_party__init(message)
    }

    init(_ message: Dossier__V1__ThirdParty, _ reader: inout MessageReader) {
        self.name = reader.string(message.name)
        self.role = reader.value(message.role)
    }

    func write(to message: inout Dossier__V1__ThirdParty, _ writer: inout MessageWriter) {
        message.name = writer.string(self.name)
        message.role = writer.value(self.role)
    }
}
