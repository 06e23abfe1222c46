/* STUN and TURN: where browsers ask for their own address, and what carries their packets where no direct way
 * is open. Credentials are made of a secret shared with the TURN server and end by themselves, so that none
 * that was read somewhere is worth much (draft-uberti-behave-turn-rest, what coturn calls use-auth-secret).
 */
#include "base/text.h"
#include "call/call.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

enum { SERVERS_MAX = 8, ADDRESS_MAX = 200, SECRET_MIN = 16, SECRET_MAX = 256, SHA1_BYTES = 20 };

/* One a process, set before the server starts. */
static struct {
    char servers[SERVERS_MAX][ADDRESS_MAX];
    size_t n;
    char secret[SECRET_MAX];
} relay;

static bool is_turn(const char *address)
{
    return str_starts(address, "turn:") || str_starts(address, "turns:");
}

/* What a browser takes: scheme, host, port, and for TURN how to speak to it. */
static bool well_formed(const char *address)
{
    static const char host[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]",
                      *transport;
    const char *s = strchr(address, ':');
    size_t n;

    if (!is_turn(address) && !str_starts(address, "stun:") && !str_starts(address, "stuns:"))
        return false;
    n = strspn(++s, host);
    transport = s + n;
    return n > 0 && (transport[0] == '\0' || (is_turn(address) && (str_eq(transport, "?transport=udp") ||
                                                                   str_eq(transport, "?transport=tcp"))));
}

static bool read_servers(const char *servers, struct err *e)
{
    for (const char *s = servers; *s != '\0'; s += *s == ',') {
        size_t n = strcspn(s, ",");

        if (relay.n == SERVERS_MAX || n >= ADDRESS_MAX)
            return ERR(e, ERR_INVALID, "call.servers", "视频中继至多 %d 个，每个不超过 %d 字",
                       "at most %d relays for calls, of %d characters each", SERVERS_MAX, ADDRESS_MAX - 1);
        memcpy(relay.servers[relay.n], s, n);
        relay.servers[relay.n][n] = '\0';
        if (!well_formed(relay.servers[relay.n]))
            return ERR(e, ERR_INVALID, "call.servers",
                       "“%.80s”不是中继地址：须如 stun:主机:3478 或 turn:主机:3478?transport=udp",
                       "“%.80s” is no relay: it must be like stun:host:3478 or turn:host:3478?transport=udp",
                       relay.servers[relay.n]);
        relay.n++;
        s += n;
    }
    return true;
}

static bool read_secret(const char *path, struct err *e)
{
    FILE *f = fopen(path, "re");
    bool ok = f != NULL && fgets(relay.secret, sizeof(relay.secret), f) != NULL;

    if (f != NULL)
        (void)fclose(f);
    relay.secret[strcspn(relay.secret, "\r\n")] = '\0';
    return (ok && strlen(relay.secret) >= SECRET_MIN) ||
           ERR(e, ERR_INVALID, "call.secret", "文件“%.80s”的第一行须是 TURN 的共享密钥（至少 %d 字）",
               "the first line of “%.80s” must be the secret shared with the TURN server (%d characters or "
               "more)",
               path, SECRET_MIN);
}

bool relay_set(const char *servers, const char *secret_file, struct err *e)
{
    relay.n = 0;
    relay.secret[0] = '\0';
    if ((servers != NULL && !read_servers(servers, e)) ||
        (secret_file != NULL && secret_file[0] != '\0' && !read_secret(secret_file, e)))
        return false;
    for (size_t i = 0; i < relay.n; i++)
        if (is_turn(relay.servers[i]) && relay.secret[0] == '\0')
            return ERR(e, ERR_INVALID, "call.secret", "用 TURN 中继须给出共享密钥：--turn-secret 文件",
                       "a TURN relay needs the secret shared with it: --turn-secret FILE");
    return true;
}

void relay_credential(const char *secret, const char *label, int64_t now, char ret_name[RELAY_NAME_MAX],
                      char ret_word[RELAY_WORD_MAX])
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int n = 0;

    (void)snprintf(ret_name, RELAY_NAME_MAX, "%" PRId64 ":%s", now / 1000 + RELAY_SECONDS, label);
    ret_word[0] = '\0';
    if (HMAC(EVP_sha1(), secret, (int)strlen(secret), (const unsigned char *)ret_name, strlen(ret_name), mac,
             &n) != NULL &&
        n == SHA1_BYTES)
        (void)EVP_EncodeBlock((unsigned char *)ret_word, mac, SHA1_BYTES);
}

void relay_write(struct json_out *j, const char *label, int64_t now)
{
    char name[RELAY_NAME_MAX], word[RELAY_WORD_MAX];

    relay_credential(relay.secret, label, now, name, word);
    jo_arr(j, "ice");
    for (size_t i = 0; i < relay.n; i++) {
        jo_obj(j, NULL);
        jo_str(j, "urls", relay.servers[i]);
        if (is_turn(relay.servers[i])) {
            jo_str(j, "username", name);
            jo_str(j, "credential", word);
        }
        jo_close(j);
    }
    jo_close(j);
}
