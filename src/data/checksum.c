/* SHA-256 of files that may be larger than one wants to have in memory. */
#include "data/checksum.h"

#include "base/error.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

enum { CHUNK = 1 << 18 };

static rl_status hash_descriptor(int file, EVP_MD_CTX *hash, uint8_t *chunk, const char *path,
                                 rl_error *error) {
    for (;;) {
        const ssize_t got = read(file, chunk, CHUNK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return rl_fail_errno(error, "%s: cannot read", path);
        if (got == 0)
            return RL_OK;
        if (EVP_DigestUpdate(hash, chunk, (size_t)got) != 1)
            return rl_fail_memory(error, "a SHA-256");
    }
}

rl_status rl_file_sha256(const char *path, char text[RL_DIGEST_TEXT], rl_error *error) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    rl_status status;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return rl_fail_errno(error, "%s: cannot open", path);
    uint8_t *chunk = rl_alloc(CHUNK, 1);
    EVP_MD_CTX *hash = chunk ? EVP_MD_CTX_new() : NULL;
    if (!hash || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1)
        status = rl_fail_memory(error, "a SHA-256");
    else
        status = hash_descriptor(file, hash, chunk, path, error);
    if (status == RL_OK && EVP_DigestFinal_ex(hash, digest, NULL) != 1)
        status = rl_fail_memory(error, "a SHA-256");
    if (status == RL_OK)
        rl_digest_hex(text, digest);
    EVP_MD_CTX_free(hash);
    rl_free(chunk);
    close(file);
    return status;
}
