/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-bench-ingest - how fast the hub takes batches in, as a share of what the same broker passes through
 * to a subscriber that only counts.
 *
 * Both get the same batches (purchases of ten lines, 50 records a batch, from 8 tills) over the same broker,
 * in interleaved rounds: in the one a process of this program's own counts messages, in the other a running
 * hub acknowledges them after its commit. The figure is the median of the rounds' rates. */
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/linux/linux_clock.h"
#include "platform/mosquitto/mosquitto_transport.h"
#include "vault/vault.h"
#include "wire/message.h"
#include "wire/record.h"
#include "wire/topic.h"

#define TILLS           8
#define BATCH_RECORDS   50
#define LINES           10
#define COUNTED_TOPIC   "kassa-bench/up"
#define BATCHES_DEFAULT 200 /* a till and round */
#define ROUNDS_DEFAULT  5
#define ROUNDS_MAX      100
#define AHEAD_MAX       64    /* batches that the hub has not acknowledged: 8 a till */
#define DEADLINE_MS     60000 /* of a round */

_Noreturn static void die(const char *what)
{
    (void)fprintf(stderr, "kassa-bench-ingest: %s\n", what);
    exit(1);
}

static void must(enum err error, const char *what)
{
    if (error != ERR_OK) {
        (void)fprintf(stderr, "kassa-bench-ingest: %s: %s\n", what, err_sentence(error));
        exit(1);
    }
}

struct till {
    char id[TILL_ID_MAX + 1];
    uint8_t **payloads;
    size_t *sizes;
    uint64_t acknowledged; /* the hub's mark, in records */
    bool is_permitted;
};

struct bench {
    uint16_t port;
    unsigned rounds;
    unsigned batches;
    bool prints_json;
    struct mosquitto_transport *mosquitto;
    struct transport line;
    bool is_connected;
    struct till tills[TILLS];
    struct clock clock;
};

static uint64_t now_ms(const struct bench *bench)
{
    return bench->clock.ops->mono_ms(bench->clock.self);
}

/* ---- the load */

static size_t encode_purchase(const char *till, uint64_t seq, uint8_t *out, size_t capacity)
{
    kassa_Line lines[LINES];
    for (uint32_t i = 0; i < LINES; i++)
        lines[i] = (kassa_Line){.number = i + 1,
                                .sku = "5900000000017",
                                .description = "rye bread, sliced",
                                .quantity_milli = 1000,
                                .unit_price_e5 = 255000,
                                .amount_minor = 255};
    struct wire_record record = {.head = {.kind = kassa_RecordKind_RECORD_PURCHASE,
                                          .seq = seq,
                                          .wall_unix_ms = 1700000000000 + (int64_t)seq,
                                          .mono_ms = seq}};
    kassa_Receipt *head = &record.body.receipt.head;
    head->has_id = true;
    head->id.number = seq;
    head->id.business_day = 20000;
    memcpy(head->id.till, till, strlen(till));
    memcpy(head->id.store, "bench", 6);
    memcpy(head->currency, "EUR", 4);
    head->exponent = 2;
    head->total_minor = LINES * 255;
    head->has_loyalty = true;
    head->loyalty.member.size = MEMBER_SIZE;
    memcpy(head->loyalty.member.bytes, &(uint64_t){seq % 1000}, sizeof(uint64_t));
    head->loyalty.points_earned = 25;
    record.body.receipt.lines = lines;
    record.body.receipt.line_count = LINES;
    size_t size;
    must(wire_record_encode(&record, out, capacity, &size), "a record");
    return size;
}

