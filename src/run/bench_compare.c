/* A Ghost network beside the plain one, module by module: the saving in multiply-adds is what the
 * Ghost Module promises, that in time what is left of it once more passes over memory are paid for.
 * Works on the reports alone: the module of each layer says what to compare it with. */
#include "base/error.h"
#include "base/memory.h"
#include "nn/net.h"
#include "reslab.h"

#include <string.h>

const char *rl_bench_plain_model(const char *model) {
    const char *end = strstr(model, "-ghost");
    for (size_t i = 0; end && rl_model_names[i]; i++)
        if (strlen(rl_model_names[i]) == (size_t)(end - model) &&
            strncmp(rl_model_names[i], model, (size_t)(end - model)) == 0)
            return rl_model_names[i];
    return NULL;
}

static bool is_forward(const rl_bench_layer *layer) {
    return strcmp(layer->pass, "forward") == 0;
}

/* A part of a Ghost Module goes by another name than the convolution it stands for. */
static bool is_ghost_part(const rl_bench_layer *layer) {
    return is_forward(layer) && layer->macs > 0 && strcmp(layer->name, layer->module) != 0;
}

/* Of one network, all layers of a module together. */
typedef struct {
    uint64_t macs;
    double ms, norm_ms, cheap_ms;
} module_cost;

static module_cost cost_of(const rl_bench *bench, const char *module) {
    module_cost cost = {0};
    for (size_t i = 0; i < bench->layer_count; i++) {
        const rl_bench_layer *layer = &bench->layers[i];
        if (strcmp(layer->module, module) != 0)
            continue;
        cost.macs += is_forward(layer) ? layer->macs : 0;
        cost.ms += layer->ms;
        if (layer->macs == 0)
            cost.norm_ms += layer->ms;
        else if (strncmp(layer->type, "depthwise", 9) == 0)
            cost.cheap_ms += layer->ms;
    }
    return cost;
}

static bool has_pair(const rl_bench_comparison *comparison, const char *module) {
    for (size_t i = 0; i < comparison->count; i++)
        if (strcmp(comparison->pairs[i].name, module) == 0)
            return true;
    return false;
}

static void add_to(rl_bench_pair *sum, const module_cost *plain, const module_cost *ghost) {
    sum->plain_macs += plain->macs;
    sum->ghost_macs += ghost->macs;
    sum->plain_ms += plain->ms;
    sum->ghost_ms += ghost->ms;
    sum->plain_norm_ms += plain->norm_ms;
    sum->ghost_norm_ms += ghost->norm_ms;
    sum->ghost_cheap_ms += ghost->cheap_ms;
}

static rl_status add_pairs(rl_bench_comparison *comparison, const rl_bench *plain,
                           const rl_bench *ghost, rl_error *error) {
    for (size_t i = 0; i < ghost->layer_count; i++) {
        const rl_bench_layer *layer = &ghost->layers[i];
        if (!is_ghost_part(layer) || has_pair(comparison, layer->module))
            continue;
        const module_cost of_plain = cost_of(plain, layer->module);
        const module_cost of_ghost = cost_of(ghost, layer->module);
        if (of_plain.macs == 0)
            return rl_fail(error, RL_ERROR_MISMATCH,
                           "%s has no convolution %s to compare with that of %s", plain->model,
                           layer->module, ghost->model);
        rl_bench_pair *pair = &comparison->pairs[comparison->count++];
        memcpy(pair->name, layer->module, sizeof pair->name);
        add_to(pair, &of_plain, &of_ghost);
        add_to(&comparison->total, &of_plain, &of_ghost);
    }
    if (comparison->count == 0)
        return rl_fail(error, RL_ERROR_MISMATCH,
                       "%s has no Ghost Modules to compare with the convolutions of %s",
                       ghost->model, plain->model);
    return RL_OK;
}

rl_status rl_bench_compare(rl_bench_comparison **result, const rl_bench *plain,
                           const rl_bench *ghost, rl_error *error) {
    *result = NULL;
    if (plain->kind != ghost->kind || plain->kind == RL_BENCH_KERNELS)
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "benches to compare: expected two of training or two of inference");
    rl_bench_comparison *comparison = rl_alloc(1, sizeof *comparison);
    if (comparison)
        comparison->pairs = rl_alloc(ghost->layer_count, sizeof *comparison->pairs);
    if (!comparison || !comparison->pairs) {
        rl_bench_comparison_free(comparison);
        return rl_fail_memory(error, "a comparison");
    }
    const rl_status status = add_pairs(comparison, plain, ghost, error);
    if (status != RL_OK) {
        rl_bench_comparison_free(comparison);
        return status;
    }
    *result = comparison;
    return RL_OK;
}

void rl_bench_comparison_free(rl_bench_comparison *comparison) {
    if (!comparison)
        return;
    rl_free(comparison->pairs);
    rl_free(comparison);
}
