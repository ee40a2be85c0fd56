internal import CDossierProtos

/// The messages' own description, for programs that ask a node what it speaks.
public enum MessageDescriptors {
    /// The serialized `google.protobuf.FileDescriptorSet` of `Protos/dossier`, as committed.
    public static var serializedSet: [UInt8] {
        [UInt8](
            UnsafeRawBufferPointer(
                start: dossier_descriptor_set_bytes(), count: Int(dossier_descriptor_set_size)))
    }
}
