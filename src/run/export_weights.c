/* The weights of an exported network, given one tensor at a time while the file is written.
 * Folding: gamma (w x - mean) / sqrt(var + eps) + beta is a convolution with scaled weights and a
 * bias; both are computed in double precision, and rounded once. */
#include "nn/batch_norm.h"
#include "run/export_onnx.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void rl_export_module(const rl_exporter *exporter, size_t tensor, char name[RL_EXPORT_NAME]) {
    const char *full = exporter->graph.tensors[tensor].name;
    const char *end = strrchr(full, '.');
    snprintf(name, RL_EXPORT_NAME, "%.*s", (int)(end ? (size_t)(end - full) : strlen(full)), full);
}

static size_t channels_of(const rl_exporter *exporter, size_t unit) {
    return exporter->graph.tensors[exporter->graph.units[unit].gamma].count;
}

static rl_onnx_tensor describe(const rl_exporter *exporter, size_t number) {
    const rl_net_tensor *tensor = &exporter->graph.tensors[number];
    rl_onnx_tensor described = {tensor->name, RL_ONNX_FLOAT, tensor->rank, {0}};
    for (size_t i = 0; i < tensor->rank; i++)
        described.shape[i] = tensor->shape[i];
    return described;
}

static void fill_plain(void *context, size_t number, void *elements) {
    const rl_exporter *exporter = context;
    rl_net_tensor_read(exporter->net, rl_net_tensor_at(exporter->net, number), elements);
}

void rl_export_tensor(rl_exporter *exporter, size_t number) {
    const rl_onnx_tensor tensor = describe(exporter, number);
    rl_onnx_add_tensor(exporter->onnx, &tensor, fill_plain, number);
}

/* gamma, beta, mean, variance of a unit's batch norm, one after the other. */
static const float *read_norm(const rl_exporter *exporter, size_t unit) {
    const rl_graph_unit *u = &exporter->graph.units[unit];
    const size_t numbers[] = {u->gamma, u->beta, u->running_mean, u->running_var};
    const size_t channels = channels_of(exporter, unit);
    for (size_t i = 0; i < 4; i++)
        fill_plain((void *)exporter, numbers[i], exporter->norm + i * channels);
    return exporter->norm;
}

static double scale_of(const float *norm, size_t channels, size_t channel) {
    return norm[channel] / sqrt((double)norm[3 * channels + channel] + RL_BATCH_NORM_EPS);
}

static void fill_folded_weight(void *context, size_t unit, void *elements) {
    const rl_exporter *exporter = context;
    const size_t number = exporter->graph.units[unit].conv_weight;
    const size_t channels = channels_of(exporter, unit);
    const size_t filter = exporter->graph.tensors[number].count / channels;
    const float *norm = read_norm(exporter, unit);
    float *weights = elements;
    fill_plain(context, number, weights);
    for (size_t k = 0; k < channels; k++) {
        const double scale = scale_of(norm, channels, k);
        for (size_t i = 0; i < filter; i++)
            weights[k * filter + i] = (float)(scale * weights[k * filter + i]);
    }
}

static void fill_folded_bias(void *context, size_t unit, void *elements) {
    const rl_exporter *exporter = context;
    const size_t channels = channels_of(exporter, unit);
    const float *norm = read_norm(exporter, unit);
    float *bias = elements;
    for (size_t k = 0; k < channels; k++)
        bias[k] = (float)((double)norm[channels + k] -
                          scale_of(norm, channels, k) * norm[2 * channels + k]);
}

void rl_export_folded(rl_exporter *exporter, size_t index, char bias[RL_EXPORT_NAME]) {
    const rl_graph_unit *unit = &exporter->graph.units[index];
    char module[RL_EXPORT_NAME];
    rl_export_module(exporter, unit->conv_weight, module);
    snprintf(bias, RL_EXPORT_NAME, "%.*s.bias", RL_EXPORT_NAME - 8, module);
    const rl_onnx_tensor weight = describe(exporter, unit->conv_weight);
    const rl_onnx_tensor vector = {bias, RL_ONNX_FLOAT, 1, {channels_of(exporter, index)}};
    rl_onnx_add_tensor(exporter->onnx, &weight, fill_folded_weight, index);
    rl_onnx_add_tensor(exporter->onnx, &vector, fill_folded_bias, index);
}
