/* CRC-32C (Castagnoli), RFC 3720 appendix B.4: the checksum of TensorBoard's records. */
#ifndef RL_FORMAT_CRC32C_H
#define RL_FORMAT_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t rl_crc32c(const void *bytes, size_t size);

#endif
