extension Record {
    /// Makes the key of every account canonical, or makes it from the account as seen.
    ///
    /// Spellings that cannot be made canonical are left as they are, for the check to report.
    public mutating func makeAccountsCanonical() {
        switch self.content {
        case .cryptoTheft(var theft):
            theft.accounts.makeCanonical()
            self.content = .cryptoTheft(theft)
        case .itWorkerDeployment(var deployment):
            deployment.accounts.makeCanonical()
            self.content = .itWorkerDeployment(deployment)
        case .wallet(var wallet):
            wallet.account?.makeCanonical()
            self.content = .wallet(wallet)
        case .assessment, nil:
            break
        }
    }
}

extension [AccountUse] {
    fileprivate mutating func makeCanonical() {
        for index in self.indices { self[index].account?.makeCanonical() }
    }
}

extension Account {
    fileprivate mutating func makeCanonical() {
        let given = self.key.isEmpty ? self.seen : self.key
        guard let key = try? AccountKey(canonicalising: given), key.key != self.key else { return }
        if self.seen.isEmpty { self.seen = self.key }
        self.key = key.key
    }
}
