import COpenSSL

/// The subject's alternative names, put together by value: in libcrypto's text form a comma in a
/// name would begin another name.
enum AlternativeNames {
    /// Adds the profile's URIs and hosts to a certificate, if there are any.
    static func add(_ profile: CertificateProfile, to x509: OpaquePointer) throws(CryptoError) {
        guard !profile.uniformResourceIdentifiers.isEmpty || !profile.hosts.isEmpty else { return }
        let names = try LibCrypto.make(.libraryFailure, "no names") { GENERAL_NAMES_new() }
        defer { GENERAL_NAMES_free(names) }
        for uri in profile.uniformResourceIdentifiers {
            try self.append(self.string(uri), GEN_URI, to: names)
        }
        defer { ERR_clear_error() }  // host names are first tried as addresses
        for host in profile.hosts {
            // Nil unless the text is an IPv4 or IPv6 address.
            if let address = a2i_IPADDRESS(host) {
                try self.append(address, GEN_IPADD, to: names)
            } else {
                try self.checkHostName(host)
                try self.append(self.string(host), GEN_DNS, to: names)
            }
        }
        try LibCrypto.require(.libraryFailure, "alternative names not added") {
            X509_add1_ext_i2d(
                x509, NID_subject_alt_name, UnsafeMutableRawPointer(names), 0,
                UInt(X509V3_ADD_DEFAULT)) == 1
        }
    }

    /// Hands a value over to a new name, and the name to `names`.
    private static func append(
        _ value: UnsafeMutablePointer<ASN1_STRING>, _ type: Int32, to names: OpaquePointer
    ) throws(CryptoError) {
        guard let name = GENERAL_NAME_new() else {
            ASN1_STRING_free(value)
            throw CryptoError(code: .libraryFailure, message: "no name")
        }
        GENERAL_NAME_set0_value(name, type, value)
        guard OPENSSL_sk_push(names, name) > 0 else {
            GENERAL_NAME_free(name)
            throw CryptoError(code: .libraryFailure, message: "name not added")
        }
    }

    /// An IA5String of the text's bytes, whatever they are: a verifier has to be tested with more
    /// than a good CA would issue. The caller owns it.
    private static func string(
        _ text: String
    ) throws(CryptoError) -> UnsafeMutablePointer<ASN1_STRING> {
        let bytes = Array(text.utf8)
        let string = try LibCrypto.make(.libraryFailure, "no string") {
            ASN1_STRING_type_new(V_ASN1_IA5STRING)
        }
        guard ASN1_STRING_set(string, bytes, Int32(clamping: bytes.count)) == 1 else {
            ASN1_STRING_free(string)
            throw CryptoError(code: .libraryFailure, message: "string not set")
        }
        return string
    }

    /// Letters, digits, hyphens and dots, no empty label: what a resolver takes.
    private static func checkHostName(_ host: String) throws(CryptoError) {
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isHostName =
            host.utf8.count <= 253
            && labels.allSatisfy { label in
                !label.isEmpty && label.count <= 63 && label.first != UInt8(ascii: "-")
                    && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { byte in
                        let character = Character(UnicodeScalar(byte))
                        return character.isASCII
                            && (character.isLetter || character.isNumber || character == "-")
                    }
            }
        guard isHostName else {
            throw CryptoError(
                code: .invalidProfile, message: "host of \(host.utf8.count) bytes is no host name")
        }
    }
}
