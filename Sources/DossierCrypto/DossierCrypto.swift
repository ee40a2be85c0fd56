// DossierCrypto: digests, keys, signatures, certificates, trust anchors and revocation lists, over
// the system's libcrypto, which the agency's own system patches and configures (FIPS provider,
// policy).
//
// Start at `SHA256` and `Digest` for hashing, `PrivateKey` and `PublicKey` for signatures,
// `TrustAnchors` for the one question that matters most: whom does this certificate chain prove?
// `RevocationLists` says which certificates were taken back since; `Credentials` is what a member
// proves itself with.
// `CertificateAuthority` issues what `dossier pki` and the tests need.
//
// Left out on purpose: TLS (NIOOpenSSL), Merkle trees (MerkleLog), what is signed and how an
// attestation is laid out (DossierCore), RSA signatures of our own, asking a CA about a certificate
// (OCSP), and any algorithm to choose from beyond the three of `KeyAlgorithm`: the key decides.
