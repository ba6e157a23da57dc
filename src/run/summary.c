/* The public summary of a model: nn's description in the public form, with totals. */
#include "nn/summary.h"

#include "base/error.h"
#include "base/memory.h"
#include "run/config.h"

struct rl_summary {
    rl_net_layer *source; /* owns the texts that `layers` point to */
    rl_layer *layers;
    size_t count;
    uint64_t parameters, macs, training_bytes;
};

/* Weights, gradients, the optimizer's slabs and the average of the weights, and the activations of
 * one step. */
static rl_status measure_training(rl_summary *summary, const rl_config *config,
                                  const rl_model_spec *spec, rl_error *error) {
    uint64_t parameters, activations;
    const rl_status status =
        rl_net_memory(spec, config->batch_size, RL_NET_TRAIN, &parameters, &activations, error);
    const uint64_t slabs =
        2 + rl_optimizer_state_slabs(config->optimizer) + (config->ema > 0 ? 1 : 0);
    summary->training_bytes = slabs * parameters + activations;
    return status;
}

static void convert(rl_summary *summary) {
    for (size_t i = 0; i < summary->count; i++) {
        const rl_net_layer *from = &summary->source[i];
        summary->layers[i] = (rl_layer){.name = from->name,
                                        .type = from->type,
                                        .channels = from->channels,
                                        .height = from->height,
                                        .width = from->width,
                                        .parameters = from->parameters,
                                        .macs = from->macs,
                                        .output_bytes = (uint64_t)from->channels * from->height *
                                                        from->width * sizeof(float)};
        summary->parameters += from->parameters;
        summary->macs += from->macs;
    }
}

rl_status rl_summary_create(rl_summary **result, const rl_config *config, size_t class_count,
                            rl_error *error) {
    *result = NULL;
    rl_status status = rl_config_check(config, error);
    if (status != RL_OK)
        return status;
    rl_summary *summary = rl_alloc(1, sizeof *summary);
    if (!summary)
        return rl_fail_memory(error, "a summary");
    rl_model_spec spec;
    rl_config_model_spec(config, class_count, &spec);
    status = rl_net_describe(&spec, &summary->source, &summary->count, error);
    if (status == RL_OK) {
        summary->layers = rl_alloc(summary->count, sizeof *summary->layers);
        status = summary->layers ? measure_training(summary, config, &spec, error)
                                 : rl_fail_memory(error, "a summary");
    }
    if (status != RL_OK) {
        rl_summary_free(summary);
        return status;
    }
    convert(summary);
    *result = summary;
    return RL_OK;
}

void rl_summary_free(rl_summary *summary) {
    if (!summary)
        return;
    rl_free(summary->source);
    rl_free(summary->layers);
    rl_free(summary);
}

size_t rl_summary_layer_count(const rl_summary *summary) {
    return summary->count;
}

const rl_layer *rl_summary_layer(const rl_summary *summary, size_t index) {
    return index < summary->count ? &summary->layers[index] : NULL;
}

uint64_t rl_summary_parameters(const rl_summary *summary) {
    return summary->parameters;
}

uint64_t rl_summary_macs(const rl_summary *summary) {
    return summary->macs;
}

uint64_t rl_summary_training_bytes(const rl_summary *summary) {
    return summary->training_bytes;
}
