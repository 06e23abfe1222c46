#include "base/limits.h"
#include "base/text.h"
#include "file.sql.h"
#include "file/claim.h"
#include "file/file.h"
#include "file/image.h"
#include "file/office.h"
#include "file/recording.h"
#include "file/sniff.h"
#include "file/store.h"
#include "file/worker.h"
#include "identity/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CLAIM_HEADER "X-Wangge-Claim"
enum { NAME_CHARS = 100 };

/* One request's files on their way into the store. In the request's arena. */
struct intake {
    struct work work; /* first */
    struct req *r;
    const struct file_type *types[LIMIT_FILES_PER_UPLOAD];
    struct file files[LIMIT_FILES_PER_UPLOAD];
    const char *thumbs[LIMIT_FILES_PER_UPLOAD], *temporary[LIMIT_FILES_PER_UPLOAD];
    char claim[CLAIM_TEXT_MAX];
    uint8_t claim_hash[32];
    bool anonymous, ok;
    struct err err;
};

/* --- in the worker --- */

static bool make_picture(struct intake *in, size_t i, struct err *e)
{
    const struct upload *u = &in->r->uploads[i];
    struct file *f = &in->files[i];
    bool png = in->types[i]->kind == FILE_DRAWING;

    in->temporary[i] = arena_printf(in->r->arena, "%s.%s", u->path, png ? "png" : "jpg");
    in->thumbs[i] = arena_printf(in->r->arena, "%s.thumb.jpg", u->path);
    f->type = png ? "image/png" : "image/jpeg";
    return image_normalise(u->path, png, in->temporary[i], in->thumbs[i], &f->width, &f->height, e) &&
           store_hash(in->temporary[i], f->sha256, &f->size, e);
}

/* What its first bytes promised is there. */
static bool sound(const struct upload *u, const struct file_type **type, struct err *e)
{
    if ((*type)->kind == FILE_OFFICE)
        return office_check(u->path, u->filename, type, e);
    return (*type)->kind == FILE_DOCUMENT || recording_check(u->path, u->field, type, e);
}

static bool prepare(struct intake *in, size_t i, struct err *e)
{
    const struct upload *u = &in->r->uploads[i];
    struct file *f = &in->files[i];

    f->id = uuid_make();
    if (in->types[i]->kind == FILE_PHOTO || in->types[i]->kind == FILE_DRAWING)
        return make_picture(in, i, e);
    if (!sound(u, &in->types[i], e))
        return false;
    in->temporary[i] = u->path;
    f->type = in->types[i]->mime;
    f->size = u->size;
    memcpy(f->sha256, u->sha256, sizeof f->sha256);
    return true;
}

static bool put(const struct intake *in, size_t i, struct err *e)
{
    const char *dir = in->r->services->data_dir;
    const uint8_t *sha = in->files[i].sha256;

    return (in->thumbs[i] == NULL || store_put(dir, in->thumbs[i], sha, ".thumb", e)) &&
           store_put(dir, in->temporary[i], sha, "", e);
}

static bool add_row(struct intake *in, struct sql_tx *tx, size_t i, struct err *e)
{
    const struct req *r = in->r;
    const struct file *f = &in->files[i];

    return sql_run(tx, &file_queries[FILE_Q_ADD], e, SQL_INT(r->services->district), SQL_UUID(&f->id),
                   SQL_BLOB(f->sha256, 32), SQL_INT(f->size), SQL_TEXT(f->type), SQL_TEXT(f->name),
                   SQL_INT(f->width), SQL_INT(f->height), SQL_UUID(&r->who->account),
                   in->anonymous ? SQL_BLOB(in->claim_hash, 32) : SQL_NULL, SQL_INT(r->now));
}

/* All of a request's files or none. */
static bool commit(struct intake *in, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    for (size_t i = 0; i < in->r->n_uploads; i++)
        if (!put(in, i, e))
            return false;
    if (!sql_begin(in->r->services->db, SQL_WRITE, &tx, e))
        return false;
    for (size_t i = 0; i < in->r->n_uploads; i++)
        if (!add_row(in, tx, i, e))
            return false;
    return sql_commit(&tx, e);
}

static void take_in(struct work *w)
{
    struct intake *in = (struct intake *)w;

    in->ok = true;
    for (size_t i = 0; in->ok && i < in->r->n_uploads; i++)
        in->ok = prepare(in, i, &in->err);
    if (in->ok) {
        store_lock();
        in->ok = commit(in, &in->err);
        store_unlock();
    }
    for (size_t i = 0; i < in->r->n_uploads; i++) { /* gone already if all went well */
        if (in->thumbs[i] != NULL)
            (void)unlink(in->thumbs[i]);
        if (in->temporary[i] != NULL)
            (void)unlink(in->temporary[i]);
    }
    req_wake(in->r);
}

