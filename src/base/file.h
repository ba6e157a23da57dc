/* Files that must not be lost: the one door through which files are read (file_read.c), writes that
 * replace a file only when the new content is on disk (replace.c: temporary name in the same
 * folder, fsync, rename, fsync of the folder), and folders (folder.c). */
#ifndef RL_BASE_FILE_H
#define RL_BASE_FILE_H

#include "reslab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Opens a regular file to read; *size is its length. Whatever else bears the name, a folder, a
 * named pipe or a device, is an error at once: none is waited for. *file is -1 on failure, else
 * for close. */
rl_status rl_file_open(int *file, uint64_t *size, const char *path, rl_error *error);

/* Reads exactly `size` bytes from `offset` on. */
rl_status rl_file_read_at(int file, const char *path, uint64_t offset, void *data, size_t size,
                          rl_error *error);

/* Reads what a file of the system begins with (those of /proc do not say how long they are): at
 * most size - 1 bytes and a NUL. Returns how many; 0 where there is no such file. */
size_t rl_file_read_start(const char *path, char *buffer, size_t size);

/* Reads the whole regular file into *data (rl_free it; a NUL follows the last byte, not counted in
 * *size). A directory, a missing file or one above `limit` bytes is an error. */
rl_status rl_file_read(const char *path, size_t limit, uint8_t **data, size_t *size,
                       rl_error *error);

/* Replaces the file `path` by what `write(stream, context)` puts into the stream; on any failure
 * the old file is untouched and no temporary remains. The new file has the old one's mode. `write`
 * returns false on failure (errno set). Of a symbolic link the file at its end is replaced;
 * devices, pipes and descriptors (/dev/fd/1) are written into. */
rl_status rl_file_replace(const char *path, bool (*write)(FILE *stream, void *context),
                          void *context, rl_error *error);

/* rl_file_replace with ready bytes. */
rl_status rl_file_replace_bytes(const char *path, const void *data, size_t size, rl_error *error);

bool rl_file_exists(const char *path);
bool rl_file_is_folder(const char *path);

/* Makes one folder, which survives a power failure; RL_ERROR_EXISTS when something has its name. */
rl_status rl_folder_make(const char *path, rl_error *error);

/* Makes the folders that `path` lies in, as far as they are not there: all up to its last '/'. What
 * was made survives a power failure. */
rl_status rl_folder_make_parents(const char *path, rl_error *error);

/* Puts on disk what was made, renamed or removed in the folder. File systems and permissions that
 * do not allow it are accepted; a failing disk is not. */
rl_status rl_folder_sync(const char *path, rl_error *error);

/* Could the folder `path` be made, or, where it is there, a file in it? Tries it, with a name that
 * is taken away again: permissions alone do not tell, as in /proc. */
rl_status rl_folder_check(const char *path, rl_error *error);

/* "folder/name" into a buffer of `size` bytes; RL_ERROR_ARGUMENT when it does not fit. */
rl_status rl_path_join(char *buffer, size_t size, const char *folder, const char *name,
                       rl_error *error);

#endif
