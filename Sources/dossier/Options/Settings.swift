import ArgumentParser
import Configuration
import FoundationEssentials
import SystemPackage

/// Where a setting comes from: an option, else an environment variable, else the profile.
///
/// The profile is a JSON file; `profile.json` in `$XDG_CONFIG_HOME/dossier` (or
/// `~/.config/dossier`) unless `--profile` or `DOSSIER_PROFILE` names another. The environment
/// variable of a setting `some-thing` is `DOSSIER_SOME_THING`. Paths in a profile are relative to
/// its folder.
struct Settings {
    private static let prefix = "DOSSIER_"
    private let profile: ConfigReader?
    private let profileFolder: String
    private let environment: [String: String]

    /// Reads the profile, if there is one.
    ///
    /// - Parameter path: the profile that was asked for; it must be there.
    static func load(profile path: String?) async throws -> Settings {
        let environment = ProcessInfo.processInfo.environment
        let asked = path ?? environment[self.prefix + "PROFILE"]
        guard let chosen = asked ?? self.usualProfile(environment) else {
            return Settings(nil, "", environment)
        }
        guard asked != nil || FileManager.default.fileExists(atPath: chosen) else {
            return Settings(nil, "", environment)
        }
        do {
            let provider = try await FileProvider<JSONSnapshot>(filePath: FilePath(chosen))
            let folder = Files.folder(of: chosen)
            return Settings(ConfigReader(provider: provider), folder, environment)
        } catch {
            throw CommandFailure(
                "profile \(chosen) cannot be read",
                hint: "it must be a JSON object such as {\"node\": \"localhost:7443\"}")
        }
    }

    private init(_ profile: ConfigReader?, _ folder: String, _ environment: [String: String]) {
        self.profile = profile
        self.profileFolder = folder
        self.environment = environment
    }

    private static func usualProfile(_ environment: [String: String]) -> String? {
        let folder =
            environment["XDG_CONFIG_HOME"] ?? environment["HOME"].map { "\($0)/.config" }
        return folder.map { "\($0)/dossier/profile.json" }
    }

    /// A setting as text.
    func text(_ name: String, option: String?) -> String? {
        option ?? self.environment[Self.variable(name)]
            ?? self.profile?.string(forKey: ConfigKey(name))
    }

    /// A setting that is a path.
    func path(_ name: String, option: String?) -> String? {
        if let given = option ?? self.environment[Self.variable(name)] { return given }
        return self.profile?.string(forKey: ConfigKey(name)).map { path in
            path.hasPrefix("/") ? path : "\(self.profileFolder)/\(path)"
        }
    }

    /// The folder that remembers what was seen of logs.
    func stateFolder(option: String?) throws -> String {
        if let folder = self.path("state", option: option) { return folder }
        if let folder = self.environment["XDG_STATE_HOME"], folder.hasPrefix("/") {
            return "\(folder)/dossier"
        }
        guard let home = self.environment["HOME"], !home.isEmpty else {
            throw CommandFailure(
                "state is not set, and there is no HOME",
                hint: "give --state, or set \(Self.variable("state"))", status: .usage)
        }
        return "\(home)/.local/state/dossier"
    }

    /// A setting that is a path and must be given.
    func requiredPath(_ name: String, option: String?) throws -> String {
        guard let path = self.path(name, option: option) else {
            throw CommandFailure(
                "\(name) is not set",
                hint: "give --\(name), set \(Self.variable(name)), or put \"\(name)\" into the "
                    + "profile", status: .usage)
        }
        return path
    }

    private static func variable(_ name: String) -> String {
        self.prefix + name.uppercased().replacing("-", with: "_")
    }
}
