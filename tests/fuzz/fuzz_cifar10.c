/* CIFAR-10 records, and the same bytes as a list of class names. */
#include "fuzz.h"

#include "base/memory.h"
#include "data/cifar10.h"
#include "data/dataset_build.h"

#include <stdlib.h>
#include <string.h>

static void check_error(rl_status status, const rl_error *error) {
    if (error->code != status || !error->message[0] || strchr(error->message, '\n'))
        abort();
}

static void fuzz_records(const uint8_t *data, size_t size) {
    rl_error error;
    size_t count;
    rl_status status = rl_cifar10_count(&count, "input", size, &error);
    if (status != RL_OK) {
        check_error(status, &error);
        return;
    }
    rl_image_set set = {0};
    if (rl_image_set_allocate(&set, count, NULL) == RL_OK) {
        status = rl_cifar10_parse(data, count, set.pixels, set.labels, "input", &error);
        if (status != RL_OK)
            check_error(status, &error);
        for (size_t i = 0; status == RL_OK && i < count; i++)
            if (set.labels[i] >= RL_CIFAR10_CLASSES)
                abort();
    }
    rl_free(set.pixels);
    rl_free(set.labels);
}

static void fuzz_names(const uint8_t *data, size_t size) {
    char *text = rl_alloc(size + 1, 1);
    rl_dataset *dataset = rl_alloc(1, sizeof *dataset);
    const char *names[RL_CIFAR10_CLASSES];
    rl_error error;
    if (text && dataset) {
        if (size)
            memcpy(text, data, size);
        rl_status status = rl_cifar10_parse_names(text, names, "input", &error);
        if (status == RL_OK)
            status = rl_dataset_name_classes(dataset, "input", names, RL_CIFAR10_CLASSES, &error);
        if (status != RL_OK)
            check_error(status, &error);
    }
    rl_free(text);
    rl_dataset_free(dataset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_records(data, size);
    fuzz_names(data, size);
    return 0;
}
