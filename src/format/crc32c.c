/* Bit by bit, reflected polynomial 0x82F63B78. Records are some fifty bytes a training step: a
 * table would be faster, and no one would notice. */
#include "format/crc32c.h"

uint32_t rl_crc32c(const void *bytes, size_t size) {
    const uint8_t *data = bytes;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (UINT32_C(0x82F63B78) & (0 - (crc & 1)));
    }
    return ~crc;
}
