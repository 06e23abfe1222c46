/* Versions of packs as rows: written once. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/json_in.h"
#include "record/store.h"
#include "rules.sql.h"
#include "rules/rules.h"
#include "rules/rules_internal.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_CHARS_MAX = 80, DETAIL_BYTES = 8192, FILES_JSON_BYTES = 16 * 1024 * 1024 };

/* --- files --- */

static bool good_name(const char *s)
{
    bool start = true;

    if (s[0] == '\0' || strlen(s) > NAME_CHARS_MAX)
        return false;
    for (const char *p = s; *p != '\0'; p++) {
        bool letter =
            (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '_';

        if (!letter && (start || (*p != '.' && *p != '-' && *p != '/')))
            return false;
        start = *p == '/';
    }
    return str_ends(s, ".yaml") || str_ends(s, ".csv") || str_ends(s, ".md");
}

static bool check_file(const struct edition *d, const struct edition_file *f, struct err *e)
{
    if (!good_name(f->name))
        return ERR_FIELD(
            e, "files", "version.name",
            "文件名“%.80s”不行：须是字母、数字、_ . - /，以 .yaml、.csv 或 .md 结尾",
            "the file name “%.80s” will not do: letters, digits, _ . - /, ending in .yaml, .csv or .md",
            f->name);
    if (edition_file(d, f->name) != f)
        return ERR_FIELD(e, "files", "version.twice", "文件“%.80s”出现两次", "the file “%.80s” stands twice",
                         f->name);
    return (f->n <= LIMIT_PACK_BYTES && utf8_valid(f->text, f->n)) ||
           ERR_FIELD(e, "files", "version.text", "文件“%.80s”须是不超过 1 MiB 的 UTF-8 文本",
                     "the file “%.80s” must be UTF-8 text of at most 1 MiB", f->name);
}

bool edition_check(const struct edition *d, struct err *e)
{
    size_t bytes = 0;

    if (d->n > LIMIT_PACK_FILES)
        return ERR_FIELD(e, "files", "version.files", "至多 %d 个文件", "at most %d files", LIMIT_PACK_FILES);
    for (size_t i = 0; i < d->n; i++) {
        if (!check_file(d, &d->files[i], e))
            return false;
        bytes += d->files[i].n;
    }
    if (bytes > LIMIT_PACK_FILES_BYTES)
        return ERR_FIELD(e, "files", "version.size", "文件加起来不能超过 2 MiB",
                         "the files may have 2 MiB together");
    return edition_file(d, "pack.yaml") != NULL ||
           ERR_FIELD(e, "files", "version.files", "缺少 pack.yaml", "pack.yaml is missing");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct edition_file *)a)->name, ((const struct edition_file *)b)->name);
}

static void sort_files(const struct edition *d, struct edition_file *ret)
{
    memcpy(ret, d->files, d->n * sizeof(*ret));
    qsort(ret, d->n, sizeof(*ret), by_name);
}

void edition_hash(const struct privacy *pv, const struct edition *d, uint8_t ret[HASH_BYTES])
{
    AUTO(buf_free) struct buf b = {0};
    struct edition_file files[LIMIT_PACK_FILES];
    static const unsigned char leaf = 0;

    buf_init(&b, FILES_JSON_BYTES);
    sort_files(d, files);
    canonical_text(&b, "wangge-pack-1");
    canonical_text(&b, d->pack);
    for (size_t i = 0; i < d->n; i++) {
        canonical_text(&b, files[i].name);
        canonical_text(&b, files[i].text);
    }
    privacy_hash(pv, &leaf, 1, buf_text(&b), b.len, ret);
}

static bool files_json(const struct edition *d, struct json_out *j, struct err *e)
{
    struct edition_file files[LIMIT_PACK_FILES];

    sort_files(d, files);
    jo_begin(j, FILES_JSON_BYTES);
    jo_obj(j, NULL);
    for (size_t i = 0; i < d->n; i++)
        jo_strn(j, files[i].name, files[i].text, files[i].n);
    jo_close(j);
    return jo_end(j, e);
}

bool edition_parse(const char *json, const char *pack, struct arena *a, struct edition *ret, struct err *e)
{
    AUTO(json_free) struct json_object *o = NULL;
    struct edition_file *files;
    size_t n = 0;

    if (!json_parse(json, strlen(json), &o, e) || !json_object_is_type(o, json_type_object))
        return ERR(e, ERR_INTERNAL, "version.broken", "程序包“%s”的一个版本存坏了",
                   "a version of the pack “%s” is damaged", pack);
    files = arena_array(a, struct edition_file, (size_t)json_object_object_length(o) + 1);
    json_object_object_foreach(o, name, text)
    {
        files[n].name = arena_strdup(a, name);
        files[n].text = arena_strdup(a, json_object_get_string(text));
        files[n].n = strlen(files[n].text);
        n++;
    }
    *ret = (struct edition){.pack = arena_strdup(a, pack), .files = files, .n = n};
    return true;
}

/* --- rows --- */

