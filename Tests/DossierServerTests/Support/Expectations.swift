import DossierCrypto
import MerkleLog
import Testing

/// Expects a call to fail verification with a code, and gives the error.
@discardableResult
func expectRefusal(
    _ code: VerificationError.Code, _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> VerificationError? {
    do {
        try await body()
        Issue.record(
            "\(comment?.rawValue ?? ""): accepted, expected \(code)",
            sourceLocation: sourceLocation)
    } catch let error as VerificationError {
        #expect(
            error.code == code, "\(comment?.rawValue ?? ""): \(error.debugDescription)",
            sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record(
            "\(comment?.rawValue ?? ""): \(String(reflecting: error))",
            sourceLocation: sourceLocation)
    }
    return nil
}

extension Digest {
    /// Something that is no hash of any test's tree.
    static let stranger = SHA256.digest(of: [0xD0])
}

extension [Digest] {
    var lengthened: [Digest] { self + [Digest.stranger] }

    /// The same with another first hash.
    var altered: [Digest] { [Digest.stranger] + self.dropFirst() }
}
