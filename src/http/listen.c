#include "http/listen.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

/* Splits at the last colon; brackets around an IPv6 address go. */
static bool split(const char *address, char *host, size_t size, const char **ret_port)
{
    const char *colon = strrchr(address, ':');
    size_t n = colon == NULL ? 0 : (size_t)(colon - address);

    if (n >= 2 && address[0] == '[' && address[n - 1] == ']') {
        address++;
        n -= 2;
    }
    if (colon == NULL || n == 0 || n >= size || colon[1] == '\0')
        return false;
    memcpy(host, address, n);
    host[n] = '\0';
    *ret_port = colon + 1;
    return true;
}

static int bound(const struct addrinfo *ai)
{
    int one = 1, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    (void)close(fd);
    errno = why;
    return -1;
}

static int port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } sa = {.v6 = {0}};
    socklen_t n = sizeof sa;

    if (getsockname(fd, &sa.any, &n) != 0)
        return 0;
    return ntohs(sa.any.sa_family == AF_INET6 ? sa.v6.sin6_port : sa.v4.sin_port);
}

bool listen_on(const char *address, int *ret_fd, int *ret_port, struct err *e)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *ai = NULL;
    char host[128];
    const char *port;

    if (!split(address, host, sizeof host, &port) || getaddrinfo(host, port, &hints, &ai) != 0)
        return ERR(e, ERR_INVALID, "http.listen",
                   "监听地址 %s 有误：须是 地址:端口，如 127.0.0.1:8311 或 [::1]:8311",
                   "listen address %s is wrong: write ADDRESS:PORT, for example 127.0.0.1:8311 or [::1]:8311",
                   address);
    int fd = bound(ai);
    freeaddrinfo(ai);
    if (fd < 0)
        return ERR(e, ERR_BUSY, "http.listen", "无法监听 %s：%s。换一个端口，或停止占用它的程序",
                   "cannot listen on %s: %s; choose another port or stop the program that holds it", address,
                   strerror(errno));
    *ret_fd = fd;
    *ret_port = port_of(fd);
    return true;
}

void peer_name(const struct sockaddr *sa, char *out, size_t size)
{
    out[0] = '\0';
    if (sa == NULL)
        return;
    const void *address = sa->sa_family == AF_INET6
                              ? (const void *)&((const struct sockaddr_in6 *)sa)->sin6_addr
                              : (const void *)&((const struct sockaddr_in *)sa)->sin_addr;
    if (sa->sa_family == AF_INET || sa->sa_family == AF_INET6)
        (void)inet_ntop(sa->sa_family, address, out, (socklen_t)size);
}
