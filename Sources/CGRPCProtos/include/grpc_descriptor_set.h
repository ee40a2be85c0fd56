/* The google.protobuf.FileDescriptorSet of health and reflection, as protoc writes it. */
#pragma once

extern const unsigned char grpc_descriptor_set[];
extern const unsigned long grpc_descriptor_set_size;

/* Where the set begins: Swift does not import arrays whose size it does not know. */
static inline const unsigned char *dossier_grpc_descriptor_set(void) {
    return grpc_descriptor_set;
}
