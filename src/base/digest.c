/* Computing digests is libcrypto's. Its older functions take no memory and look nothing up, so that
 * they cannot fail: the newer ones end the program when memory runs out as they look around. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.h"

#include <assert.h>
#include <openssl/sha.h>

static_assert(sizeof(SHA256_CTX) <= sizeof((rl_digest){0}.state), "room for libcrypto's state");

static SHA256_CTX *state_of(rl_digest *digest) {
    return (SHA256_CTX *)digest->state;
}

void rl_digest_begin(rl_digest *digest) {
    *digest = (rl_digest){.failed = false};
    digest->failed = SHA256_Init(state_of(digest)) != 1;
}

void rl_digest_add(rl_digest *digest, const void *bytes, size_t size) {
    if (!digest->failed && size > 0)
        digest->failed = SHA256_Update(state_of(digest), bytes, size) != 1;
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
    rl_digest copy = *digest;
    const bool done = !digest->failed && SHA256_Final(bytes, state_of(&copy)) == 1;
    text[0] = '\0';
    for (size_t i = 0; done && 2 * i + 1 < RL_DIGEST_TEXT; i++) {
        text[2 * i] = hex[bytes[i] >> 4];
        text[2 * i + 1] = hex[bytes[i] & 15];
        text[2 * i + 2] = '\0';
    }
    return done;
}

void rl_digest_end(rl_digest *digest) {
    *digest = (rl_digest){.failed = true};
}
