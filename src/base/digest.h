/* SHA-256, fed piece by piece; as text, the form in which it is stored, compared and shown. A
 * failure is remembered and told of once, by rl_digest_text. */
#ifndef RL_BASE_DIGEST_H
#define RL_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RL_DIGEST_TEXT 65 /* lower-case hex and a NUL */

typedef struct {
    uint64_t state[14]; /* libcrypto's */
    bool failed;
} rl_digest;

void rl_digest_begin(rl_digest *digest);
void rl_digest_add(rl_digest *digest, const void *bytes, size_t size);
void rl_digest_add_u64(rl_digest *digest, uint64_t value); /* little-endian */

/* The digest of what was added so far; more may be added after it. False, and an empty text, when
 * libcrypto failed or the digest has ended. */
bool rl_digest_text(rl_digest *digest, char text[RL_DIGEST_TEXT]);

/* Releases it; harmless on one that was never begun, {0}, and on one that was ended. */
void rl_digest_end(rl_digest *digest);

#endif
