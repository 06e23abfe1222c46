/* Only what says which tracks there are and when they end is looked at. All containers that nest are walked
 * flat: going into one is going on behind its head, so that broken lengths cost nothing but the file. */
#include "file/recording.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRACKS_MAX = 16 };

struct bytes {
    const unsigned char *at, *end;
};

static uint64_t big(const unsigned char *p, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static uint64_t little(const unsigned char *p, size_t n)
{
    uint64_t v = 0;

    for (size_t i = n; i > 0; i--)
        v = v << 8 | p[i - 1];
    return v;
}

/* value * 1000 / rate without overflow; a day and more is as good as a day. */
static int64_t to_ms(uint64_t value, uint64_t rate)
{
    const uint64_t most = (uint64_t)24 * 60 * 60;

    if (rate == 0)
        return 0;
    return value / rate >= most ? (int64_t)most * 1000
                                : (int64_t)(value / rate * 1000 + value % rate * 1000 / rate);
}

static void lasts(struct recording *r, int64_t ms)
{
    if (ms > r->length_ms)
        r->length_ms = ms;
}

/* --- WebM (RFC 8794, RFC 9559) --- */

enum {
    EBML_SEGMENT = 0x18538067,
    EBML_INFO = 0x1549a966,
    EBML_SCALE = 0x2ad7b1,
    EBML_TRACKS = 0x1654ae6b,
    EBML_TRACK = 0xae,
    EBML_TRACK_TYPE = 0x83,
    EBML_CLUSTER = 0x1f43b675,
    EBML_CLUSTER_TIME = 0xe7,
    EBML_GROUP = 0xa0,
    EBML_BLOCK = 0xa1,
    EBML_SIMPLE_BLOCK = 0xa3,
};

struct webm {
    struct recording *r;
    uint64_t scale, cluster; /* nanoseconds a tick; ticks */
};

/* A number whose length its first byte tells; with `keep` the bits that tell it stay, as in ids. */
static bool vint(struct bytes *b, size_t most, bool keep, uint64_t *ret, bool *ret_unknown)
{
    size_t n = 1;

    if (b->at == b->end || *b->at == 0)
        return false;
    while ((*b->at & 0x80U >> (n - 1)) == 0)
        n++;
    if (n > most || (size_t)(b->end - b->at) < n)
        return false;
    uint64_t v = big(b->at, n), mask = ((uint64_t)1 << 7 * n) - 1;
    b->at += n;
    *ret_unknown = (v & mask) == mask;
    *ret = keep ? v : v & mask;
    return true;
}

/* Track number, time relative to the cluster's, flags, the sound itself. */
static void webm_block(struct webm *w, const unsigned char *p, uint64_t n)
{
    struct bytes b = {p, p + n};
    uint64_t track;
    bool unknown;

    if (!vint(&b, 8, false, &track, &unknown) || b.end - b.at < 2)
        return;
    uint64_t ticks = w->cluster + (uint64_t)(int16_t)big(b.at, 2);
    if (ticks >> 40 == 0) /* more than a day by far, or before the beginning */
        lasts(w->r, to_ms(ticks * (w->scale / 1000), 1000000));
}

static void webm_leaf(struct webm *w, uint64_t id, const unsigned char *p, uint64_t n)
{
    uint64_t v = n <= 8 ? big(p, (size_t)n) : 0;

    if (id == EBML_SCALE && v >= 1000 && v <= 1000000000)
        w->scale = v;
    else if (id == EBML_TRACK_TYPE && v == 1)
        w->r->picture = true;
    else if (id == EBML_TRACK_TYPE && v == 2)
        w->r->sound = true;
    else if (id == EBML_CLUSTER_TIME)
        w->cluster = v;
    else if (id == EBML_SIMPLE_BLOCK || id == EBML_BLOCK)
        webm_block(w, p, n);
}

static bool webm_nests(uint64_t id)
{
    return id == EBML_SEGMENT || id == EBML_INFO || id == EBML_TRACKS || id == EBML_TRACK ||
           id == EBML_CLUSTER || id == EBML_GROUP;
}

static bool webm_read(struct bytes b, struct recording *r)
{
    struct webm w = {.r = r, .scale = 1000000};
    uint64_t id, n;
    bool unknown;

    while (b.at < b.end) {
        if (!vint(&b, 4, true, &id, &unknown) || !vint(&b, 8, false, &n, &unknown))
            return false;
        if (webm_nests(id))
            continue;
        if (unknown || n > (uint64_t)(b.end - b.at))
            return false;
        webm_leaf(&w, id, b.at, n);
        b.at += n;
    }
    return true;
}

/* --- MP4, MOV, 3GP (ISO 14496-12) --- */

struct mp4_track {
    uint64_t id, rate, each,
        begin; /* ticks a second, of a sample unless it says otherwise; where a piece begins */
};
struct mp4 {
    struct recording *r;
    struct mp4_track tracks[TRACKS_MAX];
    size_t n;
    struct mp4_track *at; /* of which the boxes speak now */
    uint64_t each;        /* of the fragment */
};

static struct mp4_track *mp4_track(struct mp4 *m, uint64_t id)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->tracks[i].id == id)
            return &m->tracks[i];
    return NULL;
}

