/* The messages' google.protobuf.FileDescriptorSet, as protoc writes it. */
#pragma once

extern const unsigned char dossier_descriptor_set[];
extern const unsigned long dossier_descriptor_set_size;
