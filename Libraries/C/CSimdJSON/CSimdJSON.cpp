#include "CSimdJSON.h"
#include <simdjson.h>

#define TEXT(x) #x
#define AS_TEXT(x) TEXT(x)

extern "C" const char *csimdjson_version(void) { return AS_TEXT(SIMDJSON_VERSION); }
