/// The data that ships with the program.
enum SampleData {
    /// Attributed thefts, one a row.
    static let incidents = PackageResources.incidents_csv
    /// Figures on IT workers abroad, one a row.
    static let itWorkers = PackageResources.itworkers_csv
    /// An example of a members file: the eleven participating states.
    static let members = PackageResources.members_json

    /// The mapping that ships under a name.
    static func mapping(named name: String) -> [UInt8]? {
        switch name {
        case "incidents": PackageResources.incidents_mapping_json
        case "itworkers": PackageResources.itworkers_mapping_json
        default: nil
        }
    }
}
