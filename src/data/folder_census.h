/* What a folder of images holds beside them: files that are not read, counted by the end of their
 * names, so that a class of 3 PNG and 20 GIF files does not pass for a class of 3. */
#ifndef RL_DATA_FOLDER_CENSUS_H
#define RL_DATA_FOLDER_CENSUS_H

#include "reslab.h"

/* Starts as {0}. */
typedef struct {
    rl_unread *items; /* its texts are owned */
    size_t count;
} rl_census;

void rl_census_clear(rl_census *census);

/* Is it what systems and their programs leave in every folder: Thumbs.db, .DS_Store, ...? */
bool rl_census_is_clutter(const char *name);

/* Counts the entry `name` at `path`. Clutter is not counted. */
rl_status rl_census_add(rl_census *census, const char *name, const char *path, rl_error *error);

/* The same under a kind of the caller's. */
rl_status rl_census_add_as(rl_census *census, const char *kind, const char *path, rl_error *error);

/* The commonest kinds first, equal ones by name: whatever the order of the file system. */
void rl_census_sort(rl_census *census);

/* "20 .gif (train/cat/1.gif), 2 .txt (...)": the first kinds of a sorted census, paths without
 * their first `skipped` bytes; "nothing" for an empty one. */
void rl_census_text(char *buffer, size_t size, const rl_census *census, size_t skipped);

#endif
