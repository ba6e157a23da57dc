/* tar.gz archives: whatever the bytes, each known member comes once and whole, or there is an error
 * of one line. */
#include "fuzz.h"

#include "data/archive.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const rl_archive_member members[] = {{"set/first.bin", 30, 30}, {"set/names.txt", 5, 40}};
enum { MEMBERS = sizeof members / sizeof *members };

typedef struct {
    size_t last; /* member */
    bool began;
    bool done[MEMBERS];
    uint64_t sizes[MEMBERS];
} received;

static rl_status take(void *context, size_t member, const void *bytes, size_t size,
                      rl_error *error) {
    received *all = context;
    (void)error;
    if (member >= MEMBERS || size == 0 || all->done[member])
        abort();
    if (all->began && all->last != member)
        all->done[all->last] = true;
    all->began = true;
    all->last = member;
    all->sizes[member] += size;
    if (all->sizes[member] > members[member].largest)
        abort();
    for (size_t i = 0; i < size; i++) /* a sanitizer looks at every byte */
        if (((const volatile char *)bytes)[i] == '\0')
            continue;
    return RL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    received all = {0};
    rl_error error;
    const rl_status status =
        rl_archive_parse(data, size, "input", members, MEMBERS, take, &all, &error);
    if (status != RL_OK) {
        if (error.code != status || !error.message[0] || strchr(error.message, '\n'))
            abort();
        return 0;
    }
    for (size_t i = 0; i < MEMBERS; i++)
        if (all.sizes[i] < members[i].smallest)
            abort();
    return 0;
}
