/* The content of bytes that may be gzipped, read from front to back without ever holding more of it
 * than was asked for. Apart from the file system so that tests and fuzzers can feed it directly. */
#ifndef RL_DATA_GZIP_H
#define RL_DATA_GZIP_H

#include "reslab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rl_gzip rl_gzip;

/* Starts at the front of `bytes`, which must outlive the reader, as must `path`, which is for
 * messages. What does not begin as gzip does is content itself. */
rl_status rl_gzip_open(rl_gzip **gzip, const uint8_t *bytes, size_t size, const char *path,
                       rl_error *error);
void rl_gzip_free(rl_gzip *gzip);

/* No more than this can come out. For gzipped bytes a bound, from the most that the method can
 * compress: what is announced beyond it is a lie, and known as one before there is memory for it.
 */
uint64_t rl_gzip_bound(const rl_gzip *gzip);

/* The next `size` bytes, or as many as there are; *got says how many. Less than `size` only at the
 * end, and there only when all was whole: checksum, length, and no bytes after them. */
rl_status rl_gzip_read(rl_gzip *gzip, uint8_t *out, size_t size, size_t *got, rl_error *error);

#endif