/* --- POST /api/v1/files --- */

static bool sniff_upload(const struct upload *u, const struct file_type **ret, struct err *e)
{
    unsigned char head[SNIFF_BYTES];
    int fd = open(u->path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head);

    if (fd >= 0)
        (void)close(fd);
    if (n < 0)
        return ERR(e, ERR_INTERNAL, "file.read", "无法读取刚上传的文件：%s", "the upload cannot be read: %s",
                   strerror(errno));
    *ret = sniff(head, (size_t)n);
    return *ret != NULL ||
           ERR(e, ERR_MEDIA, "file.type",
               "不能识别文件“%.60s”的内容：可上传 JPEG、PNG、WebP、GIF、HEIC "
               "图片，PDF、DOCX、XLSX，MP4、MOV、3GP、WebM 视频，"
               "M4A、OGG、WAV 录音",
               "the content of \"%.60s\" is not known: JPEG, PNG, WebP, GIF, HEIC, PDF, DOCX, XLSX, MP4, "
               "MOV, 3GP, WebM, M4A, OGG "
               "and WAV can be sent",
               u->filename);
}

/* The last part of the name the client gave, for people; never part of a path. */
static const char *plain_name(struct arena *a, const char *s)
{
    for (const char *p = s; *p != '\0'; p++)
        if (*p == '/' || *p == '\\')
            s = p + 1;
    char *out = arena_strndup(a, s, utf8_prefix(s, NAME_CHARS));
    for (char *p = out; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '_';
    return out;
}

static bool post_files(struct req *r, struct err *e)
{
    struct intake *in = arena_new(r->arena, struct intake);

    in->anonymous = uuid_is_nil(r->who->account);
    for (size_t i = 0; i < r->n_uploads; i++) {
        /* What nobody's report takes stays for a day. */
        if (in->anonymous && !sessions_limit_files(r->services->sessions, r->client, r->now, e))
            return false;
        if (r->uploads[i].size == 0)
            return ERR_FIELD(e, r->uploads[i].field, "file.empty", "文件是空的", "the file is empty");
        if (!sniff_upload(&r->uploads[i], &in->types[i], e))
            return false;
        in->files[i].name = plain_name(r->arena, r->uploads[i].filename);
    }
    in->work.run = take_in;
    in->r = r;
    if (in->anonymous && !claim_take(req_header_in(r, CLAIM_HEADER), in->claim, in->claim_hash))
        claim_make(in->claim, in->claim_hash);
    r->state = in;
    r->pending = true;
    return worker_put(&in->work, e);
}

static void write_file(struct json_out *j, const struct file *f)
{
    char hex[65];

    hex_encode(f->sha256, 32, hex);
    jo_uuid(j, "id", f->id);
    jo_str(j, "sha256", hex);
    jo_int(j, "size", f->size);
    jo_str(j, "type", f->type);
    jo_int(j, "width", f->width);
    jo_int(j, "height", f->height);
}

static bool post_files_done(struct req *r, struct err *e)
{
    struct intake *in = r->state;

    if (!in->ok) {
        *e = in->err;
        return false;
    }
    r->status = 201;
    jo_obj(&r->out, NULL);
    if (r->n_uploads == 1)
        write_file(&r->out, &in->files[0]);
    jo_arr(&r->out, "items");
    for (size_t i = 0; i < r->n_uploads; i++) {
        jo_obj(&r->out, NULL);
        write_file(&r->out, &in->files[i]);
        jo_close(&r->out);
    }
    jo_close(&r->out);
    if (in->anonymous)
        jo_str(&r->out, "claim", in->claim);
    jo_close(&r->out);
    return true;
}

/* --- GET /api/v1/files/{id} --- */

/* Who sent it, and who may see what it is evidence of; until then nobody else, the staff neither. */
static bool may_see(const struct req *r, struct sql_tx *tx, const struct file *f)
{
    const char *claim = req_query(r, "claim");

    if (claim == NULL)
        claim = req_header_in(r, CLAIM_HEADER);
    if ((!uuid_is_nil(f->account) && uuid_eq(f->account, r->who->account)) || claim_fits(f, claim))
        return true;
    return !uuid_is_nil(f->record) && file_may_see != NULL && file_may_see(r->services, tx, r->who, claim, f);
}

/* --- GET /api/v1/files?ids= --- */

/* The next id of a comma list; *at is moved behind it. */
static bool next_id(const char **at, struct uuid *ret, struct err *e)
{
    char text[UUID_TEXT_MAX];
    size_t n = strcspn(*at, ",");

    if (n < sizeof(text)) {
        memcpy(text, *at, n);
        text[n] = '\0';
    }
    if (n >= sizeof(text) || !uuid_parse(text, ret))
        return ERR_FIELD(e, "ids", "file.ids", "ids 须是以逗号分隔的文件编号，最多 %d 个",
                         "ids must be ids of files with commas between, at most %d", LIMIT_FILES);
    *at += n + ((*at)[n] == ',');
    return true;
}

/* What one may not see is left out, like what does not exist. */
static bool list_files(struct req *r, struct err *e)
{
    const char *at = req_query(r, "ids") == NULL ? "" : req_query(r, "ids");
    AUTO(sql_rollback) struct sql_tx *tx = NULL;

    if (!sql_begin(r->services->db, SQL_READ, &tx, e))
        return false;
    jo_obj(&r->out, NULL);
    jo_arr(&r->out, "items");
    for (int n = 0; n < LIMIT_FILES && *at != '\0'; n++) {
        struct file *f = NULL;
        struct uuid id;

        if (!next_id(&at, &id, e) || !file_get(tx, r->services->district, id, r->arena, &f, e))
            return false;
        if (f == NULL || !may_see(r, tx, f))
            continue;
        jo_obj(&r->out, NULL);
        write_file(&r->out, f);
        jo_close(&r->out);
    }
    jo_close(&r->out);
    jo_close(&r->out);
    return true;
}

static bool visible_file(struct req *r, struct file **ret, struct err *e)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct uuid id;

    if (!req_uuid(r, 0, &id, e) || !sql_begin(r->services->db, SQL_READ, &tx, e) ||
        !file_get(tx, r->services->district, id, r->arena, ret, e))
        return false;
    return (*ret != NULL && may_see(r, tx, *ret)) ||
           ERR(e, ERR_NOT_FOUND, "file.unknown", "没有这个文件，或您不能查看它",
               "there is no such file, or it is not for you");
}

