/* In what a file of weights differs from what a network needs: strictly, all of the network's
 * tensors in their shapes and no others. And what the names say about the file, where it does not
 * fit. */
#include "run/model_file.h"

#include "base/error.h"
#include "nn/graph.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What PyTorch's wrappers of a whole network, and the classes that people keep one in, put before
 * every name. */
static const char *const prefixes[] = {
    "module.",                     /* DataParallel, DistributedDataParallel */
    "_orig_mod.",                  /* torch.compile */
    "_fsdp_wrapped_module.",       /* FullyShardedDataParallel */
    "_checkpoint_wrapped_module.", /* checkpoint_wrapper */
    "model.",                      /* a LightningModule's own */
    "net.",
    "network.",
};
enum { PREFIX_COUNT = sizeof prefixes / sizeof *prefixes };

__attribute__((format(printf, 2, 3))) static void complain(rl_differences *c, const char *format,
                                                           ...) {
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

static bool starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Do all names of the file go on with `prefix` after their first `skipped` bytes, which they share?
 */
static bool all_go_on(const rl_safetensors *file, size_t skipped, const char *prefix) {
    for (size_t i = 0; i < rl_safetensors_count(file); i++)
        if (!starts_with(rl_safetensors_at(file, i)->name + skipped, prefix))
            return false;
    return rl_safetensors_count(file) > 0;
}

/* Bytes that stand before all names, or before none: as many prefixes as all names share, in
 * whatever order. */
static size_t prefix_length(const rl_safetensors *file) {
    size_t length = 0;
    for (size_t i = 0; i < PREFIX_COUNT;) {
        const bool shared = all_go_on(file, length, prefixes[i]);
        length += shared ? strlen(prefixes[i]) : 0;
        i = shared ? 0 : i + 1;
    }
    return length;
}

static const rl_tensor *find_weight(const rl_safetensors *file, size_t prefix, const char *name) {
    for (size_t i = 0; i < rl_safetensors_count(file); i++)
        if (strcmp(rl_safetensors_at(file, i)->name + prefix, name) == 0)
            return rl_safetensors_at(file, i);
    return NULL;
}

const rl_tensor *rl_model_weights_find(const rl_safetensors *file, const char *name) {
    return find_weight(file, prefix_length(file), name);
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

static void check_wanted(const rl_graph *graph, const rl_safetensors *file, size_t prefix,
                         rl_differences *c) {
    for (size_t i = 0; i < graph->tensor_count; i++) {
        const rl_net_tensor *wanted = &graph->tensors[i];
        const rl_tensor *found = find_weight(file, prefix, wanted->name);
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

static void check_strangers(const rl_graph *graph, const rl_safetensors *file, size_t prefix,
                            rl_differences *c) {
    for (size_t i = 0; i < rl_safetensors_count(file); i++) {
        const char *name = rl_safetensors_at(file, i)->name + prefix;
        if (starts_with(name, "optimizer.") || starts_with(name, "run."))
            continue;
        bool known = false;
        for (size_t j = 0; !known && j < graph->tensor_count; j++)
            known = strcmp(graph->tensors[j].name, name) == 0;
        if (!known)
            complain(c, "%.160s belongs to no layer", name);
    }
}

static bool ends_in(const char *text, const char *end) {
    const size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* Numbers that no network computes with: such a model names no class. */
static void check_values(const rl_net_tensor *wanted, const rl_tensor *found, rl_differences *c) {
    const bool variance = ends_in(wanted->name, ".running_var");
    float value = 0;
    const size_t at = rl_tensor_find_bad(found, variance ? 0 : -INFINITY, &value);
    if (at < wanted->count)
        complain(c, "%s holds %g (element %zu), expected %s numbers", wanted->name, (double)value,
                 at, variance && isfinite(value) ? "no negative" : "finite");
}

static void check_all_values(const rl_graph *graph, const rl_safetensors *file, size_t prefix,
                             rl_differences *c) {
    for (size_t i = 0; i < graph->tensor_count; i++)
        if (graph->tensors[i].role != RL_TENSOR_COUNTER)
            check_values(&graph->tensors[i], find_weight(file, prefix, graph->tensors[i].name), c);
}

/* Of names and shapes, or of values, for which the file must have its data. */
static rl_status find_differences(rl_differences *differences, const rl_model_spec *spec,
                                  const rl_safetensors *file, bool values, rl_error *error) {
    rl_graph graph;
    rl_status status = rl_graph_build(&graph, spec, error);
    if (status != RL_OK)
        return status;
    const size_t prefix = prefix_length(file);
    if (values) {
        check_all_values(&graph, file, prefix, differences);
    } else {
        check_wanted(&graph, file, prefix, differences);
        check_strangers(&graph, file, prefix, differences);
    }
    rl_graph_clear(&graph);
    status = rl_buffer_status(&differences->lines, "a list of differences", error);
    if (status != RL_OK)
        rl_buffer_clear(&differences->lines);
    return status;
}

rl_status rl_model_differences(rl_differences *differences, const rl_model_spec *spec,
                               const rl_safetensors *file, rl_error *error) {
    *differences = (rl_differences){0};
    return find_differences(differences, spec, file, false, error);
}

rl_status rl_model_differences_load(rl_differences *differences, const rl_model_spec *spec,
                                    rl_safetensors *file, rl_error *error) {
    rl_status status = rl_model_differences(differences, spec, file, error);
    if (status != RL_OK || differences->count > 0)
        return status;
    status = rl_safetensors_load(file, error); /* not before: it may be of any size */
    return status == RL_OK ? find_differences(differences, spec, file, true, error) : status;
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
};

static bool has_name_with(const rl_safetensors *file, const char *part) {
    for (size_t i = 0; i < rl_safetensors_count(file); i++)
        if (strstr(rl_safetensors_at(file, i)->name, part))
            return true;
    return false;
}

/* Are there names that begin so, and others? */
static bool has_prefix_on_some(const rl_safetensors *file) {
    for (size_t p = 0; p < PREFIX_COUNT; p++)
        if (!all_go_on(file, 0, prefixes[p]) && has_name_with(file, prefixes[p]))
            return true;
    return false;
}

const char *rl_model_weights_hint(const rl_safetensors *file, const rl_model_spec *spec) {
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        const bool in_model = hints[i].model && strstr(spec->model, hints[i].model);
        if (in_model == hints[i].model_has_it && has_name_with(file, hints[i].part))
            return hints[i].hint;
    }
    if (has_prefix_on_some(file))
        return "some names have a wrapper's prefix and some have not, expected it on all or none";
    return NULL;
}

/* One line that lists the differences, as many as an error holds. */
rl_status rl_model_mismatch(const rl_model_spec *spec, const rl_safetensors *file, const char *path,
                            const rl_differences *differences, rl_error *error) {
    enum { ROOM_FOR_THE_REST = 56 };
    const char *hint = rl_model_weights_hint(file, spec);
    char text[sizeof error->message];
    int length = snprintf(text, sizeof text,
                          "%.300s: weights do not fit %s of width %zu with %zu classes (%zu "
                          "differences%s%s): ",
                          path, spec->model, spec->width, spec->class_count, differences->count,
                          hint ? "; " : "", hint ? hint : "");
    size_t listed = 0;
    for (const char *line = differences->lines.text, *end; listed < differences->count;
         line = end + 1, listed++) {
        end = strchr(line, '\n');
        if ((size_t)length + (size_t)(end - line) + ROOM_FOR_THE_REST > sizeof text)
            break;
        length += snprintf(text + length, sizeof text - (size_t)length, "%s%.*s",
                           listed ? ", " : "", (int)(end - line), line);
    }
    if (listed < differences->count)
        snprintf(text + length, sizeof text - (size_t)length,
                 "%s%zu more; 'reslab weights' lists all", listed ? " and " : "",
                 differences->count - listed);
    return rl_fail(error, RL_ERROR_MISMATCH, "%s", text);
}
