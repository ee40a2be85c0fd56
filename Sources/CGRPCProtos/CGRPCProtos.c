#include "CGRPCProtos.h"
