/* The google.protobuf.FileDescriptorSet of health and reflection, as protoc writes it. */
#pragma once

extern const unsigned char grpc_descriptor_set[];
extern const unsigned long grpc_descriptor_set_size;
