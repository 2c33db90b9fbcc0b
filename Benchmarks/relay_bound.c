/* The bound of the relay: the same claim, produce and delete as bare as C can say it.
 * usage: relay_bound CONNINFO BOOTSTRAP BATCH     publishes until outbox_pending is empty; prints events and seconds.
 * Two loops on disjoint halves of the shards, one after the other's claim, as the relay has them. */
#include <arpa/inet.h>
#include <endian.h>
#include <librdkafka/rdkafka.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *conninfo, *bootstrap;
static int batch;

struct loop { const char *shards; long published; };

static void fail(const char *what, const char *why) { fprintf(stderr, "%s: %s\n", what, why); exit(1); }

static void run(PGconn *db, const char *sql) {
    PGresult *r = PQexec(db, sql);
    ExecStatusType s = PQresultStatus(r);
    if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK) fail(sql, PQerrorMessage(db));
    PQclear(r);
}

static void delivered(rd_kafka_t *k, const rd_kafka_message_t *m, void *opaque) {
    (void)k; (void)opaque;
    if (m->err) fail("delivery", rd_kafka_err2str(m->err));
    ++*(long *)m->_private;
}

static rd_kafka_t *producer(void) {
    char err[512];
    rd_kafka_conf_t *c = rd_kafka_conf_new();
    const char *settings[][2] = {
        {"bootstrap.servers", bootstrap}, {"enable.idempotence", "true"}, {"acks", "all"}, {"compression.type", "lz4"},
        {"linger.ms", "5"}, {"partitioner", "murmur2_random"}, {"queue.buffering.max.messages", "100000"},
        {"queue.buffering.max.kbytes", "65536"}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (rd_kafka_conf_set(c, settings[i][0], settings[i][1], err, sizeof err) != RD_KAFKA_CONF_OK) fail(settings[i][0], err);
    rd_kafka_conf_set_dr_msg_cb(c, delivered);
    rd_kafka_t *k = rd_kafka_new(RD_KAFKA_PRODUCER, c, err, sizeof err);
    if (!k) fail("producer", err);
    return k;
}

/* Header values are the columns as they are: the bound builds no text. */
static rd_kafka_headers_t *headers(PGresult *r, int row) {
    static const char *names[] = {"ce_id", "ce_source", "ce_type", "ce_dataschema", "ce_correlationid", "ce_time", "ce_aggregateversion"};
    static const int columns[] = {4, 5, 6, 7, 8, 9, 3};
    rd_kafka_headers_t *h = rd_kafka_headers_new(9);
    rd_kafka_header_add(h, "ce_specversion", -1, "1.0", 3);
    rd_kafka_header_add(h, "content-type", -1, "application/json", 16);
    for (int i = 0; i < 7; i++)
        rd_kafka_header_add(h, names[i], -1, PQgetvalue(r, row, columns[i]), PQgetlength(r, row, columns[i]));
    return h;
}

/* One column as a binary array: the rows are deleted by their exact numbers. */
static char *array_of(PGresult *r, int column, Oid element, int width, int *bytes) {
    int rows = PQntuples(r);
    *bytes = 20 + rows * (4 + width);
    char *array = malloc((size_t)*bytes), *p = array + 20;
    uint32_t head[5] = {htonl(1), 0, htonl(element), htonl((uint32_t)rows), htonl(1)}, n = htonl((uint32_t)width);
    memcpy(array, head, sizeof head);
    for (int i = 0; i < rows; i++, p += 4 + width) {
        memcpy(p, &n, 4);
        memcpy(p + 4, PQgetvalue(r, i, column), (size_t)width);
    }
    return array;
}

static void *publish(void *arg) {
    struct loop *loop = arg;
    PGconn *db = PQconnectdb(conninfo);
    if (PQstatus(db) != CONNECTION_OK) fail("connect", PQerrorMessage(db));
    run(db, "set enable_hashjoin = off; set enable_mergejoin = off; set enable_seqscan = off; set enable_bitmapscan = off; "
            "set synchronous_commit = off; set jit = off");
    rd_kafka_t *k = producer();
    char claim[2048];
    snprintf(claim, sizeof claim,
        "select p.seq, e.topic, e.key, e.version, e.event_id, e.source, e.type, e.dataschema, e.correlation_id, e.event_time, e.payload, p.shard "
        "from unnest('{%s}'::smallint[]) s (shard) cross join lateral (select seq, shard from outbox_pending where shard = s.shard "
        "order by seq limit %d) p join outbox_event e on e.seq = p.seq", loop->shards, batch / 4);
    for (;;) {
        PGresult *r = PQexecParams(db, claim, 0, NULL, NULL, NULL, NULL, 1);
        if (PQresultStatus(r) != PGRES_TUPLES_OK) fail("claim", PQerrorMessage(db));
        int rows = PQntuples(r);
        if (rows <= 0) { PQclear(r); break; }
        long done = 0;
        for (int i = 0; i < rows; i++) {
            rd_kafka_headers_t *h = headers(r, i);
            rd_kafka_resp_err_t e;
            while ((e = rd_kafka_producev(k, RD_KAFKA_V_TOPIC(PQgetvalue(r, i, 1)), RD_KAFKA_V_KEY(PQgetvalue(r, i, 2), PQgetlength(r, i, 2)),
                        RD_KAFKA_V_VALUE(PQgetvalue(r, i, 10), PQgetlength(r, i, 10)), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                        RD_KAFKA_V_HEADERS(h), RD_KAFKA_V_OPAQUE(&done), RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
                rd_kafka_poll(k, 5);
            if (e) fail("produce", rd_kafka_err2str(e));
            if (i % 500 == 0) rd_kafka_poll(k, 0);
        }
        while (done < rows) rd_kafka_poll(k, 5);
        int shard_bytes, seq_bytes;
        char *shards = array_of(r, 11, 21, 2, &shard_bytes), *seqs = array_of(r, 0, 20, 8, &seq_bytes);
        const char *values[] = {shards, seqs}; int lengths[] = {shard_bytes, seq_bytes}, formats[] = {1, 1}; Oid types[] = {1005, 1016};
        PGresult *d = PQexecParams(db, "delete from outbox_pending p using unnest($1, $2) d (shard, seq) "
            "where p.shard = d.shard and p.seq = d.seq", 2, types, values, lengths, formats, 1);
        if (PQresultStatus(d) != PGRES_COMMAND_OK) fail("delete", PQerrorMessage(db));
        loop->published += atol(PQcmdTuples(d));
        PQclear(d); PQclear(r); free(shards); free(seqs);
    }
    rd_kafka_flush(k, 10000);
    rd_kafka_destroy(k);
    PQfinish(db);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 4) { fprintf(stderr, "usage: relay_bound CONNINFO BOOTSTRAP BATCH\n"); return 64; }
    conninfo = argv[1]; bootstrap = argv[2]; batch = atoi(argv[3]);
    struct loop loops[2] = {{"0,1,2,3", 0}, {"4,5,6,7", 0}};
    struct timespec a, b;
    pthread_t t[2];
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (int i = 0; i < 2; i++) pthread_create(&t[i], NULL, publish, &loops[i]);
    for (int i = 0; i < 2; i++) pthread_join(t[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &b);
    printf("%ld %.3f\n", loops[0].published + loops[1].published, (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
    return 0;
}
