/* What lies in a folder, for tests that hold it against what should. */
#ifndef RL_TESTS_DATA_FOLDERS_H
#define RL_TESTS_DATA_FOLDERS_H

#include "data/fixtures.h"

#include <dirent.h>

static inline int compare_names(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static inline int is_no_dot(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* The names in the folder must be these, sorted and separated by spaces; "" for an empty folder. */
static inline void assert_holds(const char *folder, const char *names) {
    struct dirent **entries;
    char found[4096] = "";
    const int count = scandir(in_root(folder), &entries, is_no_dot, compare_names);
    if (count < 0)
        fail_msg("%s: cannot be listed", folder);
    for (int i = 0; i < count; i++) {
        const size_t used = strlen(found);
        snprintf(found + used, sizeof found - used, "%s%s", i ? " " : "", entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    assert_string_equal(found, names);
}

#endif
