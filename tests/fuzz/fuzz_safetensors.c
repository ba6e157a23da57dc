/* safetensors files: parse, and convert every tensor that is numbers. */
#include "fuzz.h"

#include "base/memory.h"
#include "format/safetensors.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rl_safetensors *file;
    rl_error error;
    const rl_status status = rl_safetensors_parse(&file, data, size, "input", &error);
    if (status != RL_OK) {
        if (error.code != status || !error.message[0] || strchr(error.message, '\n') || file)
            abort();
        return 0;
    }
    for (size_t i = 0; i < rl_safetensors_count(file); i++) {
        const rl_tensor *tensor = rl_safetensors_at(file, i);
        size_t count = 1;
        for (size_t j = 0; j < tensor->rank && j < RL_MAX_RANK; j++)
            count *= tensor->shape[j];
        float *values = count <= tensor->size ? rl_alloc_floats(count) : NULL;
        if (values && tensor->rank <= RL_MAX_RANK)
            rl_tensor_to_floats(tensor, values, count, NULL);
        rl_free(values);
    }
    rl_safetensors_free(file);
    return 0;
}
