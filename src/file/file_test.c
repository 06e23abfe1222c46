#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "database.h"
#include "file.sql.h"
#include "file/claim.h"
#include "file/file.h"
#include "file/image.h"
#include "file/sniff.h"
#include "identity/identity.h"
#include "test.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vips/vips.h>

static char dir[64];
static struct sql *db;
static struct services services;
static const struct post clerk_post = {.role = "clerk"};
static const struct principal anonymous = {.kind = ACTOR_ANONYMOUS};
static const struct principal clerk = {
    .account = {{1}}, .kind = ACTOR_PERSON, .posts = &clerk_post, .n_posts = 1};
static const struct principal resident = {.account = {{2}}, .kind = ACTOR_PERSON},
                              other = {.account = {{3}}, .kind = ACTOR_PERSON};

static bool authenticate(const struct services *s, struct arena *a, const char *token, int64_t now,
                         const struct principal **ret, struct err *e)
{
    (void)s, (void)a, (void)now, (void)e;
    *ret = token == NULL               ? &anonymous
           : str_eq(token, "clerk")    ? &clerk
           : str_eq(token, "resident") ? &resident
                                       : &other;
    return true;
}

static bool permits(const struct principal *who, enum perm p)
{
    return p == PERM_PUBLIC || who->n_posts > 0;
}
static const struct http_auth auth = {authenticate, permits};
static const struct route *const tables[] = {file_routes};

