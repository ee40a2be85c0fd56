internal import CDossierProtos

extension Assessment: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Assessment>) {
        dossier__v1__assessment__init(message)
    }

    init(_ message: Dossier__V1__Assessment, _ reader: inout MessageReader) {
        self.metric = reader.value(message.metric)
        self.population = reader.value(message.population)
        self.country = reader.string(message.country)
        self.estimates = reader.values(message.n_estimates, message.estimates)
        self.method = reader.value(message.method)
        self.authors = reader.strings(message.n_authors, message.authors)
        self.citations = reader.values(message.n_citations, message.citations)
        self.caveats = reader.values(message.n_caveats, message.caveats)
    }

    func write(to message: inout Dossier__V1__Assessment, _ writer: inout MessageWriter) {
        message.metric = writer.value(self.metric)
        message.population = writer.value(self.population)
        message.country = writer.string(self.country)
        (message.n_estimates, message.estimates) = writer.values(self.estimates)
        message.method = writer.value(self.method)
        (message.n_authors, message.authors) = writer.strings(self.authors)
        (message.n_citations, message.citations) = writer.values(self.citations)
        (message.n_caveats, message.caveats) = writer.values(self.caveats)
    }
}

extension EstimateClaim: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__EstimateClaim>) {
        dossier__v1__estimate_claim__init(message)
    }

    init(_ message: Dossier__V1__EstimateClaim, _ reader: inout MessageReader) {
        self.claim = reader.value(message.claim)
        self.value = reader.value(message.value)
        self.unit = reader.string(message.unit)
        self.asOf = reader.string(message.as_of)
        self.periodStart = reader.string(message.period_start)
        self.periodEnd = reader.string(message.period_end)
    }

    func write(to message: inout Dossier__V1__EstimateClaim, _ writer: inout MessageWriter) {
        message.claim = writer.value(self.claim)
        message.value = writer.value(self.value)
        message.unit = writer.string(self.unit)
        message.as_of = writer.string(self.asOf)
        message.period_start = writer.string(self.periodStart)
        message.period_end = writer.string(self.periodEnd)
    }
}

extension Citation: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Citation>) {
        dossier__v1__citation__init(message)
    }

    init(_ message: Dossier__V1__Citation, _ reader: inout MessageReader) {
        self.originator = reader.string(message.originator)
        self.reference = reader.string(message.reference)
        self.recordID = reader.bytes(message.record_id)
        self.contribution = reader.string(message.contribution)
    }

    func write(to message: inout Dossier__V1__Citation, _ writer: inout MessageWriter) {
        message.originator = writer.string(self.originator)
        message.reference = writer.string(self.reference)
        message.record_id = writer.bytes(self.recordID)
        message.contribution = writer.string(self.contribution)
    }
}
