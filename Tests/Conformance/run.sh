#!/bin/sh
# Foreign clients against a node: official gRPC and protobuf of Python and C++, raw HTTP/2 frames.
#
#   Tests/Conformance/run.sh DOSSIER [pytest options]
#
# Makes .build/conformance-venv with what requirements.txt pins, generates stubs from Protos,
# builds the C++ encoder, and runs pytest, whose closing line ends the output. Needs python3 with
# venv; protoc, libprotobuf's headers, pkg-config and a C++ compiler.
# DOSSIER_LONG_TESTS=1 flips every bit of the files with proofs, not a sample.
set -eu

fail() {
    echo "conformance: error: $1" >&2
    echo "conformance: hint: $2" >&2
    exit 1
}

[ $# -ge 1 ] || fail "no program given" "Tests/Conformance/run.sh .build/debug/dossier"
[ -x "$1" ] || fail "$1 is not a program" "build it first: swift build"
dossier=$(realpath "$1")
shift

packages="python3-venv protobuf-compiler libprotobuf-dev pkg-config g++"
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
for tool in python3 protoc pkg-config c++; do
    command -v "$tool" >/dev/null || fail "$tool is missing" "apt-get install $packages"
done
pkg-config --exists protobuf || fail "libprotobuf is missing" "apt-get install $packages"

# The virtual environment is made again when its list of packages has changed.
venv=$root/.build/conformance-venv
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
    rm -rf "$venv"
    mkdir -p "$root/.build"
    python3 -m venv "$venv" || fail "python3 cannot make a venv" "apt-get install $packages"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/requirements.txt"
fi

# The encoder is compiled again when it or a message has changed; that takes a minute.
encoder=$root/.build/conformance-encoder
if [ ! -x "$encoder" ] || [ -n "$(find "$here/encoder.cc" "$root/Protos/dossier" -newer "$encoder")" ]; then
    generated=$(mktemp -d)
    protoc --proto_path="$root/Protos" --cpp_out="$generated" "$root"/Protos/dossier/v1/*.proto
    # shellcheck disable=SC2046 # the flags are words
    c++ -std=c++17 -I"$generated" -o "$encoder" "$here/encoder.cc" "$generated"/dossier/v1/*.pb.cc \
        $(pkg-config --cflags --libs protobuf)
    rm -r "$generated"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/stubs"
"$venv/bin/python" -m grpc_tools.protoc --proto_path="$root/Protos" \
    --python_out="$work/stubs" --grpc_python_out="$work/stubs" "$root"/Protos/dossier/v1/*.proto

cd "$here"
DOSSIER=$dossier DOSSIER_ENCODER=$encoder PYTHONPATH=$work/stubs PYTHONDONTWRITEBYTECODE=1 \
    "$venv/bin/python" -m pytest -q -p no:cacheprovider --basetemp="$work/tmp" "$@"