static void die(const struct err *e)
{
    (void)printf("Bail out! %s\n", e->en);
    exit(1);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static void clean(void)
{
    sessions_free(&services.sessions);
    file_close();
    sql_close(&db);
    (void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void once(void)
{
    struct err e = {0};
    char path[128];

    if (db != NULL)
        return;
    str_copy(dir, sizeof dir, "/tmp/wangge-file-XXXXXX");
    if (mkdtemp(dir) == NULL)
        exit(1);
    (void)snprintf(path, sizeof path, "%s/db", dir);
    if (!sql_open(test_postgres() != NULL ? test_database() : path, &(struct sql_options){0}, &db, &e) ||
        !sql_migrate(db, sql_migrations, sql_n_migrations, &e) ||
        !sql_check(db, file_queries, FILE_Q__MAX, &e) || !file_open(dir, &e))
        die(&e);
    (void)atexit(clean);
    services = (struct services){
        .db = db, .sessions = sessions_create(db, NULL, 330803), .district = 330803, .data_dir = dir};
}

struct answer {
    int status;
    char *body;
    size_t len;
};

static void answer_free(struct answer *a)
{
    free(a->body);
}

static struct answer run(struct http_call c)
{
    char uploads[FILE_PATH_MAX];
    struct answer a;

    file_upload_dir(dir, uploads);
    struct http_config cfg = {
        .services = &services, .auth = &auth, .routes = tables, .n_tables = 1, .upload_dir = uploads};
    a.status = http_dispatch(&cfg, &c, &a.body, &a.len);
    return a;
}

static struct answer upload(const char *token, const void *bytes, size_t n)
{
    struct buf b;
    static const char head[] =
        "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../照片.jpg\"\r\n"
        "Content-Type: image/jpeg\r\n\r\n";

    buf_init(&b, 64 << 20);
    buf_str(&b, head);
    buf_add(&b, bytes, n);
    buf_str(&b, "\r\n--B--\r\n");
    struct answer a = run((struct http_call){.method = POST,
                                             .target = "/api/v1/files",
                                             .token = token,
                                             .content_type = "multipart/form-data; boundary=B",
                                             .body = b.s,
                                             .body_len = b.len});
    buf_free(&b);
    return a;
}

#define TEXT(s) (s), sizeof(s) - 1

static struct answer get(const char *token, const char *id, const char *rest)
{
    char target[256];

    (void)snprintf(target, sizeof target, "/api/v1/files/%s%s", id, rest);
    return run((struct http_call){.method = GET, .target = target, .token = token});
}

/* The member's text of a flat answer. */
static const char *member(const struct answer *a, const char *name, char out[80])
{
    char key[40];

    (void)snprintf(key, sizeof key, "\"%s\":\"", name);
    const char *s = strstr(a->body, key);
    out[0] = '\0';
    if (s != NULL)
        (void)snprintf(out, 80, "%.*s", (int)strcspn(s + strlen(key), "\""), s + strlen(key));
    return out;
}

/* A picture of width x height, with EXIF that says "turned by 90 degrees, taken at 28.97 N". */
static void picture(int width, int height, const char *suffix, void **ret, size_t *ret_n)
{
    double one[] = {1, 1, 1}, colour[] = {200, 90, 20};
    VipsImage *black = NULL, *rgb = NULL;

    check(vips_black(&black, width, height, "bands", 3, NULL) == 0);
    check(vips_linear(black, &rgb, one, colour, 3, "uchar", TRUE, NULL) == 0);
    VipsImage *im = NULL;
    check(vips_copy(rgb, &im, "interpretation", VIPS_INTERPRETATION_sRGB, NULL) == 0);
    vips_image_set_int(im, "orientation", 6);
    vips_image_set_string(im, "exif-ifd0-Orientation", "6 (Right-top, Short, 1 components, 2 bytes)");
    vips_image_set_string(im, "exif-ifd3-GPSLatitude",
                          "28/1 58/1 0/1 (28, 58, 0, Rational, 3 components, 24 bytes)");
    vips_image_set_string(im, "exif-ifd0-Make",
                          "SecretCamera (SecretCamera, ASCII, 13 components, 13 bytes)");
    check(vips_image_write_to_buffer(im, suffix, ret, ret_n, NULL) == 0);
    g_object_unref(im);
    g_object_unref(rgb);
    g_object_unref(black);
}

TEST(types_are_what_the_bytes_say)
{
    check(strcmp(sniff((const unsigned char *)"\xff\xd8\xff\xe0 and so on", 16)->mime, "image/jpeg") == 0);
    check(strcmp(sniff((const unsigned char *)"RIFF1234WEBPVP8 ", 16)->mime, "image/webp") == 0);
    check(strcmp(sniff((const unsigned char *)"RIFF1234WAVEfmt ", 16)->mime, "audio/wav") == 0);
    check(strcmp(sniff((const unsigned char *)"\0\0\0\x18"
                                              "ftypheic....",
                       16)
                     ->mime,
                 "image/heic") == 0);
    check(strcmp(sniff((const unsigned char *)"\0\0\0\x18"
                                              "ftypM4A ....",
                       16)
                     ->mime,
                 "audio/mp4") == 0);
    check(strcmp(sniff((const unsigned char *)"\0\0\0\x18"
                                              "ftypisom....",
                       16)
                     ->mime,
                 "video/mp4") == 0);
    check(strcmp(sniff((const unsigned char *)"%PDF-1.7\n%....", 14)->mime, "application/pdf") == 0);
    check(sniff((const unsigned char *)"<html><script>alert(1)", 22) == NULL);
    check(sniff((const unsigned char *)"<svg xmlns='http://x'>", 22) == NULL);
    check(sniff((const unsigned char *)"MZ\x90 an executable", 16) == NULL);
    check(sniff((const unsigned char *)"\xff\xd8\xff", 3) == NULL);
}

/* The three bands of the test picture, give or take what JPEG does to them. */
static bool has_colours(VipsImage *im)
{
    static const double colour[] = {200, 90, 20};

    for (int band = 0; band < 3; band++) {
        VipsImage *one = NULL;
        double mean = 0;
        bool ok = vips_extract_band(im, &one, band, NULL) == 0 && vips_avg(one, &mean, NULL) == 0;

        if (one != NULL)
            g_object_unref(one);
        if (!ok || fabs(mean - colour[band]) > 16)
            return false;
    }
    return vips_image_get_bands(im) == 3;
}

TEST(pictures_lose_their_metadata)
{
    void *bytes;
    size_t n;
    char id[80], id2[80], sha[80], sha2[80];

    once();
    picture(4000, 1000, ".jpg", &bytes, &n);
    check(memmem(bytes, n, "Exif", 4) != NULL && memmem(bytes, n, "SecretCamera", 12) != NULL);
    struct answer a = upload("resident", bytes, n), again = upload("resident", bytes, n);
    check(a.status == 201 && strstr(a.body, "claim") == NULL);
    /* turned upright, then 2,560 on the longer side */
    check(strstr(a.body, "\"width\":640,\"height\":2560") != NULL);
    member(&a, "id", id), member(&again, "id", id2);
    check(strcmp(id, id2) != 0 && strcmp(member(&a, "sha256", sha), member(&again, "sha256", sha2)) == 0);
    struct answer got = get("resident", id, "");
    check(got.status == 200 && got.len > 500 && memcmp(got.body, "\xff\xd8\xff", 3) == 0);
    check(memmem(got.body, got.len, "Exif", 4) == NULL &&
          memmem(got.body, got.len, "SecretCamera", 12) == NULL);
    struct answer thumb = get("resident", id, "/thumb");
    VipsImage *im = vips_image_new_from_buffer(thumb.body, thumb.len, "", NULL);
    check(im != NULL && vips_image_get_width(im) == 120 && vips_image_get_height(im) == 480);
    check(has_colours(im));
    if (im != NULL)
        g_object_unref(im);
    answer_free(&a), answer_free(&again), answer_free(&got), answer_free(&thumb);
    g_free(bytes);
}

TEST(other_pictures)
{
    static const struct {
        const char *suffix, *stored;
    } cases[] = {{".png", "image/png"}, {".webp", "image/jpeg"}, {".gif", "image/png"}};
    once();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        void *bytes;
        size_t n;
        char type[80];
        picture(60, 40, cases[i].suffix, &bytes, &n);
        struct answer a = upload("resident", bytes, n);
        check(a.status == 201 && strcmp(member(&a, "type", type), cases[i].stored) == 0);
        answer_free(&a);
        g_free(bytes);
    }
}

TEST(bad_files_are_refused)
{
    void *bytes;
    size_t n;
    char png[64] = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xff\xff\0\0\xff\xff\x08\x02\0\0\0";

    once();
    struct answer a = upload(NULL, TEXT("<script>alert(1)</script>"));
    check(a.status == 415 && strstr(a.body, "file.type") != NULL);
    answer_free(&a);
    a = upload(NULL, TEXT(""));
    check(a.status == 422);
    answer_free(&a);
    a = upload(NULL, TEXT("\xff\xd8\xff\xe0 no picture at all"));
    check(a.status == 422 && strstr(a.body, "file.image") != NULL);
    answer_free(&a);
    picture(800, 600, ".jpg", &bytes, &n);
    a = upload(NULL, bytes, n / 2);
    check(a.status == 422);
    answer_free(&a);
    g_free(bytes);
    a = upload(NULL, png, sizeof png); /* claims 65,535 x 65,535 */
    check(a.status == 413 || a.status == 422);
    answer_free(&a);
}

TEST(files_are_for_those_concerned)
{
    static const char pdf[] = "%PDF-1.4 one page";
    char id[80], claim[80], query[100];

    once();
    struct answer a = upload(NULL, pdf, sizeof pdf);
    check(a.status == 201);
    member(&a, "id", id), member(&a, "claim", claim);
    check(strlen(claim) == 64);
    answer_free(&a);
    const struct {
        const char *token, *rest;
        int status;
    } cases[] = {{NULL, "", 404},
                 {"other", "", 404},
                 {"clerk", "", 404}, /* it is no matter's yet */
                 {NULL, "?claim=00", 404}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        a = get(cases[i].token, id, cases[i].rest);
        check(a.status == cases[i].status);
        answer_free(&a);
    }
    (void)snprintf(query, sizeof query, "?claim=%s", claim);
    a = get(NULL, id, query);
    check(a.status == 200 && a.len == sizeof pdf && memcmp(a.body, pdf, sizeof pdf) == 0);
    answer_free(&a);
    (void)snprintf(query, sizeof query, "/thumb?claim=%s", claim);
    a = get(NULL, id, query);
    check(a.status == 404);
    answer_free(&a);
}

static bool checks_for(struct uuid record, const struct uuid *ids, size_t n, struct uuid who,
                       const char *claim, const char *key)
{
    AUTO(sql_rollback) struct sql_tx *tx = NULL;
    struct err e = {0};

    if (!sql_begin(db, SQL_READ, &tx, &e))
        return false;
    bool ok = file_check(tx, 330803, record, ids, n, who, claim, &e);
    return key == NULL ? ok : !ok && e.n_details > 0 && str_eq(e.details[0].key, key);
}

static bool checks(const struct uuid *ids, size_t n, struct uuid who, const char *claim, const char *key)
{
    return checks_for((struct uuid){0}, ids, n, who, claim, key);
}

TEST(records_take_files_once)
{
    struct uuid ids[2], record = {{9}};
    struct err e = {0};
    char text[80], claim[80];

    once();
    struct answer mine = upload("resident", TEXT("%PDF-1.4 mine")),
                  loose = upload(NULL, TEXT("%PDF-1.4 loose"));
    check(uuid_parse(member(&mine, "id", text), &ids[0]) && uuid_parse(member(&loose, "id", text), &ids[1]));
    member(&loose, "claim", claim);
    check(checks(ids, 1, resident.account, NULL, NULL));
    check(checks(ids, 2, resident.account, claim, NULL));
    check(checks(ids, 2, resident.account, NULL, "file.unknown"));
    check(checks(ids, 1, other.account, claim, "file.unknown"));
    check(checks(ids, 1, (struct uuid){0}, NULL, "file.unknown"));
    check(checks(&record, 1, resident.account, NULL, "file.unknown"));
    struct sql_tx *tx = NULL;
    check(sql_begin(db, SQL_WRITE, &tx, &e) && file_take(tx, 330803, ids, 1, record, &e) &&
          sql_commit(&tx, &e));
    check(checks(ids, 1, resident.account, NULL, "file.taken"));
    check(checks_for((struct uuid){{7}}, ids, 1, resident.account, NULL, "file.taken"));
    check(checks_for(record, ids, 1, resident.account, NULL, NULL));
    check(checks_for(record, ids, 1, other.account, NULL, NULL));
    check(checks_for(record, ids, 2, other.account, NULL, "file.unknown"));
    answer_free(&mine), answer_free(&loose);
}

TEST(loose_files_are_swept)
{
    char id[80], taken[80], path[FILE_PATH_MAX];
    struct uuid ids[1], record = {{8}};
    struct err e = {0};
    int removed = 0;

    once();
    struct answer a = upload("resident", TEXT("%PDF-1.4 swept")),
                  b = upload("resident", TEXT("%PDF-1.4 kept for ever"));
    int64_t later = time_now_ms() + FILE_LOOSE_MS + 1000;
    member(&a, "id", id), member(&b, "id", taken);
    check(uuid_parse(taken, &ids[0]));
    struct sql_tx *tx = NULL;
    check(sql_begin(db, SQL_WRITE, &tx, &e) && file_take(tx, 330803, ids, 1, record, &e) &&
          sql_commit(&tx, &e));
    (void)snprintf(path, sizeof path, "%s/uploads/upload-old", dir);
    FILE *f = fopen(path, "w");
    check(f != NULL && fclose(f) == 0);
    check(file_sweep(db, 330803, dir, time_now_ms(), &removed, &e) && removed == 0 &&
          access(path, F_OK) == 0);
    check(file_sweep(db, 330803, dir, later, &removed, &e) && removed > 0 && access(path, F_OK) != 0);
    struct answer gone = get("resident", id, ""), kept = get("resident", taken, "");
    check(gone.status == 404 && kept.status == 200);
    answer_free(&a), answer_free(&b), answer_free(&gone), answer_free(&kept);
}
