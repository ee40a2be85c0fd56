import DossierCrypto
import DossierTestSupport

/// What a record is named by, by the oracle of trees.
enum RecordHash {
    /// The record id of exact bytes, in hexadecimal digits.
    static func id(of bytes: [UInt8]) -> String { TreeOracle.leafHash(bytes).hexadecimal }
}
