#!/bin/sh
# Remakes Sources/SwiftProtobufMessages from Protos. Needs protoc and, in the path,
# protoc-gen-swift 1.39.0: `swift build --product protoc-gen-swift` in a clone of swift-protobuf.
set -eu
cd "$(dirname "$0")"
out=Sources/SwiftProtobufMessages
rm -f $out/*.pb.swift
# The messages of a record; what is sent around them is not measured against swift-protobuf.
protoc --proto_path=../Protos --swift_opt=FileNaming=DropPath --swift_opt=Visibility=Public \
    --swift_out=$out $(cd ../Protos && ls dossier/v1/*.proto | grep -v -e exchange -e attestation)
