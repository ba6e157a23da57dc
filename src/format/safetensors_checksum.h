/* The checksum of a safetensors file, which stands in the header that it covers. */
#ifndef RL_FORMAT_SAFETENSORS_CHECKSUM_H
#define RL_FORMAT_SAFETENSORS_CHECKSUM_H

#include "base/digest.h"

/* What stands in the place of the checksum while it is computed. */
#define RL_CHECKSUM_ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* Where the checksum's digits stand in a header's text as this library writes it; NULL where they
 * do not. */
char *rl_checksum_digits(const char *header, size_t length);

/* Begins the digest with the eight bytes of the header's length, and the header with zeros for the
 * `digits` in it. */
void rl_checksum_begin(rl_digest *digest, const char *header, size_t length, const char *digits);

#endif
