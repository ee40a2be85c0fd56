// DossierCore: what a record is.
//
// The core module of both server and client. `Values` are the records as Swift values, `Codec`
// turns them into bytes and back through libprotobuf-c; `Check` goes once over the bytes of a
// record and finds everything that is wrong with it, driven by `Schema`; `JSON` is ProtoJSON by
// the same schema; `Fields` are moments, decimals, names and account keys; `Import` takes tables;
// `Exchange` holds batches, attestations, the members and the release decision.
//
// The bytes that an originator signed are never encoded again: a node checks and keeps them, and
// reads of them only what `RecordFacts` holds. The room leaves out on purpose who may call what,
// how bytes travel and where they are kept.
