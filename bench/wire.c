#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void wire_die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    exit(1);
}

void *wire_alloc(size_t n)
{
    void *p = calloc(1, n);

    if (p == NULL)
        wire_die("out of memory");
    return p;
}

int64_t wire_now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void wire_allow_sockets(int n)
{
    struct rlimit limit;

    (void)getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = (rlim_t)n + 64;
    if (limit.rlim_cur > limit.rlim_max || setrlimit(RLIMIT_NOFILE, &limit) != 0)
        wire_die("cannot open %d sockets: ulimit -n", n);
}

int wire_connect(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
        wire_die("connect to port %d: %s", port, strerror(errno));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        wire_die("fcntl: %s", strerror(errno));
    return fd;
}

void wire_send(int fd, const char *bytes, size_t n)
{
    ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

    if (sent != (ssize_t)n)
        wire_die("send: %s", sent < 0 ? strerror(errno) : "the socket's buffer is too small");
}

static uint64_t random_bits(void)
{
    static uint64_t s;

    while (s == 0)
        if (getrandom(&s, sizeof(s), 0) != sizeof(s))
            wire_die("getrandom: %s", strerror(errno));
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return s;
}

void wire_uuid(char out[WIRE_UUID])
{
    static const char digits[] = "0123456789abcdef";
    struct timespec t;
    uint64_t half[2];
    char *p = out;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    half[0] =
        ((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000) << 16 | 0x7000 | (random_bits() & 0xfff);
    half[1] = (random_bits() & 0x3fffffffffffffff) | 0x8000000000000000;
    for (int i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            *p++ = '-';
        *p++ = digits[half[i / 16] >> (60 - 4 * (i % 16)) & 15];
    }
}

char *wire_request(const char *method, const char *path, const char *token, const char *body, size_t *ret_len)
{
    size_t n = strlen(body), max = strlen(path) + strlen(token) + n + 256;
    char *bytes = wire_alloc(max);
    int len = snprintf(bytes, max, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, path);

    if (token[0] != '\0')
        len += snprintf(bytes + len, max - (size_t)len, "Authorization: Bearer %s\r\n", token);
    if (n > 0)
        len += snprintf(bytes + len, max - (size_t)len,
                        "Content-Type: application/json\r\nContent-Length: %zu\r\n", n);
    len += snprintf(bytes + len, max - (size_t)len, "\r\n%s", body);
    *ret_len = (size_t)len;
    return bytes;
}

bool wire_head(const char *in, size_t n, struct wire_answer *ret)
{
    static const char length[] = "\r\nContent-Length: ";
    const char *end = memmem(in, n, "\r\n\r\n", 4), *at;

    if (end == NULL)
        return false;
    ret->head = (size_t)(end - in) + 4;
    ret->status = (int)strtol(in + strlen("HTTP/1.1 "), NULL, 10);
    at = memmem(in, ret->head, length, strlen(length));
    ret->body = at == NULL ? SIZE_MAX : (size_t)strtoul(at + strlen(length), NULL, 10);
    return true;
}

void wire_times_add(struct wire_times *t, int64_t us)
{
    if (t->n == t->max) {
        t->max = t->max == 0 ? 65536 : t->max * 2;
        t->us = realloc(t->us, t->max * sizeof(*t->us));
        if (t->us == NULL)
            wire_die("out of memory");
    }
    t->us[t->n++] = us < 0 ? 0 : (uint32_t)us;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

void wire_times_sort(struct wire_times *t)
{
    if (t->n > 0)
        qsort(t->us, t->n, sizeof(*t->us), ascending);
}

double wire_times_ms(const struct wire_times *t, double p)
{
    size_t at = (size_t)(p * (double)t->n);

    if (t->n == 0)
        return 0;
    return (double)t->us[at < t->n ? at : t->n - 1] / 1000;
}
