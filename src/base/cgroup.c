/* /proc/self/cgroup says in which group of each hierarchy the process lies; /proc/self/mountinfo,
 * where the hierarchies are mounted and which of their groups is the mount's top. In a container
 * that is often the container's own group, so that its name must be taken off the front. */
#include "base/cgroup.h"

#include "base/file.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Is `word` one of the `length` bytes of names between commas? */
static bool lists(const char *names, size_t length, const char *word) {
    const size_t size = strlen(word);
    for (const char *end = names + length; names < end;) {
        const char *comma = memchr(names, ',', (size_t)(end - names));
        const size_t name = (size_t)((comma ? comma : end) - names);
        if (name == size && memcmp(names, word, size) == 0)
            return true;
        names += name + 1;
    }
    return false;
}

/* A line of a file below the root, without its newline; NULL at the end. */
static char *read_line(FILE *file, char **line, size_t *capacity) {
    const ssize_t length = getline(line, capacity, file);
    if (length < 0)
        return NULL;
    if (length > 0 && (*line)[length - 1] == '\n')
        (*line)[length - 1] = '\0';
    return *line;
}

static FILE *open_below(const char *root, const char *path, const char *name) {
    char *whole = NULL;
    FILE *stream = NULL;
    uint64_t size;
    int file = -1;
    if (asprintf(&whole, "%s%s%s", root, path, name) >= 0) {
        rl_file_open(&file, &size, whole, NULL);
        free(whole);
    }
    if (file >= 0 && !(stream = fdopen(file, "r")))
        close(file);
    return stream;
}

/* The group of this process in the hierarchy of version 2, or of version 1 with the controller
 * "cpu", for free(); NULL when it lies in none. Lines are "number:controllers:group". */
static char *own_group(const char *root, bool is_v2) {
    FILE *file = open_below(root, "/proc/self/cgroup", "");
    char *line = NULL, *group = NULL;
    size_t capacity = 0;
    while (file && !group && read_line(file, &line, &capacity)) {
        const char *names = strchr(line, ':');
        const char *path = names ? strchr(names + 1, ':') : NULL;
        if (!path)
            continue;
        names++;
        if (is_v2 ? names == path : lists(names, (size_t)(path - names), "cpu"))
            group = strdup(path + 1);
    }
    free(line);
    if (file)
        fclose(file);
    return group;
}

static bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

/* Mount points have blanks and the like as three octal digits: "\040". */
static void decode_octal(char *text) {
    char *to = text;
    for (const char *from = text; *from; to++) {
        if (from[0] == '\\' && is_octal(from[1]) && is_octal(from[2]) && is_octal(from[3])) {
            *to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

/* The numbers that the file of a group begins with; how many there are, at most two. */
static int read_numbers(const char *root, const char *group, const char *name, double numbers[2]) {
    FILE *file = open_below(root, group, name);
    char *line = NULL;
    size_t capacity = 0;
    int count = 0;
    if (file) {
        const char *at = read_line(file, &line, &capacity);
        for (char *end; at && count < 2; at = end, count++) {
            const double value = strtod(at, &end); /* "max" is no number */
            if (end == at)
                break;
            numbers[count] = value;
        }
        fclose(file);
    }
    free(line);
    return count;
}

/* What the files of one group allow; times in microseconds. */
static double group_processors(const char *root, const char *group, bool is_v2) {
    double quota[2] = {0, 100000}, period[2];
    if (read_numbers(root, group, is_v2 ? "/cpu.max" : "/cpu.cfs_quota_us", quota) == 0)
        return INFINITY;
    if (!is_v2 && read_numbers(root, group, "/cpu.cfs_period_us", period) > 0)
        quota[1] = period[0];
    return quota[0] > 0 && quota[1] > 0 ? quota[0] / quota[1] : INFINITY;
}

/* The least over the group and those it lies in, up to the mount. */
static double least_processors(const char *root, const char *mount, const char *group, bool is_v2) {
    char *path = NULL;
    if (asprintf(&path, "%s%s", strcmp(mount, "/") == 0 ? "" : mount, group) < 0)
        return INFINITY;
    const size_t top = strlen(path) - strlen(group);
    double least = INFINITY;
    for (;;) {
        least = fmin(least, group_processors(root, path, is_v2));
        char *slash = strrchr(path + top, '/');
        if (!slash)
            break;
        *slash = '\0';
    }
    free(path);
    return least;
}

/* `group` as it is called below a mount whose top is `top`: "" for the top itself, and where the
 * group lies outside of what is mounted. */
static const char *below(const char *group, const char *top) {
    const size_t length = strcmp(top, "/") == 0 ? 0 : strlen(top);
    const bool inside = strncmp(group, top, length) == 0 && group[length] == '/' &&
                        group[length + 1] != '\0' && strncmp(group + length, "/..", 3) != 0;
    return inside ? group + length : "";
}

/* A line is "id parent device top mount options ... - type source options". */
static double mount_processors(const char *root, char *line) {
    char *words[5], *save, *rest = strstr(line, " - ");
    char type[16], options[256];
    if (!rest || sscanf(rest, " - %15s %*s %255s", type, options) != 2)
        return INFINITY;
    const bool is_v2 = strcmp(type, "cgroup2") == 0;
    if (!is_v2 && (strcmp(type, "cgroup") != 0 || !lists(options, strlen(options), "cpu")))
        return INFINITY;
    char *at = line;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++, at = NULL)
        if (!(words[i] = strtok_r(at, " ", &save)))
            return INFINITY;
    decode_octal(words[3]);
    decode_octal(words[4]);
    char *group = own_group(root, is_v2);
    if (!group)
        return INFINITY;
    const double least = least_processors(root, words[4], below(group, words[3]), is_v2);
    free(group);
    return least;
}

double rl_cgroup_processors(const char *root) {
    FILE *file = open_below(root, "/proc/self/mountinfo", "");
    char *line = NULL;
    size_t capacity = 0;
    double least = INFINITY;
    while (file && read_line(file, &line, &capacity))
        least = fmin(least, mount_processors(root, line));
    free(line);
    if (file)
        fclose(file);
    return least;
}
