/*
 * gRPC's own messages as C: health, reflection, google.rpc.Status and its details.
 *
 * Everything under generated/, include/google/ and include/grpc/ is made by Protos/generate.sh from
 * Protos/grpc and must not be edited.
 */
#pragma once

/* As a module, not as text: otherwise libprotobuf-c's types would belong to whichever generated
 * module was loaded first, and be out of reach for importers of the other. */
#if __has_feature(modules)
#pragma clang module import CProtobufC
#endif

#include "google/protobuf/any.pb-c.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "google/protobuf/duration.pb-c.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "grpc/health/v1/health.pb-c.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "grpc_descriptor_set.h"
