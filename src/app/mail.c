/* wangge mail: an e-mail on standard input becomes a matter, through a running server, once. What a mail
 * server pipes into: its exit status tells that server whether to keep the message, give it back, or be
 * content. */
#include "app/cli.h"
#include "base/clock.h"
#include "base/text.h"
#include "json/json_in.h"
#include "json/json_out.h"
#include "mailbox/client.h"
#include "mailbox/form.h"
#include "mailbox/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { TOKEN_MAX = 512, OFFSET_MIN = 480, DAY_MS = 86400000, SANE_DAYS = 60 };
static const size_t MAIL_ARENA = (size_t)256 << 20;

static const char help[];
const struct subcommand mail_command;

struct asked {
    const char *server, *token_file, *kind, *parent, *subject, *text, *from, *from_name, *arrived, *files,
        *set;
};
struct mailing {
    const struct asked *k;
    struct client client;
    struct arena *a;
    struct message m;
    struct form form;
    struct uuid id;
    const char *values[FORM_FIELDS_MAX];
    struct uuid files[LIMIT_FILES_PER_UPLOAD];
    size_t n_files, n_lost;
};

/* --- what to tell the mail server --- */

/* The reason goes back to who wrote, in the answer of the mail server. */
static int give_back(const struct err *e)
{
    (void)printf("%s\n%s\n", e->zh, e->en);
    for (size_t i = 0; i < e->n_details; i++)
        (void)printf("- %s / %s\n", e->details[i].zh, e->details[i].en);
    return EX_DATAERR;
}

/* Not the sender's fault: the mail server keeps the message and tries again. */
static int try_again(const struct err *e)
{
    (void)print_err("wangge mail", e);
    return EX_TEMPFAIL;
}

static int verdict(const struct err *e)
{
    return e->code == ERR_BUSY || e->code == ERR_UNKNOWN || e->code == ERR_INTERNAL ? try_again(e)
                                                                                    : give_back(e);
}

/* What the server refused with, as our own error. */
static bool refused(int status, struct json_object *problem, struct err *e)
{
    struct json_object *detail = NULL, *errors = NULL;
    const bool ours = status == 401 || status == 403 || status == 404 || status == 429 || status >= 500;

    if (problem != NULL)
        (void)json_object_object_get_ex(problem, "detail", &detail);
    (void)ERR(e, ours ? ERR_BUSY : ERR_INVALID, "mail.refused", "没有登记：%.300s（%d）",
              "not entered: %.300s (%d)", detail == NULL ? "" : json_object_get_string(detail), status);
    if (problem == NULL || !json_object_object_get_ex(problem, "errors", &errors))
        return false;
    for (size_t i = 0; json_object_is_type(errors, json_type_array) && i < json_object_array_length(errors);
         i++) {
        struct json_object *one = json_object_array_get_idx(errors, i), *text = NULL;

        if (json_object_object_get_ex(one, "message", &text))
            (void)ERR_FIELD(e, "", "mail.because", "原因：%.200s", "because: %.200s",
                            json_object_get_string(text));
    }
    return false;
}

/* --- standard input --- */

static bool read_input(struct mailing *x, const char **ret, size_t *ret_n, struct err *e)
{
    char *bytes = arena_alloc(x->a, (size_t)LIMIT_MAIL_BYTES + 2);

    *ret_n = fread(bytes, 1, (size_t)LIMIT_MAIL_BYTES + 1, stdin);
    bytes[*ret_n] = '\0';
    *ret = bytes;
    return ferror(stdin) == 0 ||
           ERR(e, ERR_BUSY, "mail.input", "读不到邮件", "the message cannot be read from standard input");
}

static bool read_token(struct mailing *x, struct err *e)
{
    AUTO(xfree) char *text = NULL;
    size_t n = 0;

    if (!cli_read(x->k->token_file, TOKEN_MAX, &text, &n, e))
        return false;
    x->client.token = arena_strndup(x->a, text, strcspn(text, " \r\n"));
    return true;
}

/* --- the matter --- */

/* The same message gives the same id; its time is that of its arrival, which every try sees alike. */
static bool make_id(struct mailing *x, int64_t now, struct err *e)
{
    const int64_t at = x->m.arrived_at;
    uint8_t hash[MESSAGE_HASH];

    if (at < now - (int64_t)SANE_DAYS * DAY_MS || at > now + DAY_MS)
        return ERR(e, ERR_INVALID, "mail.date", "邮件没有可信的日期（Received 或 Date）",
                   "the message has no date that can be true (Received or Date)");
    message_hash(arena_printf(x->a, "%s %s", x->k->kind, x->m.id), hash);
    x->id = uuid_v7(at, hash);
    return true;
}

