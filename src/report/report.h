/* report.h -- tables in and out: files of rows brought in, lists written as CSV or XLSX, QR codes. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "http/openapi.h"
#include "http/route.h"

/* The thread of a server that brings in what was sent. */
struct importer;
MUST_USE bool importer_start(const struct services *s, struct importer **ret, struct err *e);
/* Leaves what it has in hand to the next start, or to another server. */
void importer_stop(struct importer **ref);
/* Something new waits. */
void importer_wake(void);

extern const struct route import_routes[], export_routes[], door_routes[];
extern const struct openapi_schema report_schemas[];
extern const struct sql_query report_queries[];

#endif
