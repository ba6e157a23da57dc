/* CIFAR-10 records, and the same bytes as a list of class names. */
#include "cifar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_records(data, size, &rl_cifar10_layout, 0);
    fuzz_names(data, size, 10);
    fuzz_names(data, size, 0);
    return 0;
}
