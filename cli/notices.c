/* Warnings go to stderr: stdout is for results. */
#include "notices.h"

#include "live_line.h"
#include "print.h"

#include <stdint.h>
#include <stdio.h>

/* Texts that were printed, as hashes; past these many, a text can come again. */
enum { REMEMBERED = 256 };

/* 64-bit FNV-1a (Fowler, Noll, Vo). */
static uint64_t hash_of(const char *text) {
    uint64_t hash = 0xcbf29ce484222325;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        hash = (hash ^ *c) * 0x100000001b3;
    return hash;
}

static void print_notice(const char *message, void *context) {
    static uint64_t printed[REMEMBERED];
    static size_t count;
    (void)context;
    const uint64_t hash = hash_of(message);
    for (size_t i = 0; i < count; i++)
        if (printed[i] == hash)
            return;
    if (count < REMEMBERED)
        printed[count++] = hash;
    live_line_clear_any();
    print_warning("%s", message);
}

void print_notices(void) {
    rl_set_notice_function(print_notice, NULL);
}
