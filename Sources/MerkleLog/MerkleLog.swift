// MerkleLog: what proves that leaves are in a log, and that the log only ever grew. The tree of
// RFC 6962 over leaf hashes, its proofs, and the signed notes of C2SP that carry its roots.
// Protos/dossier/v1/log.proto specifies all of it.
//
// `Tree` has the hashes and verifies proofs; `TreeEdge` builds a root one leaf at a time;
// `ProofPlan` says which stored hashes a proof needs, and `Subtree` where they are stored;
// `ProvenLeaves` has a verified range and gives each of its leaves a path. `SignedCheckpoint` is a
// root that the log's key has signed, `TlogProof` a leaf's proof as a file.
//
// It knows bytes, digests and keys, not records.
//
// Left out on purpose: reading and storing hashes (a plan names them, DossierStore reads them),
// trees that hold all their hashes in memory, and the policy of what to do with a bad checkpoint.
