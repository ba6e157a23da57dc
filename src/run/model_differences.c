/* In what a file of weights differs from what a network needs: strictly, all of the network's
 * tensors in their shapes and no others. And what the names say about the file, where it does not
 * fit. */
#include "run/model_file.h"

#include "base/error.h"
#include "nn/graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MODULE_PREFIX "module." /* torch.nn.DataParallel puts it on every name */

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

static const rl_tensor *find_weight(const rl_safetensors *file, const char *name, bool prefixed) {
    char full[128];
    snprintf(full, sizeof full, "%s%s", prefixed ? MODULE_PREFIX : "", name);
    return rl_safetensors_find(file, full);
}

/* The prefix is on all names or on none: the first tensor shows it. */
static bool has_prefix(const rl_safetensors *file, const rl_graph *graph) {
    return find_weight(file, graph->tensors[0].name, true) != NULL;
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

static void check_wanted(const rl_graph *graph, const rl_safetensors *file, bool prefixed,
                         rl_differences *c) {
    for (size_t i = 0; i < graph->tensor_count; i++) {
        const rl_net_tensor *wanted = &graph->tensors[i];
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

static void check_strangers(const rl_graph *graph, const rl_safetensors *file, bool prefixed,
                            rl_differences *c) {
    for (size_t i = 0; i < rl_safetensors_count(file); i++) {
        const char *name = rl_safetensors_at(file, i)->name;
        if (starts_with(name, "optimizer.") || starts_with(name, "run."))
            continue;
        const bool whole = !prefixed || starts_with(name, MODULE_PREFIX);
        const char *bare = prefixed && whole ? name + strlen(MODULE_PREFIX) : name;
        bool known = false;
        for (size_t j = 0; whole && !known && j < graph->tensor_count; j++)
            known = strcmp(graph->tensors[j].name, bare) == 0;
        if (!known)
            complain(c, "%.160s belongs to no layer", name);
    }
}

rl_status rl_model_differences(rl_differences *differences, const rl_model_spec *spec,
                               const rl_safetensors *file, rl_error *error) {
    rl_graph graph;
    *differences = (rl_differences){0};
    rl_status status = rl_graph_build(&graph, spec, error);
    if (status != RL_OK)
        return status;
    const bool prefixed = has_prefix(file, &graph);
    check_wanted(&graph, file, prefixed, differences);
    check_strangers(&graph, file, prefixed, differences);
    rl_graph_clear(&graph);
    status = rl_buffer_status(&differences->lines, "a list of differences", error);
    if (status != RL_OK)
        rl_buffer_clear(&differences->lines);
    return status;
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
