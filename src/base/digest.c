/* Computing digests is libcrypto's. Its older functions take no memory and look nothing up, so that
 * they cannot fail: the newer ones end the program when memory runs out as they look around. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.h"

#include "base/memory.h"

#include <openssl/sha.h>
#include <string.h>

void rl_digest_begin(rl_digest *digest) {
    *digest = (rl_digest){.state = rl_alloc(1, sizeof(SHA256_CTX))};
    digest->failed = !digest->state || SHA256_Init(digest->state) != 1;
}

void rl_digest_add(rl_digest *digest, const void *bytes, size_t size) {
    if (!digest->failed && size > 0)
        digest->failed = SHA256_Update(digest->state, bytes, size) != 1;
}

void rl_digest_add_u64(rl_digest *digest, uint64_t value) {
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    rl_digest_add(digest, bytes, sizeof bytes);
}

bool rl_digest_text(rl_digest *digest, char text[RL_DIGEST_TEXT]) {
    static const char hex[] = "0123456789abcdef";
    uint8_t bytes[SHA256_DIGEST_LENGTH];
    SHA256_CTX copy;
    const bool begun = digest->state && !digest->failed;
    if (begun)
        memcpy(&copy, digest->state, sizeof copy);
    const bool done = begun && SHA256_Final(bytes, &copy) == 1;
    text[0] = '\0';
    for (size_t i = 0; done && 2 * i + 1 < RL_DIGEST_TEXT; i++) {
        text[2 * i] = hex[bytes[i] >> 4];
        text[2 * i + 1] = hex[bytes[i] & 15];
        text[2 * i + 2] = '\0';
    }
    return done;
}

void rl_digest_end(rl_digest *digest) {
    rl_free(digest->state);
    *digest = (rl_digest){.failed = true};
}
