/* limits.h -- every size that a client can influence, in one place. Exceeding
 * one is an error with a documented key, never an abort. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    LIMIT_HEADER_BYTES = 8 * 1024,
    LIMIT_BODY_BYTES = 256 * 1024, /* a JSON body */
    LIMIT_JSON_DEPTH = 16,
    LIMIT_REPLY_BYTES = 8 * 1024 * 1024,
    LIMIT_REQUEST_ARENA = 32 * 1024 * 1024,
    LIMIT_QUERY_PARAMS = 32,
    LIMIT_FILE_BYTES = 20 * 1024 * 1024, /* one uploaded file */
    LIMIT_FILES_PER_UPLOAD = 9,
    LIMIT_MAIL_BYTES = 32 * 1024 * 1024,  /* an e-mail with all that is attached to it */
    LIMIT_MAIL_TEXT = 64 * 1024,          /* what is read of its text */
    LIMIT_SOUND_BYTES = 10 * 1024 * 1024, /* sound without a picture */
    LIMIT_SOUND_MS = 10 * 60 * 1000,
    LIMIT_IMAGE_PIXELS = 64 * 1000 * 1000,
    LIMIT_HEADER_SECONDS = 10, /* absolute, against trickling clients */
    LIMIT_BODY_SECONDS = 120,
    LIMIT_CONNECTIONS = 12000,
    LIMIT_STREAMS = 10000,
    LIMIT_STREAM_BACKLOG = 1000, /* events resent after Last-Event-ID; more: "reload" */
    LIMIT_STREAM_QUEUE = 1024,   /* events waiting for one slow reader; more: cut off */

    LIMIT_TEXT_CHARS = 10000, /* any text field, unless its max is lower */
    LIMIT_NOTE_CHARS = 2000,
    LIMIT_FIELDS = 96,             /* per kind */
    LIMIT_PARTIES = 64,            /* per record */
    LIMIT_FILES = 64,              /* per record */
    LIMIT_LINKS = 64,              /* per record */
    LIMIT_MOVES = 100,             /* matters that one request moves */
    LIMIT_MENTIONS = 16,           /* people a note names */
    LIMIT_STATEMENT_LINES = 20000, /* of an account, in one CSV file */
    LIMIT_SAVED = 64,              /* views, and templates, of one person or unit */
    LIMIT_CLOCKS = 256,            /* per record, parties' own included */
    LIMIT_LIST_PAGE = 200,         /* rows a list page may ask for */
    LIMIT_NEAR_EXAMINED = 1000,    /* newest matters of a community that a look around may look at */
    LIMIT_NEAR_FOUND = 40,         /* and how many of them may lie in its circle */
    LIMIT_LIST_EXAMINED = 5000,    /* rows a list page may look at before it answers short */
    LIMIT_POINTS_PAGE = 5000,      /* open matters a page of points looks at */
    LIMIT_POINTS_PAST = 1000, /* the same as of a past moment, where most are told again from their history */
    LIMIT_ASIDE = 16,         /* requests worked out beside the event loops at once */
    LIMIT_CEL_BYTES = 2000,
    LIMIT_CEL_DEPTH = 32,
    LIMIT_CEL_NODES = 400,
    LIMIT_CEL_STEPS = 20000,
    LIMIT_PACK_BYTES = 1024 * 1024,
    LIMIT_PACK_FILES = 40,                    /* of a version of a pack */
    LIMIT_PACK_FILES_BYTES = 2 * 1024 * 1024, /* of all of them */
    LIMIT_QUEUE = 4096,                       /* commands waiting for the writer; more: 503 */
    LIMIT_BATCH = 512,                        /* commands in one transaction */
    LIMIT_ANON_REPORTS_PER_MINUTE = 120,      /* per client address */
    LIMIT_PUBLIC_READS_PER_MINUTE = 600,      /* per client address, or account */
    LIMIT_SIGNIN_PER_MINUTE = 10,             /* failed, per login and per address */
};

#endif
