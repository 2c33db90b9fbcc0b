#pragma once
#include <libpq-fe.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

/// Swift imports no variadic function. The kernel keeps 15 bytes of the name.
static inline void pq_name_current_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}
