/* Any bytes as an e-mail, and what it says as a form. */
#include "base/text.h"
#include "json/json_in.h"
#include "mailbox/form.h"
#include "mailbox/message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char kind[] =
    "{\"schema\":{\"properties\":{"
    "\"name\":{\"type\":\"string\",\"maxLength\":60,\"x-type\":\"text\","
    "\"x-title\":{\"zh\":\"项目名称\",\"en\":\"Name\"}},"
    "\"content\":{\"type\":\"string\",\"maxLength\":1000,\"x-type\":\"text\","
    "\"x-title\":{\"zh\":\"具体内容（可量化）\",\"en\":\"Content\"}},"
    "\"sector\":{\"type\":\"string\",\"x-type\":\"code\",\"x-title\":{\"zh\":\"领域\",\"en\":"
    "\"Field\"},\"x-codes\":[{\"code\":\"care\",\"title\":{\"zh\":\"养老\",\"en\":\"Care\"}}]}}}}";

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    AUTO(arena_free) struct arena *a = arena_create((size_t)256 << 20);
    AUTO(json_free) struct json_object *o = NULL;
    const char *values[FORM_FIELDS_MAX];
    struct message m;
    struct form form;
    struct err e = {0};

    must(json_parse(kind, strlen(kind), &o, &e) && form_read(o, &form, &e));
    if (!message_read((const char *)data, n, a, &m, &e))
        return 0;
    must(utf8_valid(m.text, strlen(m.text)) && strlen(m.text) <= LIMIT_MAIL_TEXT);
    must(utf8_valid(m.subject, strlen(m.subject)) && utf8_valid(m.from, strlen(m.from)));
    must(m.n_files <= LIMIT_FILES_PER_UPLOAD);
    form_fill(&form, m.text, "content", a, values);
    must(values[0] == NULL || utf8_length(values[0]) <= 60);
    return 0;
}
