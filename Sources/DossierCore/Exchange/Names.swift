extension Kind {
    /// The kinds that this code knows, in the order of their numbers.
    public static let known: [Kind] = [.cryptoTheft, .itWorkerDeployment, .wallet, .assessment]

    /// The name for people and command lines, such as `crypto-theft`; a number when not known.
    public var name: String {
        switch self {
        case .cryptoTheft: "crypto-theft"
        case .itWorkerDeployment: "it-worker-deployment"
        case .wallet: "wallet"
        case .assessment: "assessment"
        case _: "kind-\(self.rawValue)"
        }
    }
}

extension Operation {
    /// The name for people, such as `assert`; a number when not known.
    public var name: String {
        switch self {
        case .assert: "assert"
        case .amend: "amend"
        case .restrict: "restrict"
        case .withdraw: "withdraw"
        case .annotate: "annotate"
        case .corroborate: "corroborate"
        case .dispute: "dispute"
        case .endorse: "endorse"
        case _: "operation-\(self.rawValue)"
        }
    }
}
