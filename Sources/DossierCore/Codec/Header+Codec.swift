internal import CDossierProtos

extension Header: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Header>) {
        dossier__v1__header__init(message)
    }

    init(_ message: Dossier__V1__Header, _ reader: inout MessageReader) {
        self.init(
            formatVersion: message.format_version, originator: reader.string(message.originator),
            reference: reader.string(message.reference), version: message.version,
            operation: Operation(message.operation),
            targetRecordID: reader.bytes(message.target_record_id), kind: Kind(message.kind),
            marking: reader.value(message.marking), occurred: reader.value(message.occurred),
            known: reader.string(message.known), reported: reader.string(message.reported),
            salt: reader.bytes(message.salt))
    }

    func write(to message: inout Dossier__V1__Header, _ writer: inout MessageWriter) {
        message.format_version = self.formatVersion
        message.originator = writer.string(self.originator)
        message.reference = writer.string(self.reference)
        message.version = self.version
        message.operation = .init(self.operation.bits)
        message.target_record_id = writer.bytes(self.targetRecordID)
        message.kind = .init(self.kind.bits)
        message.marking = writer.value(self.marking)
        message.occurred = writer.value(self.occurred)
        message.known = writer.string(self.known)
        message.reported = writer.string(self.reported)
        message.salt = writer.bytes(self.salt)
    }
}

extension Period: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Period>) {
        dossier__v1__period__init(message)
    }

    init(_ message: Dossier__V1__Period, _ reader: inout MessageReader) {
        self.init(start: reader.string(message.start), end: reader.string(message.end))
    }

    func write(to message: inout Dossier__V1__Period, _ writer: inout MessageWriter) {
        message.start = writer.string(self.start)
        message.end = writer.string(self.end)
    }
}
