/* office.h -- inside file/ only: documents of word processors and spreadsheets, which are archives. */
#ifndef FILE_OFFICE_H
#define FILE_OFFICE_H

#include "file/sniff.h"

/* What the archive at `path` holds: *type becomes that of a DOCX or XLSX. ERR_MEDIA "file.type" when it is
 * neither, "file.macros" when it holds a program. Nothing in it is unpacked. `name` is what people call it.
 */
MUST_USE bool office_check(const char *path, const char *name, const struct file_type **type, struct err *e);

#endif
