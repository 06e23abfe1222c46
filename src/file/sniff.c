#include "file/sniff.h"

#include <string.h>

static const struct file_type
    jpeg = {"image/jpeg", "jpg", FILE_PHOTO},
    png = {"image/png", "png", FILE_DRAWING}, webp = {"image/webp", "webp", FILE_PHOTO},
    heic = {"image/heic", "heic", FILE_PHOTO},
    gif = {"image/gif", "gif", FILE_DRAWING}, /* its first picture */
    pdf = {"application/pdf", "pdf", FILE_DOCUMENT}, mp4 = {"video/mp4", "mp4", FILE_VIDEO},
    quicktime = {"video/quicktime", "mov", FILE_VIDEO}, three_gp = {"video/3gpp", "3gp", FILE_VIDEO},
    webm = {"video/webm", "webm", FILE_VIDEO}, weba = {"audio/webm", "webm", FILE_AUDIO},
    m4a = {"audio/mp4", "m4a", FILE_AUDIO}, ogg = {"audio/ogg", "ogg", FILE_AUDIO},
    wav = {"audio/wav", "wav", FILE_AUDIO},
    docx = {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", FILE_OFFICE},
    xlsx = {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", FILE_OFFICE};

struct magic {
    size_t at, len;
    const char *bytes;
    const struct file_type *type;
};
static const struct magic plain[] = {
    {0, 3, "\xff\xd8\xff", &jpeg}, {0, 8, "\x89PNG\r\n\x1a\n", &png},
    {0, 6, "GIF87a", &gif},        {0, 6, "GIF89a", &gif},
    {0, 5, "%PDF-", &pdf},         {0, 4, "OggS", &ogg},
    {0, 4, "PK\x03\x04", &docx}, /* which of them, its parts say */
};
/* After "RIFF" and a length. */
static const struct magic riff[] = {{8, 4, "WEBP", &webp}, {8, 4, "WAVE", &wav}};
/* The major brand after a length and "ftyp". */
static const struct magic brands[] = {
    {8, 4, "heic", &heic},      {8, 4, "heix", &heic},    {8, 4, "heim", &heic}, {8, 4, "heis", &heic},
    {8, 4, "mif1", &heic},      {8, 4, "M4A ", &m4a},     {8, 4, "M4B ", &m4a},  {8, 4, "isom", &mp4},
    {8, 3, "iso", &mp4},        {8, 3, "mp4", &mp4},      {8, 4, "avc1", &mp4},  {8, 4, "M4V ", &mp4},
    {8, 4, "qt  ", &quicktime}, {8, 3, "3gp", &three_gp},
};

static const struct file_type *among(const struct magic *m, size_t count, const unsigned char *bytes,
                                     size_t n)
{
    for (size_t i = 0; i < count; i++)
        if (n >= m[i].at + m[i].len && memcmp(bytes + m[i].at, m[i].bytes, m[i].len) == 0)
            return m[i].type;
    return NULL;
}

const struct file_type *sniff(const unsigned char *bytes, size_t n)
{
    if (n < 12)
        return NULL;
    if (memcmp(bytes, "RIFF", 4) == 0)
        return among(riff, COUNT_OF(riff), bytes, n);
    if (memcmp(bytes + 4, "ftyp", 4) == 0)
        return among(brands, COUNT_OF(brands), bytes, n);
    /* EBML; Matroska in general is not played by browsers, its subset WebM is. */
    if (memcmp(bytes, "\x1a\x45\xdf\xa3", 4) == 0)
        return memmem(bytes, n < 64 ? n : 64, "webm", 4) != NULL ? &webm : NULL;
    return among(plain, COUNT_OF(plain), bytes, n);
}

const struct file_type *sniff_sound(const struct file_type *t)
{
    if (t == &webm)
        return &weba;
    return t == &mp4 || t == &quicktime || t == &three_gp ? &m4a : t;
}

const struct file_type *sniff_office(bool document)
{
    return document ? &docx : &xlsx;
}

const struct file_type *sniff_stored(const char *mime)
{
    static const struct file_type *const stored[] = {&jpeg, &png, &pdf, &mp4, &quicktime, &three_gp, &webm,
                                                     &weba, &m4a, &ogg, &wav, &docx,      &xlsx};

    for (size_t i = 0; i < COUNT_OF(stored); i++)
        if (strcmp(stored[i]->mime, mime) == 0)
            return stored[i];
    return NULL;
}
