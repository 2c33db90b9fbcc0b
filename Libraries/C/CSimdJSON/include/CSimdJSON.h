#pragma once
#include <stddef.h>
#include <stdint.h>

/// simdjson behind plain C: parse a document under strict rules and hand out a flat list of tokens.
///
/// The rules are ours, not simdjson's, and hold for every value, read or not: no key twice in one object, no NUL
/// and no lone surrogate in a string, integers within 64 bits signed, a bounded depth and a bounded number of values.
#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    CSIMDJSON_OK = 0,
    CSIMDJSON_SYNTAX,
    CSIMDJSON_UTF8,
    CSIMDJSON_NUMBER,
    CSIMDJSON_DEPTH,
    CSIMDJSON_DUPLICATE_KEY,
    CSIMDJSON_NUL,
    CSIMDJSON_SURROGATE,
    CSIMDJSON_TOO_MANY_VALUES,
    CSIMDJSON_MEMORY,
} csimdjson_status;

typedef enum {
    CSIMDJSON_NULL = 0,
    CSIMDJSON_FALSE,
    CSIMDJSON_TRUE,
    CSIMDJSON_INTEGER,
    CSIMDJSON_FRACTION,
    CSIMDJSON_STRING,
    CSIMDJSON_ARRAY,
    CSIMDJSON_OBJECT,
} csimdjson_kind;

/// One value, or one key. An array's elements follow it; an object is followed by key, value, key, value ...
typedef struct {
    const char *text;  ///< UTF-8 of a string or key, not terminated; valid until the parser's next parse.
    int64_t integer;
    double fraction;
    uint32_t length;   ///< Bytes of text; elements of an array; members of an object.
    uint32_t end;      ///< The index one past the last token of this value.
    uint32_t kind;     ///< A csimdjson_kind.
} csimdjson_token;

typedef struct csimdjson_parser csimdjson_parser;

/// The version of simdjson this was built with, as MAJOR.MINOR.PATCH.
const char *csimdjson_version(void);
/// NULL when there is no memory. A parser serves one thread at a time.
csimdjson_parser *csimdjson_parser_create(void);
void csimdjson_parser_destroy(csimdjson_parser *parser);
/// Copies the bytes (simdjson reads up to 64 past the end) and parses the copy.
/// `tokens` and what it points to live until the next parse or the parser's end. Throws nothing.
csimdjson_status csimdjson_parse(
    csimdjson_parser *parser, const uint8_t *bytes, size_t length, uint32_t depth_max, uint32_t values_max,
    const csimdjson_token **tokens, size_t *count);

#ifdef __cplusplus
}
#endif
