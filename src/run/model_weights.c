/* The tensors of model files, to and from a net. */
#include "run/model_file.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>

static uint64_t counter_of(const rl_net *net, const rl_safetensors *file) {
    for (size_t i = 0; i < rl_net_tensor_count(net); i++) {
        const rl_net_tensor *wanted = rl_net_tensor_at(net, i);
        const rl_tensor *found =
            wanted->role == RL_TENSOR_COUNTER ? rl_model_weights_find(file, wanted->name) : NULL;
        int64_t value;
        if (found && found->dtype == RL_DTYPE_I64 && found->size == sizeof value) {
            memcpy(&value, found->data, sizeof value);
            return value > 0 ? (uint64_t)value : 0;
        }
    }
    return 0;
}

static size_t largest_tensor(const rl_net *net) {
    size_t largest = 0;
    for (size_t i = 0; i < rl_net_tensor_count(net); i++)
        largest = rl_max(largest, rl_net_tensor_at(net, i)->count);
    return largest;
}

static rl_status check(const rl_net *net, rl_safetensors *file, const char *path, rl_error *error) {
    rl_differences differences;
    rl_status status = rl_model_differences_load(&differences, rl_net_spec(net), file, error);
    if (status == RL_OK && differences.count)
        status = rl_model_mismatch(rl_net_spec(net), file, path, &differences, error);
    rl_buffer_clear(&differences.lines);
    return status;
}

rl_status rl_model_weights_read(rl_net *net, rl_safetensors *file, const char *path,
                                rl_error *error) {
    const rl_status status = check(net, file, path, error);
    if (status != RL_OK)
        return status;
    float *values = rl_alloc_floats(largest_tensor(net));
    if (!values)
        return rl_fail_memory(error, "the weights of a model");
    for (size_t i = 0; i < rl_net_tensor_count(net); i++) {
        const rl_net_tensor *tensor = rl_net_tensor_at(net, i);
        if (tensor->role == RL_TENSOR_COUNTER)
            continue;
        /* Cannot fail: type and element count were checked above, for all of them. */
        rl_tensor_to_floats(rl_model_weights_find(file, tensor->name), values, tensor->count, NULL);
        rl_net_tensor_write(net, tensor, values);
    }
    rl_net_set_batches_tracked(net, counter_of(net, file));
    rl_free(values);
    return RL_OK;
}

/* Describes the net's tensors, their values gathered in `values` one after the other. */
static void gather(const rl_net *net, float *values, const int64_t *counter, rl_tensor *tensors) {
    for (size_t i = 0; i < rl_net_tensor_count(net); i++) {
        const rl_net_tensor *from = rl_net_tensor_at(net, i);
        tensors[i] = (rl_tensor){.name = from->name, .rank = from->rank};
        for (size_t j = 0; j < from->rank; j++)
            tensors[i].shape[j] = from->shape[j];
        if (from->role == RL_TENSOR_COUNTER) {
            tensors[i].dtype = RL_DTYPE_I64;
            tensors[i].data = counter;
            tensors[i].size = sizeof *counter;
            continue;
        }
        rl_net_tensor_read(net, from, values);
        tensors[i].dtype = RL_DTYPE_F32;
        tensors[i].data = values;
        tensors[i].size = from->count * sizeof *values;
        values += from->count;
    }
}

rl_status rl_model_weights_write(const char *path, const rl_net *net, const rl_tensor *extra,
                                 size_t extra_count, const char *const *metadata, rl_error *error) {
    const size_t own = rl_net_tensor_count(net);
    size_t floats = 0;
    for (size_t i = 0; i < own; i++)
        floats += rl_net_tensor_at(net, i)->count;
    float *values = rl_alloc_floats(floats);
    rl_tensor *tensors = rl_alloc(own + extra_count, sizeof *tensors);
    rl_status status;
    if (!values || !tensors) {
        status = rl_fail_memory(error, "a copy of the weights");
    } else {
        const int64_t counter = (int64_t)rl_net_batches_tracked(net);
        gather(net, values, &counter, tensors);
        if (extra_count)
            memcpy(tensors + own, extra, extra_count * sizeof *tensors);
        status = rl_safetensors_write(path, tensors, own + extra_count, metadata, error);
    }
    rl_free(values);
    rl_free(tensors);
    return status;
}
