#include "format/safetensors_checksum.h"

#include "format/safetensors.h"

#include <string.h>

enum { DIGITS = RL_DIGEST_TEXT - 1 };

char *rl_checksum_digits(const char *header, size_t length) {
    /* Text within a JSON string has its quotes escaped: this can only be the key itself. */
    static const char before[] = "\"" RL_SAFETENSORS_CHECKSUM "\":\"";
    const size_t size = sizeof before - 1;
    char *found = memmem(header, length, before, size);
    const bool whole =
        found && (size_t)(header + length - found) > size + DIGITS && found[size + DIGITS] == '"';
    return whole ? found + size : NULL;
}

void rl_checksum_begin(rl_digest *digest, const char *header, size_t length, const char *digits) {
    rl_digest_begin(digest);
    rl_digest_add_u64(digest, length);
    rl_digest_add(digest, header, (size_t)(digits - header));
    rl_digest_add(digest, RL_CHECKSUM_ZEROS, DIGITS);
    digits += DIGITS;
    rl_digest_add(digest, digits, (size_t)(header + length - digits));
}
