/* Computing digests is libcrypto's. */
#include "base/digest.h"

#include <openssl/evp.h>

void rl_digest_begin(rl_digest *digest) {
    *digest = (rl_digest){.state = EVP_MD_CTX_new()};
    digest->failed = !digest->state || EVP_DigestInit_ex(digest->state, EVP_sha256(), NULL) != 1;
}

void rl_digest_add(rl_digest *digest, const void *bytes, size_t size) {
    if (!digest->failed && size > 0)
        digest->failed = EVP_DigestUpdate(digest->state, bytes, size) != 1;
}

void rl_digest_add_u64(rl_digest *digest, uint64_t value) {
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    rl_digest_add(digest, bytes, sizeof bytes);
}

bool rl_digest_text(rl_digest *digest, char text[RL_DIGEST_TEXT]) {
    static const char hex[] = "0123456789abcdef";
    uint8_t bytes[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *copy = digest->failed ? NULL : EVP_MD_CTX_new();
    const bool done = copy && EVP_MD_CTX_copy_ex(copy, digest->state) == 1 &&
                      EVP_DigestFinal_ex(copy, bytes, NULL) == 1;
    EVP_MD_CTX_free(copy);
    text[0] = '\0';
    for (size_t i = 0; done && 2 * i + 1 < RL_DIGEST_TEXT; i++) {
        text[2 * i] = hex[bytes[i] >> 4];
        text[2 * i + 1] = hex[bytes[i] & 15];
        text[2 * i + 2] = '\0';
    }
    return done;
}

void rl_digest_end(rl_digest *digest) {
    EVP_MD_CTX_free(digest->state);
    *digest = (rl_digest){.failed = true};
}