static bool newest(struct sql_tx *tx, int64_t district, const char *pack, struct version *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    size_t n = 0;
    const void *hash;

    *ret = (struct version){.pack = pack};
    if (!sql_query(tx, &rules_queries[RULES_Q_VERSION_NEWEST], &rows, e, SQL_INT(district), SQL_TEXT(pack)))
        return false;
    if (sql_next(rows)) {
        ret->number = sql_int(rows, 0);
        ret->at = sql_int(rows, 1);
        ret->actor = sql_uuid(rows, 2);
        hash = sql_blob(rows, 4, &n);
        if (n == HASH_BYTES)
            memcpy(ret->hash, hash, n);
    }
    return sql_end(&rows, e);
}

bool version_write(struct sql_tx *tx, int64_t district, const struct edition *d, const struct version *v,
                   struct err *e)
{
    struct json_out j;
    bool ok =
        files_json(d, &j, e) &&
        sql_run(tx, &rules_queries[RULES_Q_VERSION_ADD], e, SQL_INT(district), SQL_TEXT(v->pack),
                SQL_INT(v->number), SQL_INT(v->at), uuid_is_nil(v->actor) ? SQL_NULL : SQL_UUID(&v->actor),
                SQL_TEXT(v->note), SQL_TEXT(j.buf), SQL_BLOB(v->hash, HASH_BYTES));

    jo_free(&j);
    return ok;
}

static bool add_audit(struct sql_tx *tx, const struct doing *by, const struct version *v, struct err *e)
{
    struct json_out j;

    jo_begin(&j, DETAIL_BYTES);
    jo_obj(&j, NULL);
    jo_int(&j, "number", v->number);
    jo_str(&j, "note", v->note);
    jo_close(&j);
    return audit_add(tx, by, "pack.save", v->pack, &j, e);
}

bool version_save(const struct doing *by, const struct privacy *pv, const struct edition *d, const char *note,
                  struct version *ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    uint8_t hash[HASH_BYTES];

    edition_hash(pv, d, hash);
    if (!sql_begin(by->db, SQL_WRITE, &tx, e) || !newest(tx, by->district, d->pack, ret, e))
        return false;
    if (ret->number > 0 && memcmp(ret->hash, hash, HASH_BYTES) == 0)
        return true;
    *ret = (struct version){
        .pack = d->pack, .note = note, .number = ret->number + 1, .at = by->now, .actor = by->actor};
    memcpy(ret->hash, hash, HASH_BYTES);
    return version_write(tx, by->district, d, ret, e) && add_audit(tx, by, ret, e) && sql_commit(&tx, e);
}

bool version_read(struct sql_tx *tx, int64_t district, const char *pack, int64_t number, struct arena *a,
                  struct edition *ret, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;

    if (!sql_query(tx, &rules_queries[RULES_Q_VERSION_GET], &rows, e, SQL_INT(district), SQL_TEXT(pack),
                   SQL_INT(number)))
        return false;
    if (!sql_next(rows))
        return ERR(e, ERR_NOT_FOUND, "version.none", "程序包“%.40s”没有第 %lld 版",
                   "the pack “%.40s” has no version %lld", pack, (long long)number);
    return edition_parse(sql_text(rows, 0), pack, a, ret, e) && sql_end(&rows, e);
}

bool version_list(struct sql_tx *tx, int64_t district, const char *pack, struct arena *a,
                  struct version **ret, size_t *ret_n, struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    struct version *list = arena_array(a, struct version, VERSIONS_SHOWN);
    size_t n = 0, len = 0;

    if (!sql_query(tx, &rules_queries[RULES_Q_VERSIONS], &rows, e, SQL_INT(district), SQL_TEXT(pack),
                   SQL_INT(VERSIONS_SHOWN)))
        return false;
    for (; sql_next(rows) && n < VERSIONS_SHOWN; n++) {
        const void *hash = sql_blob(rows, 4, &len);

        list[n] = (struct version){.pack = pack,
                                   .number = sql_int(rows, 0),
                                   .at = sql_int(rows, 1),
                                   .actor = sql_uuid(rows, 2),
                                   .note = arena_strdup(a, sql_text(rows, 3))};
        if (len == HASH_BYTES)
            memcpy(list[n].hash, hash, len);
    }
    *ret = list;
    *ret_n = n;
    return sql_end(&rows, e);
}

bool version_packs(struct sql_tx *tx, int64_t district, struct arena *a, const char ***ret, size_t *ret_n,
                   struct err *e)
{
    AUTO(sql_rows_free) struct sql_rows *rows = NULL;
    enum { PACKS_SHOWN = 400 };
    const char **names = arena_array(a, const char *, PACKS_SHOWN);
    size_t n = 0;

    if (!sql_query(tx, &rules_queries[RULES_Q_VERSION_PACKS], &rows, e, SQL_INT(district)))
        return false;
    while (sql_next(rows) && n < PACKS_SHOWN)
        names[n++] = arena_strdup(a, sql_text(rows, 0));
    *ret = names;
    *ret_n = n;
    return sql_end(&rows, e);
}
