/* Digests as hexadecimal text. Computing them is libcrypto's. */
#include "data/digest.h"

#include <stddef.h>

void rl_digest_hex(char text[RL_DIGEST_TEXT], const uint8_t digest[RL_DIGEST_BYTES]) {
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < RL_DIGEST_BYTES; i++) {
        text[2 * i] = hex[digest[i] >> 4];
        text[2 * i + 1] = hex[digest[i] & 15];
    }
    text[2 * RL_DIGEST_BYTES] = '\0';
}
