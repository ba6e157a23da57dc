/* SHA-256 of files that may be larger than one wants to have in memory. */
#include "data/checksum.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

#include <unistd.h>

enum { CHUNK = 1 << 18 };

static rl_status add_file(rl_digest *digest, int file, uint64_t size, const char *path,
                          rl_error *error) {
    uint8_t *chunk = rl_alloc(CHUNK, 1);
    rl_status status = chunk ? RL_OK : rl_fail_memory(error, "a SHA-256");
    for (uint64_t done = 0; done < size && status == RL_OK;) {
        const size_t part = size - done < CHUNK ? (size_t)(size - done) : CHUNK;
        status = rl_file_read_at(file, path, done, chunk, part, error);
        rl_digest_add(digest, chunk, status == RL_OK ? part : 0);
        done += part;
    }
    rl_free(chunk);
    return status;
}

rl_status rl_file_sha256(const char *path, char text[RL_DIGEST_TEXT], rl_error *error) {
    int file;
    uint64_t size;
    rl_digest digest;
    rl_status status = rl_file_open(&file, &size, path, error);
    if (status != RL_OK)
        return status;
    rl_digest_begin(&digest);
    status = add_file(&digest, file, size, path, error);
    if (status == RL_OK && !rl_digest_text(&digest, text))
        status = rl_fail_memory(error, "a SHA-256");
    rl_digest_end(&digest);
    close(file);
    return status;
}
