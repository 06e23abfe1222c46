/* wire.h -- what the programs that measure over HTTP share: connecting, clocks,
 * ids, the head of an answer. A failure ends the program with a line: a figure
 * from a broken run is worth nothing. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_UUID = 36 };

_Noreturn void wire_die(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *wire_alloc(size_t n);
int64_t wire_now_us(void); /* monotonic */
/* Lets this process open n sockets. */
void wire_allow_sockets(int n);
/* A connected, non-blocking socket without delay to 127.0.0.1. */
int wire_connect(int port);
/* Writes the whole of what is small enough for the socket's buffer. */
void wire_send(int fd, const char *bytes, size_t n);
/* A fresh UUIDv7, 36 characters without a NUL. */
void wire_uuid(char out[WIRE_UUID]);
/* A request in full; body may be "". malloc()ed. */
char *wire_request(const char *method, const char *path, const char *token, const char *body,
                   size_t *ret_len);

struct wire_answer {
    int status;
    size_t head, body; /* bytes; body is -1 without Content-Length */
};
/* False until the head is there in full. */
bool wire_head(const char *in, size_t n, struct wire_answer *ret);

/* Latencies in microseconds. */
struct wire_times {
    uint32_t *us;
    size_t n, max;
};
void wire_times_add(struct wire_times *t, int64_t us);
/* Sorts; p in 0..1. */
void wire_times_sort(struct wire_times *t);
double wire_times_ms(const struct wire_times *t, double p);

#endif