static void fill_batch(struct till *till, unsigned index, uint8_t hash[HASH_SIZE])
{
    static uint8_t block[BATCH_RECORDS * 4096];
    static uint8_t out[BATCH_SIZE_MAX];
    struct span records[BATCH_RECORDS];
    struct wire_batch batch = {
        .head = {.incarnation = 1, .first_seq = (uint64_t)index * BATCH_RECORDS + 1, .backlog = true},
        .records = records,
        .record_count = BATCH_RECORDS};
    memcpy(batch.head.till, till->id, sizeof(till->id));
    memcpy(batch.head.store, "bench", 6);
    batch.head.hash_before.size = HASH_SIZE;
    memcpy(batch.head.hash_before.bytes, hash, HASH_SIZE);
    size_t used = 0;
    for (unsigned i = 0; i < BATCH_RECORDS; i++) {
        size_t size = encode_purchase(till->id, batch.head.first_seq + i, block + used, sizeof(block) - used);
        records[i] = span_of(block + used, size);
        used += size;
        must(vault_sha256_two(span_of(hash, HASH_SIZE), records[i], hash), "a hash");
    }
    must(wire_batch_encode(&batch, out, sizeof(out), &till->sizes[index]), "a batch");
    till->payloads[index] = malloc(till->sizes[index]);
    if (till->payloads[index] == NULL)
        die("no memory");
    memcpy(till->payloads[index], out, till->sizes[index]);
}

/* Other tills each round, so that nothing is a duplicate. */
static void make_load(struct bench *bench, unsigned round)
{
    for (unsigned i = 0; i < TILLS; i++) {
        struct till *till = &bench->tills[i];
        uint8_t hash[HASH_SIZE] = {0};
        *till = (struct till){.payloads = calloc(bench->batches, sizeof(uint8_t *)),
                              .sizes = calloc(bench->batches, sizeof(size_t))};
        if (till->payloads == NULL || till->sizes == NULL)
            die("no memory");
        (void)snprintf(till->id, sizeof(till->id), "bench-%d-%u-%u", (int)getpid(), round, i);
        for (unsigned k = 0; k < bench->batches; k++)
            fill_batch(till, k, hash);
    }
}

static void free_load(struct bench *bench)
{
    for (unsigned i = 0; i < TILLS; i++) {
        for (unsigned k = 0; k < bench->batches; k++)
            free(bench->tills[i].payloads[k]);
        free(bench->tills[i].payloads);
        free(bench->tills[i].sizes);
    }
}

/* ---- the line */

static void on_connected(void *context)
{
    struct bench *bench = context;
    bench->is_connected = true;
}

static void on_disconnected(void *context, enum err reason)
{
    (void)context;
    die(err_sentence(reason));
}

static void on_message(void *context, struct span topic, struct span payload)
{
    struct bench *bench = context;
    enum topic kind;
    struct topic_parts parts;
    kassa_Ack ack;
    if (topic_read(topic, &kind, &parts) != ERR_OK || kind != TOPIC_ACK ||
        wire_decode(kassa_Ack_fields, payload, &ack) != ERR_OK)
        return;
    if (ack.status != kassa_AckStatus_ACK_OK)
        die("the hub does not take a batch");
    for (unsigned i = 0; i < TILLS; i++) {
        struct till *till = &bench->tills[i];
        if (strcmp(till->id, parts.till) != 0)
            continue;
        till->is_permitted = true;
        till->acknowledged = ack.hw > till->acknowledged ? ack.hw : till->acknowledged;
    }
}

static void turn(struct mosquitto_transport *mosquitto, int timeout_ms)
{
    struct pollfd ready = {.fd = mosquitto_transport_descriptor(mosquitto), .events = POLLIN};
    if (mosquitto_transport_wants_write(mosquitto))
        ready.events |= POLLOUT;
    if (poll(&ready, 1, timeout_ms) > 0)
        mosquitto_transport_step(mosquitto, (ready.revents & ~POLLOUT) != 0, (ready.revents & POLLOUT) != 0);
}

static void connect_line(struct bench *bench, const char *id)
{
    struct mosquitto_settings settings = {"127.0.0.1", bench->port, id, 60};
    must(mosquitto_transport_open(&settings, &bench->mosquitto), "the line");
    bench->line = mosquitto_transport_as_transport(bench->mosquitto);
    struct transport_handler handler = {on_connected, on_disconnected, on_message, bench};
    bench->line.ops->bind(bench->line.self, &handler);
    must(bench->line.ops->connect(bench->line.self, NULL), "the broker");
    while (!bench->is_connected)
        turn(bench->mosquitto, 100);
    must(bench->line.ops->subscribe(bench->line.self, "kassa/1/dn/+/ack"), "the acknowledgements");
}

