internal import CDossierProtos

extension Header: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Header>) {
        dossier__v1__header__init(message)
    }

    init(_ message: Dossier__V1__Header, _ reader: inout MessageReader) {
        self.formatVersion = message.format_version
        self.originator = reader.string(message.originator)
        self.reference = reader.string(message.reference)
        self.version = message.version
        self.operation = Operation(message.operation)
        self.targetRecordID = reader.bytes(message.target_record_id)
        self.kind = Kind(message.kind)
        self.marking = reader.value(message.marking)
        self.occurred = reader.value(message.occurred)
        self.known = reader.string(message.known)
        self.reported = reader.string(message.reported)
        self.salt = reader.bytes(message.salt)
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
        self.start = reader.string(message.start)
        self.end = reader.string(message.end)
    }

    func write(to message: inout Dossier__V1__Period, _ writer: inout MessageWriter) {
        message.start = writer.string(self.start)
        message.end = writer.string(self.end)
    }
}
