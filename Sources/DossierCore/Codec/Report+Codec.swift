internal import CDossierProtos

extension Report: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Report>) {
        dossier__v1__report__init(message)
    }

    init(_ message: Dossier__V1__Report, _ reader: inout MessageReader) {
        self.titles = reader.values(message.n_titles, message.titles)
        self.narratives = reader.values(message.n_narratives, message.narratives)
        self.grade = reader.value(message.grade)
        self.sources = reader.values(message.n_sources, message.sources)
        self.evidence = reader.values(message.n_evidence, message.evidence)
        self.links = reader.values(message.n_links, message.links)
        self.violatedMeasures = reader.values(
            message.n_violated_measures, message.violated_measures)
        self.externalIDs = reader.values(message.n_external_ids, message.external_ids)
        self.investigationStatus = InvestigationStatus(message.investigation_status)
        self.replies = reader.values(message.n_replies, message.replies)
        self.remarks = reader.values(message.n_remarks, message.remarks)
    }

    func write(to message: inout Dossier__V1__Report, _ writer: inout MessageWriter) {
        (message.n_titles, message.titles) = writer.values(self.titles)
        (message.n_narratives, message.narratives) = writer.values(self.narratives)
        message.grade = writer.value(self.grade)
        (message.n_sources, message.sources) = writer.values(self.sources)
        (message.n_evidence, message.evidence) = writer.values(self.evidence)
        (message.n_links, message.links) = writer.values(self.links)
        (message.n_violated_measures, message.violated_measures) = writer.values(
            self.violatedMeasures)
        (message.n_external_ids, message.external_ids) = writer.values(self.externalIDs)
        message.investigation_status = .init(self.investigationStatus.bits)
        (message.n_replies, message.replies) = writer.values(self.replies)
        (message.n_remarks, message.remarks) = writer.values(self.remarks)
    }
}

extension Text: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Text>) {
        dossier__v1__text__init(message)
    }

    init(_ message: Dossier__V1__Text, _ reader: inout MessageReader) {
        self.text = reader.string(message.text)
        self.language = reader.string(message.language)
    }

    func write(to message: inout Dossier__V1__Text, _ writer: inout MessageWriter) {
        message.text = writer.string(self.text)
        message.language = writer.string(self.language)
    }
}

extension Grade: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Grade>) {
        dossier__v1__grade__init(message)
    }

    init(_ message: Dossier__V1__Grade, _ reader: inout MessageReader) {
        self.sourceReliability = SourceReliability(message.source_reliability)
        self.contentCredibility = ContentCredibility(message.content_credibility)
        self.analyticConfidence = AnalyticConfidence(message.analytic_confidence)
    }

    func write(to message: inout Dossier__V1__Grade, _ writer: inout MessageWriter) {
        message.source_reliability = .init(self.sourceReliability.bits)
        message.content_credibility = .init(self.contentCredibility.bits)
        message.analytic_confidence = .init(self.analyticConfidence.bits)
    }
}

extension Source: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Source>) {
        dossier__v1__source__init(message)
    }

    init(_ message: Dossier__V1__Source, _ reader: inout MessageReader) {
        self.publisher = reader.string(message.publisher)
        self.title = reader.value(message.title)
        self.url = reader.string(message.url)
        self.published = reader.string(message.published)
        self.grade = reader.value(message.grade)
    }

    func write(to message: inout Dossier__V1__Source, _ writer: inout MessageWriter) {
        message.publisher = writer.string(self.publisher)
        message.title = writer.value(self.title)
        message.url = writer.string(self.url)
        message.published = writer.string(self.published)
        message.grade = writer.value(self.grade)
    }
}

extension Evidence: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Evidence>) {
        dossier__v1__evidence__init(message)
    }

    init(_ message: Dossier__V1__Evidence, _ reader: inout MessageReader) {
        self.sha256 = reader.bytes(message.sha256)
        self.size = message.size
        self.mediaType = reader.string(message.media_type)
        self.url = reader.string(message.url)
        self.captured = reader.string(message.captured)
        self.capturedBy = reader.string(message.captured_by)
        self.description = reader.value(message.description)
    }

    func write(to message: inout Dossier__V1__Evidence, _ writer: inout MessageWriter) {
        message.sha256 = writer.bytes(self.sha256)
        message.size = self.size
        message.media_type = writer.string(self.mediaType)
        message.url = writer.string(self.url)
        message.captured = writer.string(self.captured)
        message.captured_by = writer.string(self.capturedBy)
        message.description = writer.value(self.description)
    }
}

extension Link: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Link>) {
        dossier__v1__link__init(message)
    }

    init(_ message: Dossier__V1__Link, _ reader: inout MessageReader) {
        self.relation = LinkRelation(message.relation)
        self.originator = reader.string(message.originator)
        self.reference = reader.string(message.reference)
        self.recordID = reader.bytes(message.record_id)
        self.note = reader.value(message.note)
    }

    func write(to message: inout Dossier__V1__Link, _ writer: inout MessageWriter) {
        message.relation = .init(self.relation.bits)
        message.originator = writer.string(self.originator)
        message.reference = writer.string(self.reference)
        message.record_id = writer.bytes(self.recordID)
        message.note = writer.value(self.note)
    }
}

extension ViolatedMeasure: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__ViolatedMeasure>) {
        dossier__v1__violated_measure__init(message)
    }

    init(_ message: Dossier__V1__ViolatedMeasure, _ reader: inout MessageReader) {
        self.instrument = reader.string(message.instrument)
        self.paragraph = reader.string(message.paragraph)
        self.note = reader.value(message.note)
    }

    func write(to message: inout Dossier__V1__ViolatedMeasure, _ writer: inout MessageWriter) {
        message.instrument = writer.string(self.instrument)
        message.paragraph = writer.string(self.paragraph)
        message.note = writer.value(self.note)
    }
}

extension ExternalID: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__ExternalId>) {
        dossier__v1__external_id__init(message)
    }

    init(_ message: Dossier__V1__ExternalId, _ reader: inout MessageReader) {
        self.system = ExternalIDSystem(message.system)
        self.value = reader.string(message.value)
        self.scope = reader.string(message.scope)
    }

    func write(to message: inout Dossier__V1__ExternalId, _ writer: inout MessageWriter) {
        message.system = .init(self.system.bits)
        message.value = writer.string(self.value)
        message.scope = writer.string(self.scope)
    }
}
