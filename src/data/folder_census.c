/* Kinds are few, so they are searched one by one; names of many kinds, as numbers are, end up in a
 * kind of their own. */
#include "data/folder_census.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/open.h"
#include "data/image_decode.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KINDS_MAX = 32, ENDING_MAX = 12, LISTED = 6 };

void rl_census_clear(rl_census *census) {
    for (size_t i = 0; i < census->count; i++) {
        rl_free((void *)census->items[i].kind);
        rl_free((void *)census->items[i].example);
    }
    rl_free(census->items);
    *census = (rl_census){0};
}

/* In upper or lower case; "._*" is macOS's. */
bool rl_census_is_clutter(const char *name) {
    static const char *const names[] = {".DS_Store",  "Thumbs.db",  "ehthumbs.db", "desktop.ini",
                                        ".directory", ".nomedia",   ".gitkeep",    ".gitignore",
                                        "Icon\r",     ".localized", "__MACOSX",    "@eaDir"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return strncmp(name, "._", 2) == 0;
}

/* The kind of a name, in lower case: ".gif", or words for what has no such end. */
static void set_kind(char *kind, size_t size, const char *name) {
    const char *dot = strrchr(name, '.');
    size_t length = 0;
    for (const char *c = dot; c && isalnum((unsigned char)c[1]); c++)
        length++;
    if (name[0] == '.')
        snprintf(kind, size, "hidden");
    else if (!dot)
        snprintf(kind, size, "without an ending");
    else if (length == 0 || length > ENDING_MAX || dot[1 + length])
        snprintf(kind, size, "of other names");
    else
        for (size_t i = 0; i <= length + 1 && i < size; i++)
            kind[i] = (char)tolower((unsigned char)dot[i]);
}

static bool is_image_by_content(const char *path) {
    uint8_t bytes[32];
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return false;
    const int file = rl_open(path, O_RDONLY | O_NONBLOCK, 0);
    const ssize_t size = file < 0 ? -1 : read(file, bytes, sizeof bytes);
    if (file >= 0)
        close(file);
    return size > 0 && rl_image_is_known(bytes, (size_t)size);
}

static rl_unread *find_kind(rl_census *census, const char *kind) {
    for (size_t i = 0; i < census->count; i++)
        if (strcmp(census->items[i].kind, kind) == 0)
            return &census->items[i];
    return NULL;
}

static bool set_text(const char **text, const char *value) {
    char *copy = rl_strdup(value);
    rl_free(copy ? (void *)*text : NULL);
    *text = copy ? copy : *text;
    return copy != NULL;
}

static rl_status add_kind(rl_census *census, rl_unread **item, const char *kind, rl_error *error) {
    if (!census->items)
        census->items = rl_alloc(KINDS_MAX + 1, sizeof *census->items); /* and what is over */
    if (!census->items)
        return rl_fail_memory(error, "listing the images");
    *item = &census->items[census->count];
    **item = (rl_unread){0};
    if (!set_text(&(*item)->kind, kind))
        return rl_fail_memory(error, "listing the images");
    census->count++;
    return RL_OK;
}

rl_status rl_census_add_as(rl_census *census, const char *kind, const char *path, rl_error *error) {
    if (census->count >= KINDS_MAX && !find_kind(census, kind))
        kind = "of other names";
    rl_unread *item = find_kind(census, kind);
    rl_status status = item ? RL_OK : add_kind(census, &item, kind, error);
    if (status != RL_OK)
        return status;
    item->count++;
    item->images += is_image_by_content(path);
    /* The first in order of names, whatever comes first. */
    if ((!item->example || strcmp(path, item->example) < 0) && !set_text(&item->example, path))
        return rl_fail_memory(error, "listing the images");
    return RL_OK;
}

rl_status rl_census_add(rl_census *census, const char *name, const char *path, rl_error *error) {
    char kind[32];
    if (rl_census_is_clutter(name))
        return RL_OK;
    set_kind(kind, sizeof kind, name);
    return rl_census_add_as(census, kind, path, error);
}

static int compare_kinds(const void *a, const void *b) {
    const rl_unread *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->kind, y->kind);
}

void rl_census_sort(rl_census *census) {
    if (census->count)
        qsort(census->items, census->count, sizeof *census->items, compare_kinds);
}

void rl_census_text(char *buffer, size_t size, const rl_census *census, size_t skipped) {
    size_t length = 0, rest = 0, images = 0;
    snprintf(buffer, size, "nothing");
    for (size_t i = 0; i < census->count; i++) {
        const rl_unread *item = &census->items[i];
        images += item->images;
        rest += i < LISTED ? 0 : item->count;
        if (i < LISTED && length < size)
            length +=
                (size_t)snprintf(buffer + length, size - length, "%s%zu %s (%.100s)", i ? ", " : "",
                                 item->count, item->kind, item->example + skipped);
    }
    if (rest && length < size)
        length += (size_t)snprintf(buffer + length, size - length, ", %zu more", rest);
    if (images && length < size)
        snprintf(buffer + length, size - length, "; %zu of them %s by content", images,
                 images == 1 ? "is an image" : "are images");
}
