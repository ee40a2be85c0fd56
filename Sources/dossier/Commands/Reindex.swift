import ArgumentParser
import DossierCore
import DossierStore
import Logging

/// `dossier reindex`.
struct Reindex: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Rebuild a node's catalog from its log.",
        discussion: "The node must not be running. The log itself is only read.")

    @OptionGroup var members: MemberOptions
    @OptionGroup var organisation: OrganisationOptions

    @Option(help: "Folder of the node's log and catalog.")
    var data: String?

    func run() async throws {
        let settings = try await self.members.settings()
        let members = try self.members.load(settings)
        let member = try self.organisation.member(of: members, settings)
        let configuration = StoreConfiguration(
            directory: try settings.requiredPath("data", option: self.data),
            log: member.log, logger: Log.logger(level: .warning))
        try await Store.reindex(configuration)
        Terminal.note("the catalog of \(member.logOrigin) was rebuilt")
    }
}
