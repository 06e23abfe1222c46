/* base.h -- attributes, the error type and the arena. Bottom layer: includes
 * nothing of ours, knows no word of governance, HTTP or SQL. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE               __attribute__((warn_unused_result))
#define ALWAYS_INLINE          static inline __attribute__((always_inline))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NEVER_NULL             __attribute__((returns_nonnull))
/* Runs free_fn(&var) when var leaves scope. free_fn takes T **, accepts a
 * pointer to NULL, and stores NULL. */
#define AUTO(free_fn) __attribute__((cleanup(free_fn)))
#define COUNT_OF(a)   (sizeof(a) / sizeof((a)[0]))
#define STR_(x)       #x
#define STR(x)        STR_(x)
#define HERE          __FILE__ ":" STR(__LINE__)

/* Few kinds of failure; http/ maps each to one status. */
enum err_code {
    ERR_NONE = 0,
    ERR_MALFORMED, /* 400 not the syntax we speak: broken JSON, a bad cursor */
    ERR_UNKNOWN,   /* 401 we do not know who you are */
    ERR_DENIED,    /* 403 known caller, not allowed */
    ERR_NOT_FOUND, /* 404 also: you may not know of it */
    ERR_CONFLICT,  /* 409 valid, but not in this state or not of this version */
    ERR_TOO_LARGE, /* 413 over a documented limit */
    ERR_MEDIA,     /* 415 a content type we do not take */
    ERR_INVALID,   /* 422 a field is wrong; details say which and why */
    ERR_TOO_MANY,  /* 429 slow down */
    ERR_BUSY,      /* 503 worth retrying: full queue, full disk */
    ERR_INTERNAL,  /* 500 our fault; text goes to the log, not to the client */
    ERR__MAX,
};

enum { ERR_TEXT_MAX = 256, ERR_FIELD_MAX = 64, ERR_DETAILS_MAX = 8 };

/* What is wrong with one field of the input. `field` is a path: "fields.title". */
struct err_detail {
    char field[ERR_FIELD_MAX];
    const char *key;
    char zh[ERR_TEXT_MAX], en[ERR_TEXT_MAX];
};

/* One failure, filled in by the function that detected it. `key` is stable and
 * documented in docs/errors.md; `zh` and `en` are for people; `where` is for us. */
struct err {
    enum err_code code;
    const char *key;   /* a literal */
    const char *where; /* "file:line", a literal */
    char zh[ERR_TEXT_MAX], en[ERR_TEXT_MAX];
    int retry_after_s; /* for ERR_BUSY and ERR_TOO_MANY; 0: unsaid */
    size_t n_details;
    struct err_detail details[ERR_DETAILS_MAX];
};

/* Fills *e with one message in both languages (the same arguments feed both
 * formats; use %1$s style when the order differs) and yields the literal false,
 * so that `return ERR(...)` records and propagates:
 *   return ERR(e, ERR_CONFLICT, "record.stale", "事项已被修改", "the record has changed"); */
#define ERR(e, code, key, ...) (err_set((e), (code), (key), HERE, __VA_ARGS__), false)
void err_set(struct err *e, enum err_code code, const char *key, const char *where, const char *zh,
             const char *en, ...) PRINTF_LIKE(5, 7) PRINTF_LIKE(6, 7);

/* Adds a complaint about one field and makes *e an ERR_INVALID ("input.invalid")
 * if it was empty. Goes on silently after ERR_DETAILS_MAX. Yields false. */
#define ERR_FIELD(e, field, key, ...) (err_field((e), (field), (key), HERE, __VA_ARGS__), false)
void err_field(struct err *e, const char *field, const char *key, const char *where, const char *zh,
               const char *en, ...) PRINTF_LIKE(5, 7) PRINTF_LIKE(6, 7);

/* Memory that lives as long as a request, a batch or a loaded pack. */
struct arena;
struct arena *arena_create(size_t limit) NEVER_NULL;
void arena_free(struct arena **a);
/* Forgets everything allocated, keeps one block for reuse. */
void arena_reset(struct arena *a);
/* Zeroed memory, valid until arena_free() or arena_reset(). Never NULL: out of
 * memory, or past the arena's limit, ends the process: whoever sizes an arena
 * must have limited its input before. */
void *arena_alloc(struct arena *a, size_t size) NEVER_NULL;
char *arena_strdup(struct arena *a, const char *s) NEVER_NULL;
char *arena_strndup(struct arena *a, const char *s, size_t n) NEVER_NULL;
char *arena_printf(struct arena *a, const char *fmt, ...) NEVER_NULL PRINTF_LIKE(2, 3);
#define arena_new(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (n)))

/* malloc family that ends the process instead of returning NULL. */
void *xcalloc(size_t n, size_t size) NEVER_NULL;
void *xrealloc(void *p, size_t size) NEVER_NULL;
char *xstrdup(const char *s) NEVER_NULL;
void xfree(char **p); /* for AUTO(xfree) */

#endif
