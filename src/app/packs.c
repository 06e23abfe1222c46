#include "app/packs.h"

#include "appraisal/appraisal.h"
#include "ballot/ballot.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "ledger/ledger.h"
#include "score/score.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PACKS_MAX = 200, DIRS_MAX = 400, EFFECTS_MAX = 64, OUTPUT_BYTES = 1024 * 1024, PATH_BYTES = 4096 };
static const size_t OWN_ARENA = (size_t)512 << 20;

/* Every effect type of every layer: the one table a pack's effects are looked up in. */
static size_t all_effects(const struct effect_type **list)
{
    size_t n = 0;

    for (size_t i = 0; i < engine_n_effects; i++)
        list[n++] = engine_effects[i];
    for (size_t i = 0; i < clock_n_effects; i++)
        list[n++] = clock_effects[i];
    for (size_t i = 0; i < ledger_n_effects; i++)
        list[n++] = ledger_effects[i];
    for (size_t i = 0; i < score_n_effects; i++)
        list[n++] = score_effects[i];
    for (size_t i = 0; i < appraisal_n_effects; i++)
        list[n++] = appraisal_effects[i];
    for (size_t i = 0; i < ballot_n_effects; i++)
        list[n++] = ballot_effects[i];
    return n;
}

static void print_complaints(const struct complaints *c)
{
    struct buf out;

    buf_init(&out, OUTPUT_BYTES);
    complaints_print(c, &out);
    (void)fputs(buf_text(&out), stderr);
    buf_free(&out);
}

/* --- the files of packs --- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* The place of a pack in the list: a new one, or that of the one it replaces. */
static struct edition *place_of(struct own_packs *o, const char *pack)
{
    for (size_t i = 0; i < o->n; i++)
        if (str_eq(o->list[i].pack, pack))
            return &o->list[i];
    return o->n < PACKS_MAX ? &o->list[o->n++] : NULL;
}

static void add_file(struct own_packs *o, struct edition *d, const char *name, const char *bytes, size_t n)
{
    struct edition_file *more = arena_array(o->arena, struct edition_file, d->n + 1);

    if (d->n > 0)
        memcpy(more, d->files, d->n * sizeof(*more));
    more[d->n] = (struct edition_file){arena_strdup(o->arena, name), arena_strndup(o->arena, bytes, n), n};
    d->files = more;
    d->n++;
}

/* "packs/incident/codes/category.csv" */
static void add_embedded(struct own_packs *o)
{
    for (size_t i = 0; i < embedded_data_n; i++) {
        const struct embedded *f = &embedded_data[i];
        const char *pack = f->name + strlen("packs/"), *slash;
        struct edition *d;

        if (!str_starts(f->name, "packs/") || (slash = strchr(pack, '/')) == NULL)
            continue;
        pack = arena_strndup(o->arena, pack, (size_t)(slash - pack));
        d = place_of(o, pack);
        if (d == NULL)
            continue;
        d->pack = pack;
        add_file(o, d, slash + 1, (const char *)f->bytes, f->size);
    }
}

static bool wanted(const char *name)
{
    return str_ends(name, ".yaml") || str_ends(name, ".csv") || str_ends(name, ".md");
}

static void read_file(struct own_packs *o, struct edition *d, const char *dir, const char *name)
{
    char *folder = arena_strdup(o->arena, dir);
    const char *bytes;
    struct stat st;
    size_t n;

    if (!wanted(name) || stat(arena_printf(o->arena, "%s/%s", dir, name), &st) != 0 || !S_ISREG(st.st_mode) ||
        d->n >= LIMIT_PACK_FILES || !pack_read_dir(folder, name, &bytes, &n))
        return;
    add_file(o, d, name, bytes, n);
    pack_bytes_free(bytes);
}

