// DossierTestSupport: what the tests of several rooms need: temporary directories, a PKI made in
// memory, and an oracle for trees that is slow and obviously right. Nothing in Sources imports it.

import Foundation

/// Calls `body` with the path of a new, empty directory, and removes it afterwards with all it
/// holds, whatever happens.
public func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = try makeTemporaryDirectory()
    defer { removeTree(path) }
    return try body(path)
}

/// Calls `body` with the path of a new, empty directory, and removes it afterwards with all it
/// holds, whatever happens.
public func withTemporaryDirectory<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
) async throws -> Result {
    let path = try makeTemporaryDirectory()
    defer { removeTree(path) }
    return try await body(path)
}

/// Why a test could not be set up.
public struct TestSupportError: Error, CustomStringConvertible {
    /// What happened.
    public var description: String

    /// Creates an error.
    public init(_ description: String) { self.description = description }
}

private func makeTemporaryDirectory() throws -> String {
    let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("dossier-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
        at: directory, withIntermediateDirectories: false,
        attributes: [.posixPermissions: 0o700])
    return directory.path
}

/// A leftover is no reason to fail a test that has ended.
private func removeTree(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
}
