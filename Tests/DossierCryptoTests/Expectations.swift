import DossierCrypto
import Foundation
import Testing

/// Expects `body` to throw a `CryptoError` of one of the codes.
func expectRefusal(
    _ codes: CryptoError.Code..., sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
) {
    let error = #expect(throws: CryptoError.self, sourceLocation: sourceLocation) { try body() }
    guard let error else { return }
    #expect(codes.contains(error.code), "\(error.debugDescription)", sourceLocation: sourceLocation)
}

/// The bytes of hexadecimal text.
func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { index in
        UInt8(digits[index] << 4 | digits[index + 1])
    }
}

/// The DER inside one PEM block.
func der(ofPEM pem: [UInt8]) throws -> [UInt8] {
    let lines = String(decoding: pem, as: UTF8.self).split(separator: "\n")
    let body = lines.filter { !$0.hasPrefix("-----") }.joined()
    return [UInt8](try #require(Data(base64Encoded: body)))
}

/// One PEM block around DER.
func pem(_ label: String, _ der: [UInt8]) -> [UInt8] {
    let body = Data(der).base64EncodedString(options: .lineLength64Characters)
        .replacingOccurrences(of: "\r\n", with: "\n")
    return Array("-----BEGIN \(label)-----\n\(body)\n-----END \(label)-----\n".utf8)
}