static void mp4_tkhd(struct mp4 *m, const unsigned char *p, size_t n)
{
    size_t at = p[0] == 1 ? 20 : 12;

    m->at = NULL;
    if (n < at + 4 || m->n == TRACKS_MAX)
        return;
    m->at = &m->tracks[m->n++];
    m->at->id = big(p + at, 4);
}

static void mp4_mdhd(struct mp4 *m, const unsigned char *p, size_t n)
{
    size_t at = p[0] == 1 ? 20 : 12, wide = p[0] == 1 ? 8 : 4;

    if (m->at == NULL || n < at + 4 + wide)
        return;
    m->at->rate = big(p + at, 4);
    uint64_t length = big(p + at + 4, wide);
    if (length != (wide == 4 ? UINT32_MAX : UINT64_MAX)) /* all ones: not known */
        lasts(m->r, to_ms(length, m->at->rate));
}

static void mp4_hdlr(struct mp4 *m, const unsigned char *p, size_t n)
{
    if (n >= 12 && memcmp(p + 8, "soun", 4) == 0)
        m->r->sound = true;
    else if (n >= 12 && memcmp(p + 8, "vide", 4) == 0)
        m->r->picture = true;
}

static void mp4_trex(struct mp4 *m, const unsigned char *p, size_t n)
{
    struct mp4_track *t = n < 16 ? NULL : mp4_track(m, big(p + 4, 4));

    if (t != NULL)
        t->each = big(p + 12, 4);
}

/* Flags say which of the optional numbers are there. */
static void mp4_tfhd(struct mp4 *m, const unsigned char *p, size_t n)
{
    uint64_t flags = big(p + 1, 3);
    size_t at = 8U + (flags & 1 ? 8U : 0U) + (flags & 2 ? 4U : 0U);

    m->at = n < 8 ? NULL : mp4_track(m, big(p + 4, 4));
    if (m->at == NULL)
        return;
    m->each = flags & 8 && n >= at + 4 ? big(p + at, 4) : m->at->each;
}

static void mp4_tfdt(struct mp4 *m, const unsigned char *p, size_t n)
{
    size_t wide = p[0] == 1 ? 8 : 4;

    if (m->at != NULL && n >= 4 + wide)
        m->at->begin = big(p + 4, wide);
}

static void mp4_trun(struct mp4 *m, const unsigned char *p, size_t n)
{
    if (m->at == NULL || n < 8)
        return;
    uint64_t flags = big(p + 1, 3), count = big(p + 4, 4), ticks = 0;
    size_t at = 8U + (flags & 1 ? 4U : 0U) + (flags & 4 ? 4U : 0U), step = 0;
    for (uint64_t bit = 0x100; bit <= 0x800; bit <<= 1)
        step += flags & bit ? 4U : 0U;
    if (flags & 0x100)
        for (; count > 0 && at + step <= n; count--, at += step)
            ticks += big(p + at, 4);
    else
        ticks = count * m->each;
    m->at->begin += ticks;
    lasts(m->r, to_ms(m->at->begin, m->at->rate));
}

static const struct {
    char name[5];
    void (*read)(struct mp4 *m, const unsigned char *p, size_t n); /* NULL: goes in */
} mp4_boxes[] = {
    {"moov", NULL},     {"trak", NULL},     {"mdia", NULL},     {"mvex", NULL},     {"moof", NULL},
    {"traf", NULL},     {"tkhd", mp4_tkhd}, {"mdhd", mp4_mdhd}, {"hdlr", mp4_hdlr}, {"trex", mp4_trex},
    {"tfhd", mp4_tfhd}, {"tfdt", mp4_tfdt}, {"trun", mp4_trun},
};

/* True if the box is one that is gone into. */
static bool mp4_box(struct mp4 *m, const unsigned char *name, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < COUNT_OF(mp4_boxes); i++)
        if (memcmp(mp4_boxes[i].name, name, 4) == 0) {
            if (mp4_boxes[i].read != NULL && n >= 4)
                mp4_boxes[i].read(m, p, n);
            return mp4_boxes[i].read == NULL;
        }
    return false;
}

