// What Swift sees of the system's library: its headers, and wrappers for what the importer cannot read.
#pragma once
#include <protobuf-c/protobuf-c.h>
