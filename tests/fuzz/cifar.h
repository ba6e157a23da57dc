/* What the targets of the two CIFAR layouts do: the input as records, and as a list of class names.
 */
#ifndef RL_FUZZ_CIFAR_H
#define RL_FUZZ_CIFAR_H

#include "fuzz.h"

#include "base/memory.h"
#include "data/cifar_records.h"
#include "data/dataset_build.h"
#include "data/name_list.h"

#include <stdlib.h>
#include <string.h>

static inline void check_error(rl_status status, const rl_error *error) {
    if (error->code != status || !error->message[0] || strchr(error->message, '\n'))
        abort();
}

/* What is accepted must hold labels of the layout. */
static inline void fuzz_records(const uint8_t *data, size_t size, const rl_cifar_layout *layout,
                                size_t label) {
    rl_error error;
    size_t count;
    rl_status status = rl_cifar_count(&count, layout, size, "input", &error);
    if (status != RL_OK) {
        check_error(status, &error);
        return;
    }
    rl_image_set set = {0};
    if (rl_image_set_allocate(&set, count, NULL) == RL_OK) {
        status =
            rl_cifar_parse(data, count, layout, label, set.pixels, set.labels, "input", &error);
        if (status != RL_OK)
            check_error(status, &error);
        for (size_t i = 0; status == RL_OK && i < count; i++)
            if (set.labels[i] >= layout->labels[label].classes)
                abort();
    }
    rl_free(set.pixels);
    rl_free(set.labels);
}

/* What is accepted must have the expected number of names (0: any), all inside the text. */
static inline void fuzz_names(const uint8_t *data, size_t size, size_t expected) {
    char *text = rl_alloc(size + 1, 1);
    rl_dataset *dataset = rl_alloc(1, sizeof *dataset);
    rl_name_list list = {0};
    rl_error error;
    if (text && dataset) {
        if (size)
            memcpy(text, data, size);
        rl_status status = rl_name_list_parse(&list, text, size, expected, "input", &error);
        if (status == RL_OK && (list.count == 0 || (expected && list.count != expected)))
            abort();
        for (size_t i = 0; i < list.count; i++)
            if (list.names[i] < text || list.names[i] + strlen(list.names[i]) > text + size)
                abort();
        if (status == RL_OK)
            status = rl_dataset_name_classes(dataset, "input", list.names, list.count, &error);
        if (status != RL_OK)
            check_error(status, &error);
    }
    rl_free(text);
    rl_dataset_free(dataset);
}

#endif
