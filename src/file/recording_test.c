/* Recordings: real ones, as browsers make them, and some that lie. */
#include "base/limits.h"
#include "file/recording.h"
#include "test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned char *sample(const char *name, size_t *ret_n)
{
    char path[512];
    struct stat st;
    const char *source = getenv("WANGGE_SOURCE");

    (void)snprintf(path, sizeof path, "%s/test/media/%s", source == NULL ? "." : source, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL || fstat(fileno(f), &st) != 0)
        return NULL;
    unsigned char *bytes = xcalloc(1, (size_t)st.st_size);
    *ret_n = fread(bytes, 1, (size_t)st.st_size, f);
    (void)fclose(f);
    return bytes;
}

static bool reads(const char *mime, const unsigned char *bytes, size_t n, struct recording *r)
{
    return recording_read(sniff_stored(mime), bytes, n, r);
}

TEST(what_browsers_record)
{
    static const struct {
        const char *name, *mime;
        bool sound, picture;
        int64_t from_ms, to_ms;
    } cases[] = {
        {"voice.webm", "video/webm", true, false, 900, 2600},
        {"voice.mp4", "video/mp4", true, false, 900, 2600},
        {"film.webm", "video/webm", true, true, 300, 2600},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct recording r = {0};
        size_t n = 0;
        unsigned char *bytes = sample(cases[i].name, &n);

        check(bytes != NULL && reads(cases[i].mime, bytes, n, &r));
        check(r.sound == cases[i].sound && r.picture == cases[i].picture);
        check(r.length_ms >= cases[i].from_ms && r.length_ms <= cases[i].to_ms);
        if (bytes != NULL)
            check(!reads(cases[i].mime, bytes, n - 3, &r) || n < 40); /* the last piece is cut */
        free(bytes);
    }
}

/* A WAV head: 8,000 bytes a second, `n` bytes of sound, of which none follow. */
static void wav(unsigned char head[44], uint32_t n)
{
    static const unsigned char begin[44] =
        "RIFF\0\0\0\0WAVEfmt \20\0\0\0\1\0\1\0\100\37\0\0\100\37\0\0\1\0\10\0data";

    memcpy(head, begin, 44);
    for (int i = 0; i < 4; i++)
        head[40 + i] = (unsigned char)(n >> 8 * i);
}

TEST(length_is_what_is_there)
{
    enum { SECONDS = 700 };
    size_t n = 44 + (size_t)SECONDS * 8000;
    unsigned char *bytes = xcalloc(1, n);
    struct recording r;

    wav(bytes, SECONDS * 8000U);
    check(reads("audio/wav", bytes, n, &r) && r.sound && !r.picture && r.length_ms == SECONDS * 1000);
    check(reads("audio/wav", bytes, 44 + 16000, &r) && r.length_ms == 2000); /* it says more than there is */
    free(bytes);
}

TEST(long_opus)
{
    /* Two pages: the head, and one that ends at sample 48,000 * 61. */
    unsigned char ogg[200] = "OggS\0\2";
    struct recording r;
    uint64_t end = 48000U * 61U;

    memcpy(ogg + 28, "OpusHead", 8);
    memcpy(ogg + 100, "OggS", 4);
    for (int i = 0; i < 8; i++)
        ogg[106 + i] = (unsigned char)(end >> 8 * i);
    check(reads("audio/ogg", ogg, sizeof ogg, &r) && r.sound && r.length_ms == 61000);
    memset(ogg + 28, 0, 8);
    check(!reads("audio/ogg", ogg, sizeof ogg, &r));
}

static void put(const char *path, const unsigned char *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");

    check(f != NULL && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

static const char *refused(const unsigned char *bytes, size_t n, const char *mime, const char **ret_type)
{
    static struct err e;
    char path[] = "/tmp/wangge-recording-XXXXXX";
    const struct file_type *type = sniff_stored(mime);
    int fd = mkstemp(path);

    e = (struct err){0};
    check(fd >= 0 && close(fd) == 0);
    put(path, bytes, n);
    bool ok = recording_check(path, "file", &type, &e);
    (void)unlink(path);
    *ret_type = type->mime;
    return ok ? "" : e.details[0].key;
}

TEST(what_is_taken)
{
    size_t n = 0, most = (size_t)LIMIT_SOUND_MS / 1000 * 8000 + 44;
    unsigned char *voice = sample("voice.webm", &n), *wave = xcalloc(1, most + 8000);
    const char *type;

    check(voice != NULL && strcmp(refused(voice, n, "video/webm", &type), "") == 0);
    check(strcmp(type, "audio/webm") == 0); /* no picture, so it is no video */
    check(strcmp(refused(voice, n / 8, "video/webm", &type), "file.recording") == 0);
    wav(wave, (uint32_t)most - 44);
    check(strcmp(refused(wave, most, "audio/wav", &type), "") == 0);
    wav(wave, (uint32_t)most - 44 + 8000);
    check(strcmp(refused(wave, most + 8000, "audio/wav", &type), "file.sound_long") == 0);
    free(wave);
    wave = xcalloc(1, LIMIT_SOUND_BYTES + 1);
    wav(wave, 8000);
    check(strcmp(refused(wave, LIMIT_SOUND_BYTES + 1, "audio/wav", &type), "file.sound_large") == 0);
    free(wave), free(voice);
}
