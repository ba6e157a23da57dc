/* What a fuzz target defines: libFuzzer's entry point, which returns 0. A target fails by crashing,
 * by a sanitizer, or by abort() where an invariant does not hold. */
#ifndef RL_FUZZ_H
#define RL_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
