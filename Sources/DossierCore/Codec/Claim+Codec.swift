internal import CDossierProtos

extension Claim: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__Claim>) {
        dossier__v1__claim__init(message)
    }

    init(_ message: Dossier__V1__Claim, _ reader: inout MessageReader) {
        self.author = reader.string(message.author)
        self.date = reader.string(message.date)
        self.stance = ClaimStance(message.stance)
        self.grade = reader.value(message.grade)
        self.basis = reader.value(message.basis)
    }

    func write(to message: inout Dossier__V1__Claim, _ writer: inout MessageWriter) {
        message.author = writer.string(self.author)
        message.date = writer.string(self.date)
        message.stance = .init(self.stance.bits)
        message.grade = writer.value(self.grade)
        message.basis = writer.value(self.basis)
    }
}

extension ActorClaim: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__ActorClaim>) {
        dossier__v1__actor_claim__init(message)
    }

    init(_ message: Dossier__V1__ActorClaim, _ reader: inout MessageReader) {
        self.claim = reader.value(message.claim)
        self.actor = reader.string(message.actor)
        self.externalIDs = reader.values(message.n_external_ids, message.external_ids)
    }

    func write(to message: inout Dossier__V1__ActorClaim, _ writer: inout MessageWriter) {
        message.claim = writer.value(self.claim)
        message.actor = writer.string(self.actor)
        (message.n_external_ids, message.external_ids) = writer.values(self.externalIDs)
    }
}

extension AliasClaim: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__AliasClaim>) {
        dossier__v1__alias_claim__init(message)
    }

    init(_ message: Dossier__V1__AliasClaim, _ reader: inout MessageReader) {
        self.claim = reader.value(message.claim)
        self.alias = reader.string(message.alias)
        self.name = reader.string(message.name)
    }

    func write(to message: inout Dossier__V1__AliasClaim, _ writer: inout MessageWriter) {
        message.claim = writer.value(self.claim)
        message.alias = writer.string(self.alias)
        message.name = writer.string(self.name)
    }
}

extension IdentityClaim: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__IdentityClaim>) {
        dossier__v1__identity_claim__init(message)
    }

    init(_ message: Dossier__V1__IdentityClaim, _ reader: inout MessageReader) {
        self.claim = reader.value(message.claim)
        self.name = reader.string(message.name)
    }

    func write(to message: inout Dossier__V1__IdentityClaim, _ writer: inout MessageWriter) {
        message.claim = writer.value(self.claim)
        message.name = writer.string(self.name)
    }
}

extension AmountClaim: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__AmountClaim>) {
        dossier__v1__amount_claim__init(message)
    }

    init(_ message: Dossier__V1__AmountClaim, _ reader: inout MessageReader) {
        self.claim = reader.value(message.claim)
        self.amount = reader.value(message.amount)
    }

    func write(to message: inout Dossier__V1__AmountClaim, _ writer: inout MessageWriter) {
        message.claim = writer.value(self.claim)
        message.amount = writer.value(self.amount)
    }
}

extension HeadCountClaim: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__HeadCountClaim>) {
        dossier__v1__head_count_claim__init(message)
    }

    init(_ message: Dossier__V1__HeadCountClaim, _ reader: inout MessageReader) {
        self.claim = reader.value(message.claim)
        self.count = reader.value(message.count)
        self.asOf = reader.string(message.as_of)
        self.definition = reader.value(message.definition)
    }

    func write(to message: inout Dossier__V1__HeadCountClaim, _ writer: inout MessageWriter) {
        message.claim = writer.value(self.claim)
        message.count = writer.value(self.count)
        message.as_of = writer.string(self.asOf)
        message.definition = writer.value(self.definition)
    }
}

extension CountRange: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__CountRange>) {
        dossier__v1__count_range__init(message)
    }

    init(_ message: Dossier__V1__CountRange, _ reader: inout MessageReader) {
        self.low = message.lower_case == DOSSIER__V1__COUNT_RANGE__LOWER_LOW ? message.low : nil
        self.point =
            message.estimate_case == DOSSIER__V1__COUNT_RANGE__ESTIMATE_POINT ? message.point : nil
        self.high = message.upper_case == DOSSIER__V1__COUNT_RANGE__UPPER_HIGH ? message.high : nil
    }

    func write(to message: inout Dossier__V1__CountRange, _ writer: inout MessageWriter) {
        if let low = self.low {
            message.lower_case = DOSSIER__V1__COUNT_RANGE__LOWER_LOW
            message.low = low
        }
        if let point = self.point {
            message.estimate_case = DOSSIER__V1__COUNT_RANGE__ESTIMATE_POINT
            message.point = point
        }
        if let high = self.high {
            message.upper_case = DOSSIER__V1__COUNT_RANGE__UPPER_HIGH
            message.high = high
        }
    }
}

extension ShareClaim: MessageValue {
    static func initialise(_ message: UnsafeMutablePointer<Dossier__V1__ShareClaim>) {
        dossier__v1__share_claim__init(message)
    }

    init(_ message: Dossier__V1__ShareClaim, _ reader: inout MessageReader) {
        self.claim = reader.value(message.claim)
        self.percent = reader.value(message.percent)
        self.definition = reader.value(message.definition)
    }

    func write(to message: inout Dossier__V1__ShareClaim, _ writer: inout MessageWriter) {
        message.claim = writer.value(self.claim)
        message.percent = writer.value(self.percent)
        message.definition = writer.value(self.definition)
    }
}
