/* answer.h -- a table as the answer of a request: written to a file of its own that goes when the answer has
 * gone out. Inside report/. */
#ifndef REPORT_ANSWER_H
#define REPORT_ANSWER_H

#include "http/route.h"
#include "report/cells.h"

/* Where to write it: a name of this request's own, in its arena, removed with it. */
const char *report_file(struct req *r, enum cells_format f);
/* Sends it, to be kept under "NAME.csv" or "NAME.xlsx". */
void report_answer(struct req *r, enum cells_format f, const char *path, const char *name);

#endif
