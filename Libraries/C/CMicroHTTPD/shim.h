#pragma once
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <microhttpd.h>

// libmicrohttpd's start and query calls are variadic, which Swift cannot call; each has a fixed-arity twin here.

/// What a daemon is started with. Zero and NULL leave the library's default.
typedef struct {
    unsigned int flags;
    unsigned int connections_max;
    unsigned int idle_seconds_max;
    size_t connection_memory_bytes;
    const char *_Nullable key_pem;
    const char *_Nullable certificate_pem;
    const char *_Nullable client_authorities_pem;
    const char *_Nullable priorities;
} takeup_mhd_settings;

typedef enum MHD_Result (*takeup_mhd_access)(
    void *_Nullable context, struct MHD_Connection *_Nonnull connection, const char *_Nullable url,
    const char *_Nullable method, const char *_Nullable version, const char *_Nullable upload,
    size_t *_Nonnull upload_size, void *_Nullable *_Nonnull exchange);
typedef void *_Nullable (*takeup_mhd_target)(
    void *_Nullable context, const char *_Nullable target, struct MHD_Connection *_Nonnull connection);
typedef void (*takeup_mhd_completed)(
    void *_Nullable context, struct MHD_Connection *_Nonnull connection, void *_Nullable *_Nonnull exchange,
    enum MHD_RequestTerminationCode code);
typedef void (*takeup_mhd_connected)(
    void *_Nullable context, struct MHD_Connection *_Nonnull connection, void *_Nullable *_Nonnull socket_context,
    enum MHD_ConnectionNotificationCode code);

typedef struct {
    void *_Nullable context;
    takeup_mhd_access _Nonnull access;
    takeup_mhd_target _Nonnull target;
    takeup_mhd_completed _Nonnull completed;
    takeup_mhd_connected _Nonnull connected;
    MHD_LogCallback _Nonnull log;
} takeup_mhd_callbacks;

/// The flags for a daemon whose thread polls for itself and is handed its connections. Poll rather than epoll: with epoll a
/// client that leaves while its connection is suspended goes unnoticed until the idle time-out.
static inline unsigned int takeup_mhd_flags(bool tls) {
    return MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG
           | (tls ? MHD_USE_TLS : 0);
}

static inline struct MHD_Daemon *_Nullable takeup_mhd_start(
    const takeup_mhd_settings *_Nonnull settings, const takeup_mhd_callbacks *_Nonnull callbacks) {
    struct MHD_OptionItem items[16];
    int count = 0;
#define TAKEUP_OPTION(name, number, pointer) \
    items[count++] = (struct MHD_OptionItem){(name), (intptr_t)(number), (void *)(pointer)}
    TAKEUP_OPTION(MHD_OPTION_CONNECTION_TIMEOUT, settings->idle_seconds_max, NULL);
    TAKEUP_OPTION(MHD_OPTION_CONNECTION_LIMIT, settings->connections_max, NULL);
    TAKEUP_OPTION(MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->connection_memory_bytes, NULL);
    TAKEUP_OPTION(MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
    TAKEUP_OPTION(MHD_OPTION_URI_LOG_CALLBACK, callbacks->target, callbacks->context);
    TAKEUP_OPTION(MHD_OPTION_NOTIFY_COMPLETED, callbacks->completed, callbacks->context);
    TAKEUP_OPTION(MHD_OPTION_NOTIFY_CONNECTION, callbacks->connected, callbacks->context);
    if (settings->key_pem) TAKEUP_OPTION(MHD_OPTION_HTTPS_MEM_KEY, 0, settings->key_pem);
    if (settings->certificate_pem) TAKEUP_OPTION(MHD_OPTION_HTTPS_MEM_CERT, 0, settings->certificate_pem);
    if (settings->client_authorities_pem)
        TAKEUP_OPTION(MHD_OPTION_HTTPS_MEM_TRUST, 0, settings->client_authorities_pem);
    if (settings->priorities) TAKEUP_OPTION(MHD_OPTION_HTTPS_PRIORITIES, 0, settings->priorities);
    TAKEUP_OPTION(MHD_OPTION_END, 0, NULL);
#undef TAKEUP_OPTION
    // The logger comes first, so that a complaint about a later option is heard.
    return MHD_start_daemon(
        settings->flags, 0, NULL, NULL, (MHD_AccessHandlerCallback)callbacks->access, callbacks->context,
        MHD_OPTION_EXTERNAL_LOGGER, callbacks->log, callbacks->context, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
}

static inline int takeup_mhd_descriptor(struct MHD_Connection *_Nonnull connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static inline void *_Nullable takeup_mhd_socket_context(struct MHD_Connection *_Nonnull connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static inline const struct sockaddr *_Nullable takeup_mhd_client_address(struct MHD_Connection *_Nonnull connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

/// Bytes of the request line and the headers with their line ends, as they came in.
static inline size_t takeup_mhd_head_bytes(struct MHD_Connection *_Nonnull connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

/// The connection's `gnutls_session_t`, or NULL without TLS.
static inline void *_Nullable takeup_mhd_tls_session(struct MHD_Connection *_Nonnull connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info ? info->tls_session : NULL;
}

static inline bool takeup_mhd_queue(
    struct MHD_Connection *_Nonnull connection, unsigned int status, struct MHD_Response *_Nonnull response) {
    return MHD_queue_response(connection, status, response) == MHD_YES;
}

static inline bool takeup_mhd_add_header(
    struct MHD_Response *_Nonnull response, const char *_Nonnull name, const char *_Nonnull value) {
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

/// A response that owns a copy of the bytes.
static inline struct MHD_Response *_Nullable takeup_mhd_response(const void *_Nullable bytes, size_t count) {
    return count ? MHD_create_response_from_buffer(count, (void *)bytes, MHD_RESPMEM_MUST_COPY)
                 : MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
}

static inline ssize_t takeup_mhd_end_of_stream(void) { return MHD_CONTENT_READER_END_OF_STREAM; }
static inline ssize_t takeup_mhd_end_with_error(void) { return MHD_CONTENT_READER_END_WITH_ERROR; }
static inline uint64_t takeup_mhd_size_unknown(void) { return MHD_SIZE_UNKNOWN; }

static inline bool takeup_mhd_is_opening(enum MHD_ConnectionNotificationCode code) {
    return code == MHD_CONNECTION_NOTIFY_STARTED;
}

/// Bytes that have arrived on a socket and were not read.
static inline int takeup_waiting_bytes(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) == 0 ? count : 0;
}

/// True when the other side has closed or reset the connection.
static inline bool takeup_peer_is_gone(int descriptor) {
    struct pollfd entry = {.fd = descriptor, .events = 0x2000 /* POLLRDHUP */};
    return poll(&entry, 1, 0) > 0 && (entry.revents & (0x2000 | POLLHUP | POLLERR)) != 0;
}
