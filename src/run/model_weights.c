/* The tensors of model files, strictly: all of a net's tensors in their shapes and no others. */
#include "run/model_file.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MODULE_PREFIX "module." /* torch.nn.DataParallel puts it on every name */

/* In what a file differs from what a net needs: a line each. */
typedef struct {
    rl_buffer lines;
    size_t count;
} complaints;

__attribute__((format(printf, 2, 3))) static void complain(complaints *c, const char *format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    rl_buffer_add(&c->lines, line);
    rl_buffer_add(&c->lines, "\n");
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

const rl_tensor *rl_model_weights_find(const rl_safetensors *file, const char *name) {
    const rl_tensor *found = find_weight(file, name, false);
    return found ? found : find_weight(file, name, true);
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
            complain(c, "%.160s belongs to no layer", name);
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

/* Names that show what a file is, where it does not fit. */
static const struct {
    const char *part;  /* of some tensor's name */
    const char *model; /* part of the model's name ... */
    bool model_has_it; /* ... which it has, or has not; NULL: any */
    const char *hint;
} hints[] = {
    {".cheap_operation.", "ghost", false,
     "it is a Ghost network: give the model in its Ghost form"},
    {"layer1.0.conv1.weight", "ghost", true, "it has no Ghost Modules: give the plain model"},
    {"layer1.2.", "resnet34", false, "it has the blocks of resnet34"},
    {"downsample.", NULL, false,
     "these are torchvision's names: rename 'downsample' to 'shortcut' and 'fc' to 'linear'"},
    {"fc.weight", NULL, false, "rename 'fc' to 'linear', as the usual CIFAR ResNet calls it"},
    {"_orig_mod.", NULL, false, "strip '_orig_mod.', which torch.compile puts before the names"},
    {"model.", NULL, false, "strip 'model.' from the names"},
};

static bool has_name_with(const rl_safetensors *file, const char *part) {
    for (size_t i = 0; i < rl_safetensors_count(file); i++)
        if (strstr(rl_safetensors_at(file, i)->name, part))
            return true;
    return false;
}

const char *rl_model_weights_hint(const rl_safetensors *file, const rl_model_spec *spec) {
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        const bool in_model = hints[i].model && strstr(spec->model, hints[i].model);
        if (in_model == hints[i].model_has_it && has_name_with(file, hints[i].part))
            return hints[i].hint;
    }
    return NULL;
}

/* One line that lists the differences, as many as an error holds. */
static rl_status mismatch(const rl_model_spec *spec, const rl_safetensors *file, const char *path,
                          const complaints *c, rl_error *error) {
    enum { ROOM_FOR_THE_REST = 24 };
    const char *hint = rl_model_weights_hint(file, spec);
    char text[sizeof error->message];
    int length = snprintf(text, sizeof text,
                          "%.300s: weights do not fit %s of width %zu with %zu classes (%zu "
                          "differences%s%s): ",
                          path, spec->model, spec->width, spec->class_count, c->count,
                          hint ? "; " : "", hint ? hint : "");
    size_t listed = 0;
    for (const char *line = c->lines.text, *end; listed < c->count; line = end + 1, listed++) {
        end = strchr(line, '\n');
        if ((size_t)length + (size_t)(end - line) + ROOM_FOR_THE_REST > sizeof text)
            break;
        length += snprintf(text + length, sizeof text - (size_t)length, "%s%.*s",
                           listed ? ", " : "", (int)(end - line), line);
    }
    if (listed < c->count)
        snprintf(text + length, sizeof text - (size_t)length, " and %zu more", c->count - listed);
    return rl_fail(error, RL_ERROR_MISMATCH, "%s", text);
}

static rl_status check(const rl_net *net, const rl_safetensors *file, bool prefixed,
                       const char *path, rl_error *error) {
    complaints c = {0};
    check_wanted(net, file, prefixed, &c);
    check_strangers(net, file, prefixed, &c);
    rl_status status = rl_buffer_status(&c.lines, "a list of differences", error);
    if (status == RL_OK && c.count)
        status = mismatch(rl_net_spec(net), file, path, &c, error);
    rl_buffer_clear(&c.lines);
    return status;
}

rl_status rl_model_weights_read(rl_net *net, const rl_safetensors *file, const char *path,
                                rl_error *error) {
    const bool prefixed =
        rl_safetensors_count(file) > 0 && find_weight(file, rl_net_tensor_at(net, 0)->name, true);
    const rl_status status = check(net, file, prefixed, path, error);
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
