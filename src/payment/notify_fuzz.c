/* A payment provider's call, as anybody may send it. The first byte says which scheme; then a line with the
 * time, a line with the signature, the body. Nothing but what was signed is taken for signed, whatever it is.
 */
#include "json/json_in.h"
#include "payment/payment.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char public_key[] = "-----BEGIN PUBLIC KEY-----\n"
                                 "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnLIvlkFZzhGVJRGShmG1\n"
                                 "dMtrCyatT79LnZN8q6MbRywBnzzXcbgk4QAPrCsrAm6NhOpKeaqe5TykCNE8B7vt\n"
                                 "KpNMDlzBBk33CFomJKnAx+Wptpgb+QJzl+K5EbGrXoVCADccegokj953tjWOz3pE\n"
                                 "KD2WHou8r+cumNrO1q8ig40jWH+4RZvnnWHTNgz0UDR31eB1v6qN90bQyFMd71KW\n"
                                 "oevclFCJN2l9yrTYNDmk2KZxoVICXMS3MU94MCaUNLFKSCn5HkF3lpCg5eI6XIHW\n"
                                 "CBarbbO9a0PwZBFrN8JMi4YfyPdFFVxNEtByfTD1mBY01OFQvQCo7WFx/gPDEdEz\n"
                                 "AQIDAQAB\n"
                                 "-----END PUBLIC KEY-----\n";

enum { TEXT_MAX = 64 * 1024 };

/* The line that begins at *at, which moves behind it; all in one text that is cut up. */
static char *line(char **at)
{
    char *from = *at;
    size_t n = strcspn(from, "\n");

    *at = from + n + (from[n] == '\n');
    from[n] = '\0';
    return from;
}

static struct privacy *keys(void)
{
    static const uint8_t master[32] = {7};
    struct privacy *p = NULL;
    struct err e = {0};

    if (!privacy_create(SUITE_AES, master, &p, &e))
        abort();
    return p;
}

/* Ours is taken, and no other text for it. */
static void hold_to_ours(const struct req *r, const struct provider *p, const char *text, const char *sign)
{
    const char *ours = NULL;
    struct err e = {0};
    bool ok = false;

    if (!payment_sign(r, p, text, &ours, &e) || !payment_verify(r, p, text, strlen(text), ours, &ok, &e) ||
        !ok)
        abort();
    if (!payment_verify(r, p, text, strlen(text), sign, &ok, &e) || ok != (strcmp(ours, sign) == 0))
        abort();
}

static void read_body(const char *body, size_t n)
{
    AUTO(json_free) struct json_object *o = NULL;
    struct payment_call call = {0};
    struct err e = {0};

    if (!json_parse(body, n, &o, &e))
        return;
    if (!payment_call_read(o, &call, &e) ? e.key == NULL
                                         : call.amount < 1 || strcmp(call.status, "paid") != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct privacy *pv;
    AUTO(arena_free) struct arena *a = NULL;
    AUTO(xfree) char *text = NULL;
    char *at, *time, *sign;
    const char *said = NULL;
    int64_t seconds = 0;
    struct err e = {0};
    bool ok = false;

    if (size == 0 || size > TEXT_MAX)
        return 0;
    pv = pv == NULL ? keys() : pv;
    a = arena_create((size_t)1 << 22);
    at = text = xcalloc(size, 1);
    memcpy(text, data + 1, size - 1);
    time = line(&at);
    sign = line(&at);
    read_body(at, strlen(at));
    if (!payment_signed_text(a, time, at, &seconds, &said))
        return 0;
    const struct services s = {.privacy = pv};
    const struct req r = {.services = &s, .arena = a};
    struct provider p = {.id = {{1}}, .scheme = SCHEME_HMAC, .public_key = public_key};

    p.secret = privacy_seal(pv, a, p.id, "secret", "a secret of thirty-two characters");
    if (data[0] % 2 == 0) {
        hold_to_ours(&r, &p, said, sign);
        return 0;
    }
    p.scheme = SCHEME_RSA;
    (void)payment_key_ok(at, false);
    if (!payment_verify(&r, &p, said, strlen(said), sign, &ok, &e) || ok)
        abort(); /* nobody has the private key */
    return 0;
}
