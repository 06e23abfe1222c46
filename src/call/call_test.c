/* Relays and their credentials. */
#include "base/text.h"
#include "call/call.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The password is what any HMAC-SHA-1 makes of name and secret: computed with Python's hmac. */
TEST(credentials_are_what_a_turn_server_expects)
{
    char name[RELAY_NAME_MAX], word[RELAY_WORD_MAX];

    relay_credential("a secret of the relay", "0192e6a0", INT64_C(1795000000123), name, word);
    check(str_eq(name, "1795014400:0192e6a0"));
    check(str_eq(word, "XE9gNCOxBJ1UmBvQ13veeuGVxkI="));
}

static const char *setting(const char *servers, const char *secret_file)
{
    static struct err e;

    e = (struct err){0};
    return relay_set(servers, secret_file, &e) ? "" : e.key;
}

TEST(servers_are_what_a_browser_takes)
{
    static const char *const wrong[] = {
        "http://a", "stun:",
        "stun",     "stun:a?transport=udp",
        "stun:a b", "stun:a,,stun:b",
        "stun:a\"", "stun:1,stun:2,stun:3,stun:4,stun:5,stun:6,stun:7,stun:8,stun:9"};

    check(str_eq(setting(NULL, NULL), "") &&
          str_eq(setting("stun:a.example.cn:3478,stuns:[::1]:5349", NULL), ""));
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        check(str_eq(setting(wrong[i], NULL), "call.servers"));
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");

    check(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

TEST(turn_needs_its_secret)
{
    static const char turn[] = "stun:a:3478,turn:a:3478?transport=udp";
    char path[] = "/tmp/wangge-secret-XXXXXX";
    int fd = mkstemp(path);
    struct json_out j;

    check(fd >= 0 && close(fd) == 0);
    check(str_eq(setting(turn, NULL), "call.secret") && str_eq(setting(turn, "/nonexistent"), "call.secret"));
    write_file(path, "short\n");
    check(str_eq(setting(turn, path), "call.secret"));
    write_file(path, "0123456789abcdef0123456789abcdef\n");
    check(str_eq(setting(turn, path), ""));
    jo_begin(&j, 4096);
    jo_obj(&j, NULL);
    relay_write(&j, "x", INT64_C(1795000000000));
    jo_close(&j);
    check(strstr(j.buf, "{\"urls\":\"stun:a:3478\"}") != NULL);
    check(strstr(j.buf, "\"username\":\"1795014400:x\",\"credential\":\"") != NULL);
    check(strstr(j.buf, "0123456789abcdef") == NULL); /* the secret itself goes nowhere */
    jo_free(&j);
    (void)unlink(path);
    check(str_eq(setting(NULL, NULL), ""));
}
