/* Any bytes as a file that somebody sends: read or refused, within the limits. */
#include "report/sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/wangge-fuzz-XXXXXX";
    AUTO(xfree) char *text = NULL;
    struct err e = {0};
    int fd = mkstemp(path);
    size_t n = 0;

    if (fd < 0)
        abort();
    if (write(fd, data, size) != (ssize_t)size)
        abort();
    (void)close(fd);
    if (!sheet_read(path, &text, &n, &e) && e.key == NULL)
        abort();
    (void)unlink(path);
    return 0;
}
