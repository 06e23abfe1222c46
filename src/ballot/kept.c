/* What published ballots came to, as this server counted it last: a page that thousands open at once is not a
 * hundred thousand votes counted thousands of times. The key is the digest of the list that was declared, so
 * what is kept can be of no other list. */
#include "ballot/poll.h"
#include "base/text.h"

#include <pthread.h>
#include <stdlib.h>

enum { KEPT = 64, DIGEST_CHARS = 72 };

struct kept {
    struct uuid ballot;
    int64_t version;
    char digest[DIGEST_CHARS];
    char *json; /* NULL: free */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of what follows */
static struct kept list[KEPT];
static size_t next;

/* NULL: it is not published, or its pack does not keep the digest. */
static const char *declared(const struct poll *p)
{
    const struct cel_value *v = p->def->digest == NULL ? NULL : &p->rec->values[p->def->digest->index];

    return poll_in(p, p->def->shown) && v != NULL && v->type == CEL_STRING ? v->s : NULL;
}

static struct kept *find(const struct poll *p, const char *digest)
{
    for (size_t i = 0; i < KEPT; i++)
        if (list[i].json != NULL && uuid_eq(list[i].ballot, p->rec->id) &&
            list[i].version == p->rec->version && str_eq(list[i].digest, digest))
            return &list[i];
    return NULL;
}

bool result_kept(const struct poll *p, const char **ret)
{
    const char *digest = declared(p);
    const struct kept *k;

    if (digest == NULL)
        return false;
    (void)pthread_mutex_lock(&lock);
    k = find(p, digest);
    if (k != NULL)
        *ret = arena_strdup(p->a, k->json);
    (void)pthread_mutex_unlock(&lock);
    return k != NULL;
}

void result_keep(const struct poll *p, const char *json)
{
    const char *digest = declared(p);

    if (digest == NULL)
        return;
    (void)pthread_mutex_lock(&lock);
    if (find(p, digest) == NULL) {
        struct kept *k = &list[next++ % KEPT];

        free(k->json);
        *k = (struct kept){.ballot = p->rec->id, .version = p->rec->version, .json = xstrdup(json)};
        str_copy(k->digest, sizeof(k->digest), digest);
    }
    (void)pthread_mutex_unlock(&lock);
}
