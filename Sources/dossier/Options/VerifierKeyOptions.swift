import ArgumentParser
import DossierCore
import MerkleLog

/// The key that a log's checkpoints are checked with.
struct VerifierKeyOptions: ParsableArguments {
    @Option(help: "Verifier key of the log, NAME+KEYID+KEY (default: from the members file).")
    var verifierKey: String?

    /// The log of a checkpoint in a file, whose origin says which it is.
    ///
    /// The origin is not verified yet: it only chooses the key, which then must fit.
    func log(ofCheckpoint note: [UInt8], _ members: () throws -> Members) throws -> LogIdentity {
        if let text = self.verifierKey {
            let key = try VerifierKey(text)
            return LogIdentity(origin: key.name, key: key)
        }
        let origin = try Checkpoint(text: SignedNote(note).text).origin
        let organisations = try members().organisations
        guard let member = organisations.first(where: { $0.log.origin == origin }) else {
            throw VerificationError(
                code: .unknownKey, message: "no member has a log \(origin)")
        }
        return member.log
    }
}