static void answer_bytes(struct req *r, const struct file *f, const char *suffix)
{
    char *path = arena_alloc(r->arena, FILE_PATH_MAX);

    store_path(r->services->data_dir, f->sha256, suffix, path);
    r->file_path = path;
    req_header(r, "Cache-Control", "private, max-age=31536000, immutable");
}

static bool get_file(struct req *r, struct err *e)
{
    char id[UUID_TEXT_MAX];
    struct file *f = NULL;

    if (!visible_file(r, &f, e))
        return false;
    const struct file_type *t = sniff_stored(f->type);
    uuid_format(f->id, id);
    r->content_type = t == NULL ? "application/octet-stream" : t->mime;
    req_header(r, "Content-Disposition",
               arena_printf(r->arena, "%s; filename=\"%s.%s\"",
                            t == NULL || t->kind == FILE_OFFICE ? "attachment" : "inline", id,
                            t == NULL ? "bin" : t->suffix));
    answer_bytes(r, f, "");
    return true;
}

static bool get_thumb(struct req *r, struct err *e)
{
    struct file *f = NULL;

    if (!visible_file(r, &f, e))
        return false;
    if (f->width == 0)
        return ERR(e, ERR_NOT_FOUND, "file.thumb", "这个文件不是图片，没有缩略图",
                   "the file is no picture and has no thumbnail");
    r->content_type = "image/jpeg";
    answer_bytes(r, f, ".thumb");
    return true;
}

const struct route file_routes[] = {
    {POST, "/api/v1/files", PERM_PUBLIC, BODY_UPLOAD, post_files, post_files_done, 0,
     "send one to nine files as evidence", "files"},
    {GET, "/api/v1/files", PERM_PUBLIC, BODY_NONE, list_files, NULL, 0, "what files are", "files"},
    {GET, "/api/v1/files/{id}", PERM_PUBLIC, BODY_NONE, get_file, NULL, 0, "the file itself", NULL},
    {GET, "/api/v1/files/{id}/thumb", PERM_PUBLIC, BODY_NONE, get_thumb, NULL, 0, "a small JPEG of a picture",
     NULL},
    {0},
};

#define FILE_PROPERTIES                                                                                      \
    "\"id\":{\"type\":\"string\",\"format\":\"uuid\"},\"sha256\":{\"type\":\"string\"},"                     \
    "\"size\":{\"type\":\"integer\"},\"type\":{\"type\":\"string\"},\"width\":{\"type\":\"integer\"},"       \
    "\"height\":{\"type\":\"integer\"}"
const struct openapi_schema file_schemas[] = {
    {"file", "{\"type\":\"object\",\"required\":[\"id\",\"sha256\",\"size\",\"type\",\"width\",\"height\"],"
             "\"properties\":{" FILE_PROPERTIES "}}"},
    {"files",
     "{\"type\":\"object\",\"required\":[\"items\"],\"properties\":{\"items\":{\"type\":\"array\",\"items\":{"
     "\"$ref\":\"#/components/schemas/file\"}},\"claim\":{\"type\":\"string\"}," FILE_PROPERTIES "}}"},
    {0},
};