/* The folder itself, and one below it: codes/. */
static void read_folder(struct own_packs *o, struct edition *d, const char *dir, const char *below)
{
    struct dirent **found = NULL;
    struct stat st;
    int n = scandir(arena_printf(o->arena, "%s/%s", dir, below), &found, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        const char *name =
            arena_printf(o->arena, "%s%s%s", below, below[0] == '\0' ? "" : "/", found[i]->d_name);
        const char *path = arena_printf(o->arena, "%s/%s", dir, name);

        if (found[i]->d_name[0] != '.' && below[0] == '\0' && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
            read_folder(o, d, dir, name); /* NOLINT(misc-no-recursion): one level */
        else if (found[i]->d_name[0] != '.')
            read_file(o, d, dir, name);
        free(found[i]);
    }
    free((void *)found);
}

/* A folder replaces the embedded pack of the same name. */
static void add_dir(struct own_packs *o, const char *dir)
{
    char *copy = arena_strdup(o->arena, dir);
    struct edition *d;

    for (size_t len = strlen(copy); len > 1 && copy[len - 1] == '/';)
        copy[--len] = '\0';
    d = place_of(o, base_name(copy));
    if (d == NULL)
        return;
    *d = (struct edition){.pack = base_name(copy), .dir = copy};
    read_folder(o, d, copy, "");
}

/* Sub-folders that hold a pack. */
static void add_dirs(struct own_packs *o, const char *dir)
{
    struct dirent **found = NULL;
    int n = scandir(dir, &found, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        if (found[i]->d_name[0] != '.')
            add_dir(o, arena_printf(o->arena, "%s/%s", dir, found[i]->d_name));
        free(found[i]);
    }
    free((void *)found);
}

static bool is_folder_of_packs(const char *dir)
{
    char path[PATH_BYTES];
    struct stat st;

    (void)snprintf(path, sizeof(path), "%s/pack.yaml", dir);
    return stat(dir, &st) == 0 && S_ISDIR(st.st_mode) && stat(path, &st) != 0;
}

void own_packs_read(const char *const *dirs, size_t n, struct own_packs *ret)
{
    *ret = (struct own_packs){.arena = arena_create(OWN_ARENA)};
    ret->list = arena_array(ret->arena, struct edition, PACKS_MAX);
    add_embedded(ret);
    for (size_t i = 0; i < n; i++)
        if (is_folder_of_packs(dirs[i]))
            add_dirs(ret, dirs[i]);
        else
            add_dir(ret, dirs[i]);
}

void own_packs_free(struct own_packs *o)
{
    arena_free(&o->arena);
    *o = (struct own_packs){0};
}

/* --- loading --- */

static bool read_edition(void *ctx, const char *name, const char **ret_bytes, size_t *ret_n)
{
    const struct edition_file *f = edition_file(ctx, name);

    if (f == NULL)
        return false;
    *ret_bytes = f->text;
    *ret_n = f->n;
    return true;
}

enum { DIR_BYTES = 1024 };

static void add_source(struct pack_source *s, char dir[DIR_BYTES], bool folders, const struct edition *d)
{
    (void)snprintf(dir, DIR_BYTES, "%s%s", folders && d->dir != NULL ? d->dir : "packs/",
                   folders && d->dir != NULL ? "" : d->pack);
    *s = (struct pack_source){.dir = dir, .read = read_edition};
    memcpy(&s->ctx, &d, sizeof(s->ctx)); /* it is only read */
}

static const struct edition *instead(const struct edition *list, size_t n, const char *pack)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(list[i].pack, pack))
            return &list[i];
    return NULL;
}

/* `folders`: complaints name the folders that packs were read from. */
static bool load_with(const struct own_packs *o, bool folders, const struct edition *list, size_t n,
                      struct arena **ret_arena, struct packs **ret, struct complaints *ret_complaints)
{
    const struct effect_type *effects[EFFECTS_MAX];
    size_t n_effects = all_effects(effects), k = 0;
    struct pack_source *sources = xcalloc(o->n + n + 1, sizeof(*sources));
    char(*dirs)[DIR_BYTES] = xcalloc(o->n + n + 1, sizeof(*dirs));
    bool ok;

    for (size_t i = 0; i < o->n; i++) {
        const struct edition *d = instead(list, n, o->list[i].pack);

        add_source(&sources[k], dirs[k], folders, d == NULL ? &o->list[i] : d);
        k++;
    }
    for (size_t i = 0; i < n; i++)
        if (instead(o->list, o->n, list[i].pack) == NULL) {
            add_source(&sources[k], dirs[k], folders, &list[i]);
            k++;
        }
    ok = packs_load(sources, k, effects, n_effects, ret_arena, ret, ret_complaints);
    free(dirs);
    free(sources);
    return ok;
}

static bool load(void *ctx, const struct edition *list, size_t n, struct arena **ret_arena,
                 struct packs **ret, struct complaints *ret_complaints)
{
    return load_with(ctx, false, list, n, ret_arena, ret, ret_complaints);
}

static bool own(void *ctx, const char *pack, struct arena *a, struct edition *ret)
{
    const struct own_packs *o = ctx;
    const struct edition *d = instead(o->list, o->n, pack);

    (void)a;
    if (d != NULL)
        *ret = *d;
    return d != NULL;
}

struct rules_maker packs_maker(struct own_packs *o)
{
    return (struct rules_maker){load, own, o};
}

static bool load_own(struct own_packs *o, struct arena **ret_arena, struct packs **ret, struct err *e)
{
    struct complaints complaints = {0};
    bool ok = load_with(o, true, NULL, 0, ret_arena, ret, &complaints);

    if (complaints.n > 0)
        print_complaints(&complaints);
    return ok || ERR(e, ERR_INVALID, "pack.refused", "程序包有错，见上", "the packs have errors, see above");
}

bool packs_load_all(const char *const *dirs, size_t n, struct arena **ret_arena, struct packs **ret,
                    struct err *e)
{
    struct own_packs o;
    bool ok;

    own_packs_read(dirs, n, &o);
    ok = load_own(&o, ret_arena, ret, e);
    own_packs_free(&o);
    return ok;
}

bool packs_open(struct district *d, const struct district_options *o, struct err *e)
{
    const char *dirs[DIRS_MAX];
    char mine[PATH_BYTES];
    struct stat st;
    size_t n = 0;

    (void)snprintf(mine, sizeof(mine), "%s/packs", d->dir == NULL ? "" : d->dir);
    if (d->dir != NULL && stat(mine, &st) == 0)
        dirs[n++] = mine;
    for (size_t i = 0; i < o->n_pack_dirs && n < DIRS_MAX; i++)
        dirs[n++] = o->pack_dirs[i];
    d->own = xcalloc(1, sizeof(*d->own));
    own_packs_read(dirs, n, d->own);
    return load_own(d->own, &d->packs_arena, &d->packs, e);
}