static enum err publish(struct bench *bench, enum topic topic, const char *till, struct span payload)
{
    struct topic_parts parts = {.index = 0};
    char name[TOPIC_SIZE_MAX];
    memcpy(parts.till, till, strlen(till));
    topic_write(topic, &parts, name);
    return bench->line.ops->publish(bench->line.self, name, payload);
}

/* Publishes what there is room for; *next counts the batches of all tills, one till after the other. What is
 * only counted goes where the hub does not listen. */
static void publish_some(struct bench *bench, bool is_counted, unsigned *next, unsigned limit)
{
    while (*next < limit) {
        struct till *till = &bench->tills[*next % TILLS];
        unsigned index = *next / TILLS;
        struct span payload = span_of(till->payloads[index], till->sizes[index]);
        enum err error = is_counted ? bench->line.ops->publish(bench->line.self, COUNTED_TOPIC, payload)
                                    : publish(bench, TOPIC_UP, till->id, payload);
        if (error == ERR_FULL)
            return;
        must(error, "a batch");
        ++*next;
    }
}

/* ---- the round with a subscriber that only counts */

static void count_message(void *context, struct span topic, struct span payload)
{
    (void)topic;
    (void)payload;
    ++*(unsigned *)context;
}

static void note_connected(void *context)
{
    (void)context;
}

/* A process of its own, as the hub is; says 's' once it is subscribed and 'e' once it has counted all. */
static _Noreturn void count_all(const struct bench *bench, int out, unsigned total)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    unsigned count = 0;
    struct mosquitto_transport *mosquitto = NULL;
    struct mosquitto_settings settings = {"127.0.0.1", bench->port, "bench-counter", 60};
    must(mosquitto_transport_open(&settings, &mosquitto), "the counter");
    struct transport line = mosquitto_transport_as_transport(mosquitto);
    struct transport_handler handler = {note_connected, on_disconnected, count_message, &count};
    line.ops->bind(line.self, &handler);
    must(line.ops->connect(line.self, NULL), "the counter");
    while (line.ops->subscribe(line.self, COUNTED_TOPIC) == ERR_CLOSED)
        turn(mosquitto, 100);
    for (unsigned i = 0; i < 20; i++)
        turn(mosquitto, 5);
    if (write(out, "s", 1) != 1)
        _exit(1);
    while (count < total)
        turn(mosquitto, 100);
    _exit(write(out, "e", 1) == 1 ? 0 : 1);
}

static bool has_said(int in, int timeout_ms)
{
    struct pollfd ready = {.fd = in, .events = POLLIN};
    char said;
    return poll(&ready, 1, timeout_ms) > 0 && read(in, &said, 1) == 1;
}

static double rate(unsigned batches, uint64_t ms)
{
    return (double)batches * BATCH_RECORDS * 1000.0 / (double)(ms > 0 ? ms : 1);
}

static double measure_counter(struct bench *bench)
{
    int ends[2];
    unsigned next = 0, total = bench->batches * TILLS;
    if (pipe(ends) != 0)
        die("no pipe");
    pid_t child = fork();
    if (child < 0)
        die("no process");
    if (child == 0)
        count_all(bench, ends[1], total);
    if (!has_said(ends[0], DEADLINE_MS))
        die("the counter does not start");
    uint64_t begin = now_ms(bench);
    while (!has_said(ends[0], 0)) {
        publish_some(bench, true, &next, total);
        turn(bench->mosquitto, 1);
        if (now_ms(bench) - begin > DEADLINE_MS)
            die("the counter did not get all batches");
    }
    uint64_t ms = now_ms(bench) - begin;
    (void)waitpid(child, NULL, 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return rate(total, ms);
}

/* ---- the round with the hub */

static uint64_t acknowledged(const struct bench *bench)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < TILLS; i++)
        sum += bench->tills[i].acknowledged / BATCH_RECORDS;
    return sum;
}

