internal import CDossierProtos

extension CryptoTheft: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__CryptoTheft>) {
        dossier__v1__crypto_theft__init(message)
    }

    init(_ message: Dossier__V1__CryptoTheft, _ reader: inout MessageReader) {
        self.init(
            victim: reader.value(message.victim),
            assets: reader.values(message.n_assets, message.assets),
            losses: reader.values(message.n_losses, message.losses),
            recoveries: reader.values(message.n_recoveries, message.recoveries),
            entryVectors: reader.values(message.n_entry_vectors, message.entry_vectors),
            thirdParties: reader.values(message.n_third_parties, message.third_parties),
            firstTransactions: reader.values(
                message.n_first_transactions, message.first_transactions),
            accounts: reader.values(message.n_accounts, message.accounts),
            actors: reader.values(message.n_actors, message.actors),
            investigators: reader.strings(message.n_investigators, message.investigators),
            aliases: reader.values(message.n_aliases, message.aliases))
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
        self.init(
            name: reader.string(message.name), legalName: reader.string(message.legal_name),
            type: VictimType(message.type),
            countryRegistered: reader.string(message.country_registered),
            countryOperated: reader.string(message.country_operated),
            country: reader.string(message.country), description: reader.value(message.description),
            inferredIdentities: reader.values(
                message.n_inferred_identities, message.inferred_identities))
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
        self.init(type: RecoveryType(message.type), amount: reader.value(message.amount))
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
        self.init(name: reader.string(message.name), role: reader.value(message.role))
    }

    func write(to message: inout Dossier__V1__ThirdParty, _ writer: inout MessageWriter) {
        message.name = writer.string(self.name)
        message.role = writer.value(self.role)
    }
}
