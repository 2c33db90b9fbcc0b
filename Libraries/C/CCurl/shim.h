#pragma once
#include <stddef.h>

#include <curl/curl.h>

// curl_easy_setopt and its kin are variadic, which Swift cannot call; one function here for each kind of argument.

typedef size_t (*takeup_curl_bytes)(
    char *_Nullable bytes, size_t size, size_t count, void *_Nullable context);

static inline CURLcode takeup_curl_set_long(CURL *_Nonnull easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode takeup_curl_set_size(CURL *_Nonnull easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode takeup_curl_set_string(CURL *_Nonnull easy, CURLoption option, const char *_Nullable value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode takeup_curl_set_pointer(CURL *_Nonnull easy, CURLoption option, void *_Nullable value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode takeup_curl_set_bytes_callback(
    CURL *_Nonnull easy, CURLoption option, takeup_curl_bytes _Nonnull callback) {
    return curl_easy_setopt(easy, option, callback);
}

/// Hands over a copy of the bytes, for the options that take a certificate or key from memory.
static inline CURLcode takeup_curl_set_blob(
    CURL *_Nonnull easy, CURLoption option, const void *_Nonnull bytes, size_t count) {
    struct curl_blob blob = {.data = (void *)bytes, .len = count, .flags = CURL_BLOB_COPY};
    return curl_easy_setopt(easy, option, &blob);
}

static inline long takeup_curl_response_code(CURL *_Nonnull easy) {
    long code = 0;
    return curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0;
}

static inline CURLMcode takeup_curl_multi_set_long(CURLM *_Nonnull multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/// The next finished transfer and its result, or NULL when there is none.
static inline CURL *_Nullable takeup_curl_next_finished(CURLM *_Nonnull multi, CURLcode *_Nonnull result) {
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left)) != NULL;) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}

static inline CURLcode takeup_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