static bool is_there(struct mailing *x, bool *ret, struct err *e)
{
    AUTO(json_free) struct json_object *answer = NULL;
    char id[UUID_TEXT_MAX];
    int status = 0;

    uuid_format(x->id, id);
    if (!client_get(&x->client, arena_printf(x->a, "/records/%s", id), &status, &answer, e))
        return false;
    *ret = status == 200;
    return status == 200 || status == 404 || refused(status, answer, e);
}

static bool read_form(struct mailing *x, struct err *e)
{
    AUTO(json_free) struct json_object *answer = NULL;
    int status = 0;

    if (!client_get(&x->client, arena_printf(x->a, "/kinds/%s", x->k->kind), &status, &answer, e))
        return false;
    if (status != 200)
        return refused(status, answer, e);
    if (!form_read(answer, &x->form, e))
        return false;
    form_fill(&x->form, x->m.text, x->k->text, x->a, x->values);
    for (size_t i = 0; i < x->form.n; i++) /* names point into the answer */
        x->form.fields[i].name = arena_strdup(x->a, x->form.fields[i].name);
    return true;
}

/* Files that the server does not take are left out, and their number is told with the matter. */
static bool send_files(struct mailing *x, struct err *e)
{
    for (size_t i = 0; x->k->files != NULL && i < x->m.n_files; i++) {
        AUTO(json_free) struct json_object *answer = NULL;
        struct json_object *id = NULL;
        int status = 0;

        if (!client_upload(&x->client, &x->m.files[i], &status, &answer, e))
            return false;
        if (status >= 500 || status == 401 || status == 429)
            return refused(status, answer, e);
        if (status == 201 && answer != NULL && json_object_object_get_ex(answer, "id", &id) &&
            uuid_parse(json_object_get_string(id), &x->files[x->n_files]))
            x->n_files++;
        else
            x->n_lost++;
    }
    x->n_lost += x->m.n_left_out;
    return true;
}

static void write_value(struct json_out *out, const struct mailing *x, const char *field, const char *value)
{
    if (field != NULL && value != NULL && value[0] != '\0' && form_has(&x->form, field))
        jo_str(out, field, value);
}

/* "2021-11-08", where the district is. */
static const char *day_of(struct mailing *x)
{
    struct civil c = civil_from_ms(x->m.arrived_at, OFFSET_MIN);

    return arena_printf(x->a, "%04d-%02d-%02d", c.year, c.month, c.day);
}

static void write_fields(struct json_out *out, struct mailing *x)
{
    const char *set = x->k->set, *eq = set == NULL ? NULL : strchr(set, '=');

    jo_obj(out, "fields");
    for (size_t i = 0; i < x->form.n; i++)
        if (x->values[i] != NULL)
            jo_str(out, x->form.fields[i].name, x->values[i]);
    for (size_t i = 0; x->k->subject != NULL && i < x->form.n; i++)
        if (x->values[i] == NULL && str_eq(x->form.fields[i].name, x->k->subject))
            write_value(out, x, x->k->subject, x->m.subject);
    write_value(out, x, x->k->from, x->m.from);
    write_value(out, x, x->k->from_name, x->m.from_name);
    if (x->k->arrived != NULL)
        jo_str(out, x->k->arrived, day_of(x));
    if (eq != NULL)
        jo_str(out, arena_strndup(x->a, set, (size_t)(eq - set)), eq + 1);
    if (x->n_files > 0) {
        jo_arr(out, x->k->files);
        for (size_t i = 0; i < x->n_files; i++)
            jo_uuid(out, NULL, x->files[i]);
        jo_close(out);
    }
    jo_close(out);
}

static void write_body(struct json_out *out, struct mailing *x)
{
    jo_obj(out, NULL);
    jo_uuid(out, "id", x->id);
    jo_str(out, "kind", x->k->kind);
    if (x->k->parent != NULL)
        jo_str(out, "parent", x->k->parent);
    write_fields(out, x);
    if (x->n_lost > 0)
        jo_str(out, "note",
               arena_printf(x->a, "%zu 个附件没有保存（类型不支持或太大） attachments were left out",
                            x->n_lost));
    jo_close(out);
}

