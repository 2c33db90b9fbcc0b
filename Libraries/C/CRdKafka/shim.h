#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <stdint.h>
#include <sys/prctl.h>

/* Filling a record's arguments through the union of rd_kafka_vu_t costs Swift a copy of all its 64 bytes each time. */

static inline void kafka_vu_topic(rd_kafka_vu_t *vu, rd_kafka_topic_t *topic) {
    vu->vtype = RD_KAFKA_VTYPE_RKT;
    vu->u.rkt = topic;
}

static inline void kafka_vu_flags(rd_kafka_vu_t *vu, int flags) {
    vu->vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    vu->u.i = flags;
}

static inline void kafka_vu_opaque(rd_kafka_vu_t *vu, uint64_t number) {
    vu->vtype = RD_KAFKA_VTYPE_OPAQUE;
    vu->u.ptr = (void *)(uintptr_t)number;
}

static inline void kafka_vu_key(rd_kafka_vu_t *vu, const void *bytes, size_t count) {
    vu->vtype = RD_KAFKA_VTYPE_KEY;
    vu->u.mem.ptr = (void *)bytes;
    vu->u.mem.size = count;
}

static inline void kafka_vu_value(rd_kafka_vu_t *vu, const void *bytes, size_t count) {
    vu->vtype = RD_KAFKA_VTYPE_VALUE;
    vu->u.mem.ptr = (void *)bytes;
    vu->u.mem.size = count;
}

static inline void kafka_vu_headers(rd_kafka_vu_t *vu, rd_kafka_headers_t *headers) {
    vu->vtype = RD_KAFKA_VTYPE_HEADERS;
    vu->u.headers = headers;
}

/* The number given to kafka_vu_opaque, as a delivery report carries it. */
static inline uint64_t kafka_report_number(const rd_kafka_message_t *message) {
    return (uint64_t)(uintptr_t)message->_private;
}

/* Shows in debuggers and `top -H`; the kernel keeps 15 bytes of it. */
static inline void kafka_name_current_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}
