extension AuditRun {
    /// The catalog, if it can be audited.
    var openCatalog: CatalogAudit? {
        if case .open(let catalog) = self.catalog { return catalog }
        return nil
    }

    /// What auditing the catalog as a whole gave.
    static func whole(
        _ catalog: CatalogAudit?
    ) async -> Result<CatalogAudit.Whole?, StoreError> {
        Result { () throws(StoreError) in try catalog?.whole() }
    }

    /// Adds what is found of the catalog, whose rows were compared with the segments.
    func judgeCatalog(
        _ whole: CatalogAudit.Whole?, into report: inout AuditReport
    ) throws(StoreError) {
        switch self.catalog {
        case .missing:
            report.notes.append("there is no catalog: make it with `dossier reindex`")
        case .damaged(let finding): report.add([finding])
        case .open(let catalog):
            if catalog.size < self.scope.size {
                report.notes.append(
                    "the catalog has followed the log to leaf \(catalog.size) of \(self.scope.size)"
                )
            }
            if self.progress.withoutRows > self.scope.size - catalog.size {
                report.notes.append(
                    "rows of \(self.progress.withoutRows) leaves were not compared: the catalog was "
                        + "behind when they were audited")
            }
            if catalog.wasOpenedMeanwhile {
                report.notes.append(
                    "a node has opened the catalog while it was read: what is found of it may not "
                        + "be so, audit again")
            }
            guard let whole else { return }
            report.add(whole.findings)
            report.notes += whole.notes
            let comparison = TokenComparison(
                self.configuration, catalog, logSize: self.scope.size,
                expected: self.progress.tokens, actual: whole.tokens)
            report.add(try comparison.findings())
        }
    }
}
