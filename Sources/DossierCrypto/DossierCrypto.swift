// DossierCrypto: digests, keys, signatures, certificates and trust anchors, over the system's libcrypto.
