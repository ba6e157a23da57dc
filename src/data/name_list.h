/* Class names as data sets keep them beside the images: a text file with a name a line. */
#ifndef RL_DATA_NAME_LIST_H
#define RL_DATA_NAME_LIST_H

#include "reslab.h"

#include <stdint.h>

#define RL_NAME_LIST_MAX 256 /* all that a label of one byte can tell apart */

typedef struct {
    const char *names[RL_NAME_LIST_MAX]; /* name i is that of label i */
    size_t count;
    uint8_t *text; /* what the names point into, where the list was read from a file */
} rl_name_list;    /* starts as {0} */

/* Cuts `text`, `size` bytes with a NUL after them, into lines in place; the names point into it.
 * Lines end with LF or CR LF, and empty ones at the end do not count. An error unless there are
 * `expected` lines (0: any number from one up). `path` is for messages. */
rl_status rl_name_list_parse(rl_name_list *list, char *text, size_t size, size_t expected,
                             const char *path, rl_error *error);

/* The same from a file; rl_name_list_clear releases its text. */
rl_status rl_name_list_read(rl_name_list *list, const char *path, size_t expected, rl_error *error);
void rl_name_list_clear(rl_name_list *list);

#endif
