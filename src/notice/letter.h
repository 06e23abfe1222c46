/* letter.h -- what is said, to whom, in which language; how each protocol wants it; what its answer means.
 * Inside this folder only. Everything here is pure: times and chance come in. */
#ifndef NOTICE_LETTER_H
#define NOTICE_LETTER_H

#include "notice/channel.h"

struct letter {
    struct uuid id; /* the receiver's key against repetitions */
    const char *what;
    int64_t at; /* when what it tells of was */
    enum lang lang;
    int offset_min;
    const char *district; /* "衢江" */
    int64_t district_code;
    const char *public_url; /* NULL: no links */
    const char *channel;    /* title of the channel, for a trial */

    struct uuid account; /* nil: a group */
    const char *login, *name;
    bool staff;
    const char *phone, *mail; /* NULL: none */
    const struct push_device *device;
    const char *endpoint, *p256dh, *auth; /* of the device, in the clear */

    struct uuid record; /* nil: none */
    const char *kind, *number, *title, *state;
    const struct title *kind_title;

    int64_t n;          /* of a digest: how many */
    const char *digest; /* of a digest: the first of them, a line each */
    const char *code;   /* of a code */
};

/* One line: "【衢江网格】紧急：衢江-2026-000123 事件". */
const char *letter_subject(const struct letter *l, bool detail, struct arena *a);
/* A few lines: the subject, then what is needed to act on it. */
const char *letter_text(const struct letter *l, bool detail, struct arena *a);
/* Where it opens, "" without a public address. On a phone, or at a desk. */
const char *letter_link(const struct letter *l, bool phone, struct arena *a);
/* The part of it behind the host: "/m/ID". */
const char *letter_path(const struct letter *l, bool phone, struct arena *a);

/* A request to be made. */
enum { PARCEL_HEADERS_MAX = 12 };
struct parcel {
    const char *url;
    bool get;
    const char *headers[PARCEL_HEADERS_MAX]; /* ended by NULL */
    const void *body;
    size_t n_body;
    const char *from, *to, *login, *password; /* of a mail */
};
struct chance {
    int64_t now;
    uint8_t bytes[16];
};
/* ERR_INVALID "notice.no_address" when the letter's reader has none on this channel; "push.keys". */
MUST_USE bool parcel_make(const struct channel *c, const struct channel_secrets *s, const struct letter *l,
                          const struct chance *with, struct arena *a, struct parcel *ret, struct err *e);
/* The protocols, one function each. */
MUST_USE bool parcel_push(const struct channel *c, const struct channel_secrets *s, const struct letter *l,
                          const struct chance *with, struct arena *a, struct parcel *ret, struct err *e);
MUST_USE bool parcel_webhook(const struct channel *c, const struct channel_secrets *s, const struct letter *l,
                             const struct chance *with, struct arena *a, struct parcel *ret, struct err *e);
MUST_USE bool parcel_robot(const struct channel *c, const struct channel_secrets *s, const struct letter *l,
                           const struct chance *with, struct arena *a, struct parcel *ret, struct err *e);
MUST_USE bool parcel_sms(const struct channel *c, const struct channel_secrets *s, const struct letter *l,
                         const struct chance *with, struct arena *a, struct parcel *ret, struct err *e);
MUST_USE bool parcel_mail(const struct channel *c, const struct channel_secrets *s, const struct letter *l,
                          const struct chance *with, struct arena *a, struct parcel *ret, struct err *e);
void parcel_header(struct parcel *p, const char *line);

/* What became of a try. */
enum fate {
    FATE_UNSET = 0,
    FATE_SENT,
    FATE_LATER,    /* worth trying again: the other side is busy, down or away */
    FATE_NEVER,    /* it says that it will not take this one */
    FATE_GONE,     /* the address is no more */
    FATE_UNWANTED, /* nobody needs it any more */
};
/* Judges an answer: HTTP status (0 none), its body. `ret_why` (FAIL_MAX bytes) is "" or a word and what they
 * said: "http 503", "robot 310000 sign not match". */
enum { FAIL_MAX = 200, FAIL_SAID = 120 };
enum fate answer_judge(const struct channel *c, int64_t status, const char *body, char ret_why[FAIL_MAX]);

#endif
