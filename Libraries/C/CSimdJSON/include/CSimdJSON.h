#pragma once
/// The version of simdjson this was built with, as MAJOR.MINOR.PATCH.
#ifdef __cplusplus
extern "C" {
#endif
const char *csimdjson_version(void);
#ifdef __cplusplus
}
#endif
