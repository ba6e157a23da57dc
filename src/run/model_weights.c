/* The tensors of model files, strictly: all of a net's tensors in their shapes and no others. */
#include "run/model_file.h"

#include "base/error.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MODULE_PREFIX "module." /* torch.nn.DataParallel puts it on every name */

typedef struct {
    char text[700]; /* "a (missing), b (shape [3] for [4]), ..." */
    size_t length, count;
} complaints;

__attribute__((format(printf, 2, 3))) static void complain(complaints *c, const char *format, ...) {
    va_list arguments;
    const size_t room = sizeof c->text - c->length;
    va_start(arguments, format);
    char line[200];
    const int wanted = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (wanted > 0 && c->length + (size_t)wanted + 8 < sizeof c->text)
        c->length +=
            (size_t)snprintf(c->text + c->length, room, "%s%s", c->count ? ", " : "", line);
    else if (room > 5 && c->text[c->length ? c->length - 1 : 0] != '.')
        c->length += (size_t)snprintf(c->text + c->length, room, ", ...");
    c->count++;
}

static void shape_text(char *buffer, size_t size, const rl_tensor *tensor) {
    size_t length = (size_t)snprintf(buffer, size, "[");
    for (size_t i = 0; i < tensor->rank && i < RL_MAX_RANK && length < size; i++)
        length += (size_t)snprintf(buffer + length, size - length, "%s%llu", i ? ", " : "",
                                   (unsigned long long)tensor->shape[i]);
    if (length < size)
        snprintf(buffer + length, size - length, "]");
}

static const rl_tensor *find_weight(const rl_safetensors *file, const char *name, bool prefixed) {
    char full[128];
    snprintf(full, sizeof full, "%s%s", prefixed ? MODULE_PREFIX : "", name);
    return rl_safetensors_find(file, full);
}

static bool same_shape(const rl_net_tensor *wanted, const rl_tensor *found) {
    if (wanted->rank != found->rank)
        return false;
    for (size_t i = 0; i < wanted->rank; i++)
        if (wanted->shape[i] != found->shape[i])
            return false;
    return true;
}

static bool is_real(rl_dtype dtype) {
    return dtype == RL_DTYPE_F32 || dtype == RL_DTYPE_F16 || dtype == RL_DTYPE_BF16 ||
           dtype == RL_DTYPE_F64;
}

static void check_wanted(const rl_net *net, const rl_safetensors *file, bool prefixed,
                         complaints *c) {
    for (size_t i = 0; i < rl_net_tensor_count(net); i++) {
        const rl_net_tensor *wanted = rl_net_tensor_at(net, i);
        const rl_tensor *found = find_weight(file, wanted->name, prefixed);
        if (wanted->role == RL_TENSOR_COUNTER) /* optional: older PyTorch does not write it */
            continue;
        if (!found) {
            complain(c, "%s is missing", wanted->name);
        } else if (!same_shape(wanted, found)) {
            char have[64], want[64];
            rl_tensor shape = {.rank = wanted->rank};
            for (size_t j = 0; j < wanted->rank; j++)
                shape.shape[j] = wanted->shape[j];
            shape_text(want, sizeof want, &shape);
            shape_text(have, sizeof have, found);
            complain(c, "%s has shape %s, expected %s", wanted->name, have, want);
        } else if (!is_real(found->dtype)) {
            complain(c, "%s is not of type F32, F64, F16 or BF16", wanted->name);
        }
    }
}

static bool starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void check_strangers(const rl_net *net, const rl_safetensors *file, bool prefixed,
                            complaints *c) {
    for (size_t i = 0; i < rl_safetensors_count(file); i++) {
        const char *name = rl_safetensors_at(file, i)->name;
        if (starts_with(name, "optimizer.") || starts_with(name, "run."))
            continue;
        const bool whole = !prefixed || starts_with(name, MODULE_PREFIX);
        const char *bare = prefixed && whole ? name + strlen(MODULE_PREFIX) : name;
        bool known = false;
        for (size_t j = 0; whole && !known && j < rl_net_tensor_count(net); j++)
            known = strcmp(rl_net_tensor_at(net, j)->name, bare) == 0;
        if (!known)
            complain(c, "%.100s belongs to no layer", name);
    }
}

static uint64_t counter_of(const rl_net *net, const rl_safetensors *file, bool prefixed) {
    for (size_t i = 0; i < rl_net_tensor_count(net); i++) {
        const rl_net_tensor *wanted = rl_net_tensor_at(net, i);
        const rl_tensor *found =
            wanted->role == RL_TENSOR_COUNTER ? find_weight(file, wanted->name, prefixed) : NULL;
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

rl_status rl_model_weights_read(rl_net *net, const rl_safetensors *file, const char *path,
                                rl_error *error) {
    const bool prefixed =
        rl_safetensors_count(file) > 0 && find_weight(file, rl_net_tensor_at(net, 0)->name, true);
    complaints c = {0};
    check_wanted(net, file, prefixed, &c);
    check_strangers(net, file, prefixed, &c);
    if (c.count)
        return rl_fail(error, RL_ERROR_MISMATCH,
                       "%s: weights do not fit %s of width %zu with %zu classes (%zu differences): "
                       "%s",
                       path, rl_net_spec(net)->model, rl_net_spec(net)->width,
                       rl_net_spec(net)->class_count, c.count, c.text);
    float *values = rl_alloc_floats(largest_tensor(net));
    if (!values)
        return rl_fail_memory(error, "the weights of a model");
    for (size_t i = 0; i < rl_net_tensor_count(net); i++) {
        const rl_net_tensor *tensor = rl_net_tensor_at(net, i);
        if (tensor->role == RL_TENSOR_COUNTER)
            continue;
        /* Cannot fail: type and element count were checked above, for all of them. */
        rl_tensor_to_floats(find_weight(file, tensor->name, prefixed), values, tensor->count, NULL);
        rl_net_tensor_write(net, tensor, values);
    }
    rl_net_set_batches_tracked(net, counter_of(net, file, prefixed));
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
