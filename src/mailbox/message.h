/* message.h -- an e-mail as it came (RFC 5322, MIME), taken apart: who wrote, when it arrived, what it says,
 * which files came with it. GMime reads it; what is in it is nobody's word but the sender's. */
#ifndef MAILBOX_MESSAGE_H
#define MAILBOX_MESSAGE_H

#include "base/base.h"
#include "base/limits.h"

struct message_file {
    const char *name; /* as the sender called it; "" when not at all */
    const void *bytes;
    size_t n;
};

/* All text is valid UTF-8 without control characters but line feeds, and lives in the arena. */
struct message {
    const char *id;        /* Message-ID without brackets; never "" */
    const char *from;      /* the address */
    const char *from_name; /* "" when none is given */
    const char *subject;   /* "" when none is given */
    const char *text;      /* what is written, at most LIMIT_MAIL_TEXT bytes; of HTML only its words */
    int64_t arrived_at;    /* UTC ms, by the Received: that was added last, else by Date:; 0: neither says */
    bool automatic;        /* sent by a machine: to be kept from being answered */
    struct message_file files[LIMIT_FILES_PER_UPLOAD];
    size_t n_files;
    size_t n_left_out; /* files beyond these, or larger than LIMIT_FILE_BYTES */
};

/* `bytes` must stay as long as the arena. ERR_TOO_LARGE "mail.size"; ERR_MALFORMED "mail.broken" (no
 * message), "mail.sender", "mail.id". Not in several threads at once. */
MUST_USE bool message_read(const char *bytes, size_t n, struct arena *a, struct message *ret, struct err *e);

/* Ten bytes that follow from a text alone (SHA-256). */
enum { MESSAGE_HASH = 10 };
void message_hash(const char *text, uint8_t ret[MESSAGE_HASH]);

/* The words of an HTML text, a line for each block; at most `max` bytes. */
const char *message_words(const char *html, size_t max, struct arena *a) NEVER_NULL;

#endif
