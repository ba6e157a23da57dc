/* SHA-256 digests as text, the form in which they are stored, compared and shown. */
#ifndef RL_DATA_DIGEST_H
#define RL_DATA_DIGEST_H

#include <stdint.h>

#define RL_DIGEST_BYTES 32
#define RL_DIGEST_TEXT (2 * RL_DIGEST_BYTES + 1) /* lower-case hex and a NUL */

void rl_digest_hex(char text[RL_DIGEST_TEXT], const uint8_t digest[RL_DIGEST_BYTES]);

#endif
