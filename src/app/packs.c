#include "app/packs.h"

#include "base/buf.h"
#include "base/text.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PACKS_MAX = 200, DIRS_MAX = 400, EFFECTS_MAX = 64, OUTPUT_BYTES = 1024 * 1024 };

/* Every effect type of every layer: the one table a pack's effects are looked up in. */
static size_t all_effects(const struct effect_type **list)
{
    size_t n = 0;

    for (size_t i = 0; i < engine_n_effects; i++)
        list[n++] = engine_effects[i];
    for (size_t i = 0; i < clock_n_effects; i++)
        list[n++] = clock_effects[i];
    return n;
}

static bool read_embedded(void *ctx, const char *name, const char **ret_bytes, size_t *ret_n)
{
    char full[256];
    const struct embedded *f;

    (void)snprintf(full, sizeof(full), "%s/%s", (const char *)ctx, name);
    f = embedded_find(full);
    if (f == NULL)
        return false;
    *ret_bytes = (const char *)f->bytes;
    *ret_n = f->size;
    return true;
}

struct list {
    struct pack_source sources[PACKS_MAX];
    char *names[PACKS_MAX]; /* owned */
    size_t n;
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* A folder replaces the embedded pack of the same name. */
static void add_dir(struct list *l, const char *dir)
{
    size_t len = strlen(dir);
    char *copy = xstrdup(dir);

    while (len > 1 && copy[len - 1] == '/')
        copy[--len] = '\0';
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(base_name(l->names[i]), base_name(copy)) == 0) {
            free(l->names[i]);
            l->names[i] = copy;
            l->sources[i] = (struct pack_source){.dir = copy, .read = pack_read_dir, .ctx = copy};
            return;
        }
    if (l->n == PACKS_MAX) {
        free(copy);
        return;
    }
    l->names[l->n] = copy;
    l->sources[l->n++] = (struct pack_source){.dir = copy, .read = pack_read_dir, .ctx = copy};
}

static void add_embedded(struct list *l)
{
    for (size_t i = 0; i < embedded_data_n && l->n < PACKS_MAX; i++) {
        const char *name = embedded_data[i].name;
        size_t len = strlen(name);

        if (!str_starts(name, "packs/") || !str_ends(name, "/pack.yaml"))
            continue;
        l->names[l->n] = xstrdup(name);
        l->names[l->n][len - strlen("/pack.yaml")] = '\0';
        l->sources[l->n] =
            (struct pack_source){.dir = l->names[l->n], .read = read_embedded, .ctx = l->names[l->n]};
        l->n++;
    }
}

static void print_complaints(const struct complaints *c)
{
    struct buf out;

    buf_init(&out, OUTPUT_BYTES);
    complaints_print(c, &out);
    (void)fputs(buf_text(&out), stderr);
    buf_free(&out);
}

bool packs_load_all(const char *const *dirs, size_t n, struct arena **ret_arena, struct packs **ret,
                    struct err *e)
{
    const struct effect_type *effects[EFFECTS_MAX];
    size_t n_effects = all_effects(effects);
    struct complaints complaints = {0};
    struct list *l = xcalloc(1, sizeof(*l));
    bool ok;

    add_embedded(l);
    for (size_t i = 0; i < n; i++)
        add_dir(l, dirs[i]);
    ok = packs_load(l->sources, l->n, effects, n_effects, ret_arena, ret, &complaints);
    if (complaints.n > 0)
        print_complaints(&complaints);
    for (size_t i = 0; i < l->n; i++)
        free(l->names[i]);
    free(l);
    return ok || ERR(e, ERR_INVALID, "pack.refused", "程序包有错，见上", "the packs have errors, see above");
}

/* Sub-folders of DIR/packs that hold a pack. */
static size_t own_packs(const char *dir, char **names)
{
    char path[512];
    size_t n = 0;
    DIR *d;

    (void)snprintf(path, sizeof(path), "%s/packs", dir);
    d = opendir(path);
    for (const struct dirent *f; d != NULL && (f = readdir(d)) != NULL && n < PACKS_MAX;) {
        char one[1024];

        if (f->d_name[0] == '.')
            continue;
        (void)snprintf(one, sizeof(one), "%s/%s", path, f->d_name);
        names[n++] = xstrdup(one);
    }
    if (d != NULL)
        (void)closedir(d);
    return n;
}

bool packs_open(struct district *d, const struct district_options *o, struct err *e)
{
    const char *dirs[DIRS_MAX];
    char *own[PACKS_MAX];
    size_t n_own = d->dir == NULL ? 0 : own_packs(d->dir, own), n = 0;
    bool ok;

    for (size_t i = 0; i < n_own; i++)
        dirs[n++] = own[i];
    for (size_t i = 0; i < o->n_pack_dirs && n < DIRS_MAX; i++)
        dirs[n++] = o->pack_dirs[i];
    ok = packs_load_all(dirs, n, &d->packs_arena, &d->packs, e);
    for (size_t i = 0; i < n_own; i++)
        free(own[i]);
    return ok;
}
