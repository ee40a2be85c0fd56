// DossierCrypto: digests, keys, signatures, certificates and trust anchors, over the system's
// libcrypto, which the agency's own system patches and configures (FIPS provider, policy).
//
// Start at `SHA256` and `Digest` for hashing, `PrivateKey` and `PublicKey` for signatures,
// `TrustAnchors` for the one question that matters most: whom does this certificate chain prove?
// `CertificateAuthority` issues what `dossier pki` and the tests need.
//
// Left out on purpose: TLS (NIOOpenSSL), Merkle trees (MerkleLog), what is signed and how an
// attestation is laid out (DossierCore), revocation lists, RSA signatures of our own, and any
// algorithm to choose from beyond the three of `KeyAlgorithm`: the key decides.
