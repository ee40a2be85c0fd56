// MerkleLog: the Merkle tree of RFC 6962 over leaf hashes: hashes, roots, inclusion paths and
// their verification. `Tree` has the rules, `TreeEdge` builds a root one leaf at a time.
//
// It knows bytes and digests, not records, logs or keys.
//
// Left out on purpose: storing leaves (DossierStore), signing tree heads, and trees that hold all
// their inner hashes in memory: an edge of at most 64 hashes is all that appending needs.
