#include "report/answer.h"

#include "file/file.h"

/* What a request has received is removed with it: so is what it is going to send. */
const char *report_file(struct req *r, enum cells_format f)
{
    struct upload *u = arena_new(r->arena, struct upload);
    char dir[FILE_PATH_MAX], id[UUID_TEXT_MAX];

    file_upload_dir(r->services->data_dir, dir);
    uuid_format(uuid_make(), id);
    u->path = arena_printf(r->arena, "%s/report-%s.%s", dir, id, f == CELLS_XLSX ? "xlsx" : "csv");
    r->uploads = u;
    r->n_uploads = 1;
    return u->path;
}

void report_answer(struct req *r, enum cells_format f, const char *path, const char *name)
{
    r->file_path = path;
    r->content_type = cells_content_type(f);
    req_header(r, "Cache-Control", "no-store");
    req_header(
        r, "Content-Disposition",
        arena_printf(r->arena, "attachment; filename=\"%s.%s\"", name, f == CELLS_XLSX ? "xlsx" : "csv"));
}
