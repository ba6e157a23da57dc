/* Files of class names. Only lines are made here: what a name may be made of, and that no two are
 * alike, rl_dataset_name_classes checks for every data set. An empty line between two names is kept
 * as an empty name, which is refused there: dropping it would shift all the labels after it. */
#include "data/name_list.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

#include <string.h>

#define FILE_LIMIT ((size_t)64 << 10)

static const char byte_order_mark[] = "\xef\xbb\xbf"; /* some Windows editors put it first */

/* The length of the text without the line ends at its end. */
static size_t trimmed_length(const char *text, size_t size) {
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    return size;
}

static rl_status fail_count(size_t count, size_t expected, const char *path, rl_error *error) {
    if (expected)
        return rl_fail(error, RL_ERROR_FORMAT, "%s: %zu class names, expected %zu", path, count,
                       expected);
    return rl_fail(error, RL_ERROR_FORMAT, "%s: %zu class names, expected 1 to %d, one a line",
                   path, count, RL_NAME_LIST_MAX);
}

rl_status rl_name_list_parse(rl_name_list *list, char *text, size_t size, size_t expected,
                             const char *path, rl_error *error) {
    list->count = 0;
    if (memchr(text, '\0', size))
        return rl_fail(error, RL_ERROR_FORMAT,
                       "%s: holds a NUL byte, expected text with a class name a line", path);
    if (strncmp(text, byte_order_mark, 3) == 0) {
        text += 3;
        size -= 3;
    }
    size = trimmed_length(text, size);
    text[size] = '\0';
    size_t count = 0;
    for (char *line = size ? text : NULL, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next) {
            if (next > line && next[-1] == '\r')
                next[-1] = '\0';
            *next++ = '\0';
        }
        if (count < RL_NAME_LIST_MAX)
            list->names[count] = line;
        count++;
    }
    if (count == 0 || count > RL_NAME_LIST_MAX || (expected && count != expected))
        return fail_count(count, expected, path, error);
    list->count = count;
    return RL_OK;
}

rl_status rl_name_list_read(rl_name_list *list, const char *path, size_t expected,
                            rl_error *error) {
    size_t size;
    list->count = 0;
    rl_status status = rl_file_read(path, FILE_LIMIT, &list->text, &size, error);
    if (status == RL_OK)
        status = rl_name_list_parse(list, (char *)list->text, size, expected, path, error);
    if (status != RL_OK)
        rl_name_list_clear(list);
    return status;
}

void rl_name_list_clear(rl_name_list *list) {
    rl_free(list->text);
    list->text = NULL;
    list->count = 0;
}
