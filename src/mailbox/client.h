/* client.h -- a running server as its API shows it to a program with a token. */
#ifndef MAILBOX_CLIENT_H
#define MAILBOX_CLIENT_H

#include "base/base.h"
#include "base/uuid.h"
#include "mailbox/message.h"

#include <json-c/json.h>

struct client {
    const char *server; /* "http://127.0.0.1:8311" */
    const char *token;
    struct arena *a;
};

/* Requests: *ret_status is the HTTP status, *ret the answer's JSON (NULL where it is none), which the caller
 * frees. ERR_BUSY "mail.server": nobody answers. */
MUST_USE bool client_get(const struct client *c, const char *path, int *ret_status, struct json_object **ret,
                         struct err *e);
MUST_USE bool client_post(const struct client *c, const char *path, const char *json, int *ret_status,
                          struct json_object **ret, struct err *e);
/* One file, under its name. */
MUST_USE bool client_upload(const struct client *c, const struct message_file *f, int *ret_status,
                            struct json_object **ret, struct err *e);

#endif
