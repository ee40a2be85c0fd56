internal import CDossierProtos

extension Marking: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Marking>) {
        dossier__v1__marking__init(message)
    }

    init(_ message: Dossier__V1__Marking, _ reader: inout MessageReader) {
        self.tlp = TLP(message.tlp)
        self.pap = PAP(message.pap)
        self.orcon = message.orcon != 0
        self.releasability = reader.strings(message.n_releasability, message.releasability)
        self.releaseGroups = reader.strings(message.n_release_groups, message.release_groups)
        self.nationalLabel = reader.string(message.national_label)
    }

    func write(to message: inout Dossier__V1__Marking, _ writer: inout MessageWriter) {
        message.tlp = .init(self.tlp.bits)
        message.pap = .init(self.pap.bits)
        message.orcon = self.orcon ? 1 : 0
        (message.n_releasability, message.releasability) = writer.strings(self.releasability)
        (message.n_release_groups, message.release_groups) = writer.strings(self.releaseGroups)
        message.national_label = writer.string(self.nationalLabel)
    }
}
