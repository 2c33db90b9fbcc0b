#include "CSimdJSON.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <simdjson.h>
#include <string_view>
#include <vector>

#define TEXT(x) #x
#define AS_TEXT(x) TEXT(x)

struct csimdjson_parser {
    simdjson::dom::parser dom;
    std::vector<csimdjson_token> tokens;
    std::vector<std::string_view> keys;
};

namespace {

/// Objects up to this many keys are compared pair by pair, larger ones are sorted.
constexpr size_t pairwise_keys_max = 16;

csimdjson_status check_text(std::string_view text) {
    if (std::memchr(text.data(), 0, text.size()) != nullptr) return CSIMDJSON_NUL;
    // simdjson turns an escaped lone low surrogate into three bytes that are not UTF-8 (ED A0..BF xx).
    const char *at = text.data();
    const char *end = at + text.size();
    while ((at = static_cast<const char *>(std::memchr(at, 0xED, end - at))) != nullptr) {
        if (at + 1 < end && static_cast<unsigned char>(at[1]) >= 0xA0) return CSIMDJSON_SURROGATE;
        at += 1;
    }
    return CSIMDJSON_OK;
}

bool has_duplicates(std::vector<std::string_view>::iterator first, std::vector<std::string_view>::iterator last) {
    if (static_cast<size_t>(last - first) <= pairwise_keys_max) {
        for (auto a = first; a != last; ++a)
            for (auto b = a + 1; b != last; ++b)
                if (*a == *b) return true;
        return false;
    }
    std::sort(first, last);
    return std::adjacent_find(first, last) != last;
}

struct Walk {
    csimdjson_parser &parser;
    uint32_t depth_max;
    uint32_t values_max;

    csimdjson_status push(csimdjson_kind kind, std::string_view text = {}, int64_t integer = 0, double fraction = 0) {
        auto &tokens = parser.tokens;
        if (tokens.size() >= values_max) return CSIMDJSON_TOO_MANY_VALUES;
        csimdjson_token token{};
        token.kind = kind;
        token.text = text.data();
        token.length = static_cast<uint32_t>(text.size());
        token.integer = integer;
        token.fraction = fraction;
        token.end = static_cast<uint32_t>(tokens.size() + 1);
        tokens.push_back(token);
        return CSIMDJSON_OK;
    }

    csimdjson_status push_text(std::string_view text) {
        csimdjson_status status = check_text(text);
        return status == CSIMDJSON_OK ? push(CSIMDJSON_STRING, text) : status;
    }

    void close(size_t opened, size_t count) {
        parser.tokens[opened].length = static_cast<uint32_t>(count);
        parser.tokens[opened].end = static_cast<uint32_t>(parser.tokens.size());
    }

    csimdjson_status array(simdjson::dom::array elements, uint32_t depth) {
        size_t opened = parser.tokens.size();
        csimdjson_status status = push(CSIMDJSON_ARRAY);
        size_t count = 0;
        for (auto element : elements) {
            if (status != CSIMDJSON_OK) return status;
            status = value(element, depth);
            count += 1;
        }
        if (status == CSIMDJSON_OK) close(opened, count);
        return status;
    }

    csimdjson_status object(simdjson::dom::object members, uint32_t depth) {
        size_t opened = parser.tokens.size();
        csimdjson_status status = push(CSIMDJSON_OBJECT);
        if (status != CSIMDJSON_OK) return status;
        size_t first_key = parser.keys.size();
        for (auto member : members) parser.keys.push_back(member.key);
        size_t count = parser.keys.size() - first_key;
        bool twice = has_duplicates(parser.keys.begin() + first_key, parser.keys.end());
        parser.keys.resize(first_key);
        if (twice) return CSIMDJSON_DUPLICATE_KEY;
        for (auto member : members) {
            status = push_text(member.key);
            if (status != CSIMDJSON_OK) return status;
            status = value(member.value, depth);
            if (status != CSIMDJSON_OK) return status;
        }
        close(opened, count);
        return CSIMDJSON_OK;
    }

    csimdjson_status value(simdjson::dom::element element, uint32_t depth) {
        using simdjson::dom::element_type;
        switch (element.type()) {
        case element_type::NULL_VALUE: return push(CSIMDJSON_NULL);
        case element_type::BOOL: return push(element.get_bool().value_unsafe() ? CSIMDJSON_TRUE : CSIMDJSON_FALSE);
        case element_type::INT64: return push(CSIMDJSON_INTEGER, {}, element.get_int64().value_unsafe());
        case element_type::UINT64: return CSIMDJSON_NUMBER;  // simdjson uses it only above the signed range
        case element_type::DOUBLE: return push(CSIMDJSON_FRACTION, {}, 0, element.get_double().value_unsafe());
        case element_type::STRING: return push_text(element.get_string().value_unsafe());
        case element_type::ARRAY:
            return depth >= depth_max ? CSIMDJSON_DEPTH : array(element.get_array().value_unsafe(), depth + 1);
        case element_type::OBJECT:
            return depth >= depth_max ? CSIMDJSON_DEPTH : object(element.get_object().value_unsafe(), depth + 1);
        }
        return CSIMDJSON_SYNTAX;
    }
};

csimdjson_status status_of(simdjson::error_code error) {
    switch (error) {
    case simdjson::SUCCESS: return CSIMDJSON_OK;
    case simdjson::UTF8_ERROR: return CSIMDJSON_UTF8;
    case simdjson::NUMBER_ERROR: return CSIMDJSON_NUMBER;
    case simdjson::DEPTH_ERROR: return CSIMDJSON_DEPTH;
    case simdjson::MEMALLOC: return CSIMDJSON_MEMORY;
    case simdjson::CAPACITY: return CSIMDJSON_MEMORY;
    default: return CSIMDJSON_SYNTAX;
    }
}

}  // namespace

extern "C" const char *csimdjson_version(void) { return AS_TEXT(SIMDJSON_VERSION); }

extern "C" csimdjson_parser *csimdjson_parser_create(void) { return new (std::nothrow) csimdjson_parser(); }

extern "C" void csimdjson_parser_destroy(csimdjson_parser *parser) { delete parser; }

extern "C" csimdjson_status csimdjson_parse(
    csimdjson_parser *parser, const uint8_t *bytes, size_t length, uint32_t depth_max, uint32_t values_max,
    const csimdjson_token **tokens, size_t *count) {
    *tokens = nullptr;
    *count = 0;
    try {
        parser->tokens.clear();
        parser->keys.clear();
        simdjson::dom::element root;
        auto error = parser->dom.parse(bytes, length, true).get(root);
        if (error != simdjson::SUCCESS) return status_of(error);
        csimdjson_status status = Walk{*parser, depth_max, values_max}.value(root, 0);
        if (status != CSIMDJSON_OK) return status;
        *tokens = parser->tokens.data();
        *count = parser->tokens.size();
        return CSIMDJSON_OK;
    } catch (const std::bad_alloc &) {
        return CSIMDJSON_MEMORY;
    } catch (...) {
        return CSIMDJSON_SYNTAX;
    }
}
