/* Only the directory of the archive is read: which parts it has. Its text is nobody's business here, and what
 * is never unpacked cannot grow. */
#include "file/office.h"

#include <minizip/unzip.h>
#include <string.h>

enum { PARTS_MAX = 5000, NAME_MAX_CHARS = 256 };

struct parts {
    bool types, document, workbook, program;
};

static void note(struct parts *p, const char *name)
{
    const size_t n = strlen(name);
    static const char program[] = "vbaProject.bin";

    p->types = p->types || strcmp(name, "[Content_Types].xml") == 0;
    p->document = p->document || strcmp(name, "word/document.xml") == 0;
    p->workbook = p->workbook || strcmp(name, "xl/workbook.xml") == 0;
    p->program =
        p->program || (n >= sizeof(program) - 1 && strcmp(name + n - (sizeof(program) - 1), program) == 0);
}

static bool read_parts(const char *path, struct parts *ret)
{
    unzFile zip = unzOpen64(path);
    bool more = zip != NULL && unzGoToFirstFile(zip) == UNZ_OK;
    int n = 0;

    *ret = (struct parts){0};
    for (; more && n < PARTS_MAX; n++) {
        char name[NAME_MAX_CHARS] = "";

        if (unzGetCurrentFileInfo64(zip, NULL, name, sizeof(name) - 1, NULL, 0, NULL, 0) != UNZ_OK)
            break;
        note(ret, name);
        more = unzGoToNextFile(zip) == UNZ_OK;
    }
    if (zip != NULL)
        (void)unzClose(zip);
    return !more && n > 0;
}

bool office_check(const char *path, const char *name, const struct file_type **type, struct err *e)
{
    struct parts p;

    if (!read_parts(path, &p) || !p.types || !(p.document || p.workbook))
        return ERR(e, ERR_MEDIA, "file.archive", "“%.60s”不是 DOCX、XLSX 文档：压缩包请解开后逐个上传",
                   "\"%.60s\" is no DOCX or XLSX: unpack an archive and send what is in it", name);
    if (p.program)
        return ERR(e, ERR_MEDIA, "file.macros", "“%.60s”带有宏：请另存为不带宏的文档再上传",
                   "\"%.60s\" holds macros: save it without them and send it again", name);
    *type = sniff_office(p.document);
    return true;
}
