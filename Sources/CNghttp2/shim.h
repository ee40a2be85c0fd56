// What Swift sees of the system's nghttp2: its header. No macro of it needs a wrapper.
#pragma once
#include <nghttp2/nghttp2.h>