static void be_born(struct bench *bench, struct till *till)
{
    kassa_TillState state = {.online = true, .incarnation = 1, .birth = 1, .schema = 1};
    uint8_t out[512];
    size_t size;
    uint64_t begin = now_ms(bench);
    memcpy(state.till, till->id, sizeof(till->id));
    memcpy(state.store, "bench", 6);
    must(wire_encode(kassa_TillState_fields, &state, out, sizeof(out), &size), "a birth");
    for (unsigned tries = 0; !till->is_permitted; tries++) {
        if (tries % 50 == 0)
            must(publish(bench, TOPIC_STATE, till->id, span_of(out, size)), "a birth");
        turn(bench->mosquitto, 10);
        if (now_ms(bench) - begin > DEADLINE_MS)
            die("the hub does not answer");
    }
}

static double measure_hub(struct bench *bench)
{
    unsigned next = 0, total = bench->batches * TILLS;
    for (unsigned i = 0; i < TILLS; i++)
        be_born(bench, &bench->tills[i]);
    uint64_t begin = now_ms(bench);
    while (acknowledged(bench) < total) {
        uint64_t limit = acknowledged(bench) + AHEAD_MAX;
        publish_some(bench, false, &next, limit < total ? (unsigned)limit : total);
        turn(bench->mosquitto, 1);
        if (now_ms(bench) - begin > DEADLINE_MS)
            die("the hub did not acknowledge all batches");
    }
    return rate(total, now_ms(bench) - begin);
}

/* ---- the figures */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

static double median(double *values, unsigned count)
{
    qsort(values, count, sizeof(double), compare);
    return values[count / 2];
}

static void run(struct bench *bench)
{
    double counter[ROUNDS_MAX], hub[ROUNDS_MAX], share[ROUNDS_MAX];
    size_t batch_bytes = 0;
    for (unsigned round = 0; round < bench->rounds; round++) {
        make_load(bench, round);
        batch_bytes = bench->tills[0].sizes[0];
        hub[round] = measure_hub(bench);
        counter[round] = measure_counter(bench);
        share[round] = 100.0 * hub[round] / counter[round];
        free_load(bench);
    }
    double hub_rate = median(hub, bench->rounds), counter_rate = median(counter, bench->rounds);
    double share_percent = median(share, bench->rounds);
    if (bench->prints_json)
        (void)printf(
            "{\"hub_records_per_s\": %.0f, \"counter_records_per_s\": %.0f, \"share_percent\": %.1f, "
            "\"batch_bytes\": %zu, \"batch_records\": %d}\n",
            hub_rate, counter_rate, share_percent, batch_bytes, BATCH_RECORDS);
    else
        (void)printf("hub %.0f records/s, counting subscriber %.0f records/s, share %.1f %% (batches of %zu "
                     "bytes, %d records)\n",
                     hub_rate, counter_rate, share_percent, batch_bytes, BATCH_RECORDS);
}

static unsigned number(const char *text, unsigned max)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*end != '\0' || value < 1 || value > max)
        die("usage: kassa-bench-ingest --port PORT [--rounds N] [--batches N] [--json]");
    return (unsigned)value;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
                                            {"rounds", required_argument, NULL, 'r'},
                                            {"batches", required_argument, NULL, 'b'},
                                            {"json", no_argument, NULL, 'j'},
                                            {NULL, 0, NULL, 0}};
    struct bench bench = {.rounds = ROUNDS_DEFAULT, .batches = BATCHES_DEFAULT, .clock = linux_clock()};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o == 'p')
            bench.port = (uint16_t)number(optarg, UINT16_MAX);
        else if (o == 'r')
            bench.rounds = number(optarg, ROUNDS_MAX);
        else if (o == 'b')
            bench.batches = number(optarg, 10000);
        else if (o == 'j')
            bench.prints_json = true;
        else
            return 2;
    }
    if (bench.port == 0)
        die("usage: kassa-bench-ingest --port PORT [--rounds N] [--batches N] [--json]");
    must(vault_open(), "the vault");
    connect_line(&bench, "bench-publisher");
    run(&bench);
    mosquitto_transport_close(bench.mosquitto);
    return 0;
}
