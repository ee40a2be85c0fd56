#include "CDossierProtos.h"