static bool mp4_read(struct bytes b, struct recording *r)
{
    struct mp4 m = {.r = r};

    while (b.end - b.at >= 8) {
        uint64_t size = big(b.at, 4), head = 8;
        const unsigned char *name = b.at + 4;

        if (size == 1 && b.end - b.at >= 16) {
            size = big(b.at + 8, 8);
            head = 16;
        } else if (size == 0) { /* the rest of the file */
            size = (uint64_t)(b.end - b.at);
        }
        if (size < head || size > (uint64_t)(b.end - b.at))
            return false;
        b.at += mp4_box(&m, name, b.at + head, (size_t)(size - head)) ? head : size;
    }
    return b.at == b.end;
}

/* --- Ogg (RFC 3533) and WAV --- */

/* Ticks a second, by the first packet; 0: neither Opus nor Vorbis. */
static uint64_t ogg_rate(struct bytes b)
{
    size_t n = b.end - b.at < 256 ? (size_t)(b.end - b.at) : 256;
    const unsigned char *vorbis = memmem(b.at, n, "\001vorbis", 7);

    if (memmem(b.at, n, "OpusHead", 8) != NULL)
        return 48000;
    return vorbis != NULL && b.at + n - vorbis >= 16 ? little(vorbis + 12, 4) : 0;
}

static bool ogg_read(struct bytes b, struct recording *r)
{
    uint64_t rate = ogg_rate(b);

    /* The last page says how far it goes; one without an end of a packet says nothing (all ones). */
    for (const unsigned char *p = b.end - b.at < 14 ? b.at : b.end - 14; p > b.at && r->length_ms == 0; p--)
        if (memcmp(p, "OggS", 4) == 0 && little(p + 6, 8) != UINT64_MAX)
            lasts(r, to_ms(little(p + 6, 8), rate));
    r->sound = rate != 0;
    return r->sound;
}

static bool wav_read(struct bytes b, struct recording *r)
{
    uint64_t rate = 0;

    for (b.at += 12; b.end - b.at >= 8;) {
        uint64_t left = (uint64_t)(b.end - b.at) - 8, n = little(b.at + 4, 4);

        if (memcmp(b.at, "fmt ", 4) == 0 && n >= 16 && n <= left)
            rate = little(b.at + 16, 4);
        if (memcmp(b.at, "data", 4) == 0) {
            lasts(r, to_ms(n < left ? n : left, rate));
            r->sound = rate != 0;
            return r->sound;
        }
        if (n >= left)
            return false;
        b.at += 8 + n + (n & 1);
    }
    return false;
}

/* --- together --- */

bool recording_read(const struct file_type *type, const unsigned char *bytes, size_t n, struct recording *ret)
{
    struct bytes b = {bytes, bytes + n};
    bool ok;

    *ret = (struct recording){0};
    if (n < 12)
        return false;
    if (strcmp(type->suffix, "webm") == 0)
        ok = webm_read(b, ret);
    else if (strcmp(type->suffix, "ogg") == 0)
        ok = ogg_read(b, ret);
    else if (strcmp(type->suffix, "wav") == 0)
        ok = wav_read(b, ret);
    else
        ok = mp4_read(b, ret);
    return ok && (ret->sound || ret->picture);
}

static bool sound_check(const struct recording *r, int64_t size, const char *field, struct err *e)
{
    if (size > LIMIT_SOUND_BYTES)
        return ERR_FIELD(e, field, "file.sound_large", "录音有 %lld MB，最多 %d MB",
                         "the recording has %lld MB; at most %d MB can be sent", (long long)(size >> 20),
                         LIMIT_SOUND_BYTES >> 20);
    return r->length_ms <= LIMIT_SOUND_MS ||
           ERR_FIELD(e, field, "file.sound_long", "录音长 %lld 分钟，最长 %d 分钟，请分段",
                     "the recording lasts %lld minutes; at most %d can be sent, so please cut it",
                     (long long)(r->length_ms / 60000), LIMIT_SOUND_MS / 60000);
}

static bool judge(const unsigned char *bytes, size_t n, const char *field, const struct file_type **type,
                  struct err *e)
{
    struct recording r;

    if (!recording_read(*type, bytes, n, &r))
        return ERR_FIELD(e, field, "file.recording", "录音或视频不完整，无法识别其中的声音或画面",
                         "the recording is broken: no sound or picture can be found in it");
    if (r.picture)
        return true;
    *type = sniff_sound(*type);
    return sound_check(&r, (int64_t)n, field, e);
}

bool recording_check(const char *path, const char *field, const struct file_type **type, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st = {0};
    void *bytes = MAP_FAILED;

    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    int why = errno;
    if (fd >= 0)
        (void)close(fd);
    if (bytes == MAP_FAILED)
        return ERR(e, ERR_INTERNAL, "file.read", "无法读取刚上传的文件：%s", "the upload cannot be read: %s",
                   strerror(why));
    bool ok = judge(bytes, (size_t)st.st_size, field, type, e);
    (void)munmap(bytes, (size_t)st.st_size);
    return ok;
}
