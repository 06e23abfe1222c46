/* sheet.h -- a file of rows as somebody sends it: CSV in UTF-8 or GB 18030, or the first sheet of an XLSX
 * workbook. Either becomes one UTF-8 text of comma-separated values, which area/csv.h reads. */
#ifndef REPORT_SHEET_H
#define REPORT_SHEET_H

#include "base/buf.h"

enum { SHEET_BYTES_MAX = 64 * 1024 * 1024 }; /* of that text */

/* What the file at `path` holds, into *ret (free()). A row of an XLSX sheet stands on the line of its number;
 * line breaks in its cells become spaces; days and times are written 2026-11-21 and 2026-11-21 08:30:00.
 * ERR_MALFORMED "sheet.text" (neither UTF-8 nor GB 18030), "sheet.xlsx", ERR_TOO_LARGE "sheet.large",
 * ERR_BUSY "sheet.read". */
MUST_USE bool sheet_read(const char *path, char **ret, size_t *ret_n, struct err *e);

/* Inside report/: an XLSX workbook. */
MUST_USE bool xlsx_read(const char *path, struct buf *out, struct err *e);

#endif
