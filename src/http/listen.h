/* listen.h -- inside http/ only: the listening socket. */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include "base/base.h"

#include <netinet/in.h>

/* "127.0.0.1:8311", "[::1]:0". ERR_BUSY "http.listen" says what is in the way. */
MUST_USE bool listen_on(const char *address, int *ret_fd, int *ret_port, struct err *e);
/* The peer's address in words; "" if it has none. */
void peer_name(const struct sockaddr *sa, char *out, size_t size);

#endif
