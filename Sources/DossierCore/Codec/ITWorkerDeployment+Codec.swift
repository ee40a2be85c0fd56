internal import CDossierProtos

extension ITWorkerDeployment: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__ItWorkerDeployment>) {
        dossier__v1__it_worker_deployment__init(message)
    }

    init(_ message: Dossier__V1__ItWorkerDeployment, _ reader: inout MessageReader) {
        self.status = DeploymentStatus(message.status)
        self.hostCountries = reader.strings(message.n_host_countries, message.host_countries)
        self.place = reader.string(message.place)
        self.headCounts = reader.values(message.n_head_counts, message.head_counts)
        self.parentBodies = reader.values(message.n_parent_bodies, message.parent_bodies)
        self.teamLead = reader.string(message.team_lead)
        self.coverCompanies = reader.strings(message.n_cover_companies, message.cover_companies)
        self.visaTypes = reader.strings(message.n_visa_types, message.visa_types)
        self.housing = reader.value(message.housing)
        self.workTypes = reader.strings(message.n_work_types, message.work_types)
        self.platforms = reader.strings(message.n_platforms, message.platforms)
        self.earnings = reader.values(message.n_earnings, message.earnings)
        self.remittedShares = reader.values(message.n_remitted_shares, message.remitted_shares)
        self.remittancePath = reader.value(message.remittance_path)
        self.rotation = reader.value(message.rotation)
        self.laptopFarms = reader.strings(message.n_laptop_farms, message.laptop_farms)
        self.accounts = reader.values(message.n_accounts, message.accounts)
        self.actors = reader.values(message.n_actors, message.actors)
    }

    func write(to message: inout Dossier__V1__ItWorkerDeployment, _ writer: inout MessageWriter) {
        message.status = .init(self.status.bits)
        (message.n_host_countries, message.host_countries) = writer.strings(self.hostCountries)
        message.place = writer.string(self.place)
        (message.n_head_counts, message.head_counts) = writer.values(self.headCounts)
        (message.n_parent_bodies, message.parent_bodies) = writer.values(self.parentBodies)
        message.team_lead = writer.string(self.teamLead)
        (message.n_cover_companies, message.cover_companies) = writer.strings(self.coverCompanies)
        (message.n_visa_types, message.visa_types) = writer.strings(self.visaTypes)
        message.housing = writer.value(self.housing)
        (message.n_work_types, message.work_types) = writer.strings(self.workTypes)
        (message.n_platforms, message.platforms) = writer.strings(self.platforms)
        (message.n_earnings, message.earnings) = writer.values(self.earnings)
        (message.n_remitted_shares, message.remitted_shares) = writer.values(self.remittedShares)
        message.remittance_path = writer.value(self.remittancePath)
        message.rotation = writer.value(self.rotation)
        (message.n_laptop_farms, message.laptop_farms) = writer.strings(self.laptopFarms)
        (message.n_accounts, message.accounts) = writer.values(self.accounts)
        (message.n_actors, message.actors) = writer.values(self.actors)
    }
}

extension ParentBody: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__ParentBody>) {
        dossier__v1__parent_body__init(message)
    }

    init(_ message: Dossier__V1__ParentBody, _ reader: inout MessageReader) {
        self.name = reader.string(message.name)
        self.externalIDs = reader.values(message.n_external_ids, message.external_ids)
    }

    func write(to message: inout Dossier__V1__ParentBody, _ writer: inout MessageWriter) {
        message.name = writer.string(self.name)
        (message.n_external_ids, message.external_ids) = writer.values(self.externalIDs)
    }
}

extension EarningsClaim: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__EarningsClaim>) {
        dossier__v1__earnings_claim__init(message)
    }

    init(_ message: Dossier__V1__EarningsClaim, _ reader: inout MessageReader) {
        self.claim = reader.value(message.claim)
        self.type = EarningsType(message.type)
        self.amount = reader.value(message.amount)
        self.period = EarningsPeriod(message.period)
    }

    func write(to message: inout Dossier__V1__EarningsClaim, _ writer: inout MessageWriter) {
        message.claim = writer.value(self.claim)
        message.type = .init(self.type.bits)
        message.amount = writer.value(self.amount)
        message.period = .init(self.period.bits)
    }
}
