// What Swift sees of the system's library: its headers, and wrappers for what the importer cannot read.
#pragma once
#include <nghttp2/nghttp2.h>
