/* Files that must not be lost: whole-file reads with a size cap, and writes that replace a file
 * only when the new content is on disk (temporary name in the same folder, fsync, rename, fsync of
 * the folder). */
#ifndef RL_BASE_FILE_H
#define RL_BASE_FILE_H

#include "reslab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Reads the whole regular file into *data (rl_free it; a NUL follows the last byte, not counted in
 * *size). A directory, a missing file or one above `limit` bytes is an error. */
rl_status rl_file_read(const char *path, size_t limit, uint8_t **data, size_t *size,
                       rl_error *error);

/* Replaces `path` by what `write(stream, context)` puts into the stream; on any failure the old
 * file is untouched and no temporary remains. `write` returns false on failure (errno set). */
rl_status rl_file_replace(const char *path, bool (*write)(FILE *stream, void *context),
                          void *context, rl_error *error);

/* rl_file_replace with ready bytes. */
rl_status rl_file_replace_bytes(const char *path, const void *data, size_t size, rl_error *error);

/* Is this the name of a file that rl_file_replace has not finished? */
bool rl_file_is_temporary(const char *name);

bool rl_file_exists(const char *path);
bool rl_file_is_folder(const char *path);

/* Makes the folders that `path` lies in, as far as they are not there: all up to its last '/'. */
rl_status rl_folder_make_parents(const char *path, rl_error *error);

/* "folder/name" into a buffer of `size` bytes; RL_ERROR_ARGUMENT when it does not fit. */
rl_status rl_path_join(char *buffer, size_t size, const char *folder, const char *name,
                       rl_error *error);

#endif