/* Two that were piped in at the same moment: the second finds the id used and the matter there. */
static bool raise_matter(struct mailing *x, struct err *e)
{
    AUTO(json_free) struct json_object *answer = NULL;
    AUTO(jo_free) struct json_out out = {0};
    int status = 0;
    bool there = false;

    jo_begin(&out, LIMIT_BODY_BYTES);
    write_body(&out, x);
    if (!jo_end(&out, e) || !client_post(&x->client, "/records", out.buf, &status, &answer, e))
        return false;
    if (status == 409 && is_there(x, &there, e) && there)
        return true;
    return status == 200 || status == 201 || refused(status, answer, e);
}

static bool enter(struct mailing *x, struct err *e)
{
    const char *bytes = NULL;
    bool there = false;
    size_t n = 0;

    if (!read_token(x, e) || !read_input(x, &bytes, &n, e) || !message_read(bytes, n, x->a, &x->m, e))
        return false;
    if (x->m.automatic) {
        (void)fprintf(stderr, "wangge mail: 自动回复，不登记 sent by a machine: left alone\n");
        return true;
    }
    return make_id(x, time_now_ms(), e) && is_there(x, &there, e) &&
           (there || (read_form(x, e) && send_files(x, e) && raise_matter(x, e)));
}

static int run(int argc, char **argv)
{
    struct asked k = {0};
    const struct option_def defs[] = {{"server", &k.server, NULL},   {"token-file", &k.token_file, NULL},
                                      {"kind", &k.kind, NULL},       {"parent", &k.parent, NULL},
                                      {"subject", &k.subject, NULL}, {"text", &k.text, NULL},
                                      {"from", &k.from, NULL},       {"from-name", &k.from_name, NULL},
                                      {"arrived", &k.arrived, NULL}, {"files", &k.files, NULL},
                                      {"set", &k.set, NULL}};
    struct mailing *x;
    struct arena *a;
    struct err e = {0};
    char **operands;
    int n, status;

    options_parse(&mail_command, argc, argv, defs, COUNT_OF(defs), &operands, &n);
    if (k.server == NULL || k.token_file == NULL || k.kind == NULL || n > 0)
        return cli_usage(&mail_command);
    a = arena_create(MAIL_ARENA);
    x = arena_new(a, struct mailing);
    *x = (struct mailing){.k = &k, .a = a, .client = {.server = k.server, .a = a}};
    status = enter(x, &e) ? EX_OK : verdict(&e);
    arena_free(&a);
    return status;
}

static const char help[] =
    "用法 usage: wangge mail --server URL --token-file FILE --kind KIND [--parent ID] [--subject FIELD]\n"
    "             [--text FIELD] [--from FIELD] [--from-name FIELD] [--arrived FIELD] [--files FIELD]\n"
    "             [--set FIELD=VALUE] < message\n\n"
    "标准输入的一封电子邮件登记为一个事项，经运行中的服务器，只登记一次。An e-mail on standard input becomes "
    "a\n"
    "matter, through a running server, once.\n\n"
    "  --server URL       服务器，如 http://127.0.0.1:8311 the server\n"
    "  --token-file FILE  令牌所在的文件（后台“令牌”） a file with an API token\n"
    "  --kind KIND        登记为哪种事项 the kind it becomes\n"
    "  --parent ID        上级事项，如征集公告 the matter it stands below\n"
    "  --subject FIELD    主题填到哪一项（正文没有写明时） the field of the subject, if the text does not "
    "say it\n"
    "  --text FIELD       没有小标题的正文填到哪一项 the field of text under no title\n"
    "  --from FIELD       发件地址 the sender's address; --from-name FIELD 姓名 the name\n"
    "  --arrived FIELD    收到日期 the day on which it arrived\n"
    "  --files FIELD      附件 what is attached\n"
    "  --set FIELD=VALUE  固定填写一项 one more field\n\n"
    "正文里以字段名加冒号开头的行填那一项，如“项目名称：……”。Lines that begin with a field's title and a "
    "colon fill\n"
    "that field. 退出状态 exit status: 0 已登记 entered, 65 退回并说明原因 give it back with the reason on "
    "standard\n"
    "output, 75 稍后再试 try again later.\n\n"
    "例 example (Postfix, /etc/aliases):\n"
    "  proposals: \"|wangge mail --server http://127.0.0.1:8311 --token-file /etc/wangge/mail.token --kind "
    "proposal "
    "--parent ID --subject name --text content --from email --from-name author_name --arrived postmark "
    "--files "
    "attachments --set source=mail\"\n";
const struct subcommand mail_command = {"mail", "邮件登记 an e-mail becomes a matter", help, run};
