internal import CDossierProtos

extension Schema {
    /// The messages' serialized `google.protobuf.FileDescriptorSet`, as committed; what server
    /// reflection hands out.
    public static var descriptorSet: [UInt8] {
        [UInt8](
            UnsafeRawBufferPointer(
                start: dossier_descriptor_set_bytes(), count: Int(dossier_descriptor_set_size)))
    }
}
