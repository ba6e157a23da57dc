/* CIFAR-100 records, read for either label, and the same bytes as its lists of class names. */
#include "cifar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_records(data, size, &rl_cifar100_layout, RL_CIFAR100_FINE);
    fuzz_records(data, size, &rl_cifar100_layout, RL_CIFAR100_COARSE);
    fuzz_names(data, size, 100);
    fuzz_names(data, size, 20);
    return 0;
}
