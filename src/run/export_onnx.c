/* A network as an ONNX model: input, normalisation, the units in order, the head. Dense tensors in
 * NCHW order, as ONNX has them; the batch is free. */
#include "run/export_onnx.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>

static void add_node(rl_exporter *exporter, const char *type, const char *name,
                     const char *const inputs[3], const rl_onnx_attribute *attributes) {
    rl_onnx_add_node(exporter->onnx, &(rl_onnx_node){.type = type,
                                                     .name = name,
                                                     .inputs = {inputs[0], inputs[1], inputs[2]},
                                                     .output = name,
                                                     .attributes = attributes});
}

/* (p / 255 - mean) / deviation as one factor and one sum for each channel. */
static void add_normalization(rl_exporter *exporter) {
    const rl_normalization *normalization = &exporter->info->normalization;
    float scale[RL_IMAGE_CHANNELS], shift[RL_IMAGE_CHANNELS];
    for (size_t c = 0; c < RL_IMAGE_CHANNELS; c++) {
        scale[c] = (float)(1 / (255 * (double)normalization->deviation[c]));
        shift[c] = (float)(-(double)normalization->mean[c] / (double)normalization->deviation[c]);
    }
    const rl_onnx_tensor factor = {
        "normalize.scale", RL_ONNX_FLOAT, 4, {1, RL_IMAGE_CHANNELS, 1, 1}};
    const rl_onnx_tensor term = {"normalize.shift", RL_ONNX_FLOAT, 4, {1, RL_IMAGE_CHANNELS, 1, 1}};
    const rl_onnx_attribute to_float[] = {{"to", RL_ONNX_ONE_INTEGER, 0, 1, {RL_ONNX_FLOAT}}, {0}};
    rl_onnx_add_constant(exporter->onnx, &factor, scale);
    rl_onnx_add_constant(exporter->onnx, &term, shift);
    add_node(exporter, "Cast", "normalize.cast", (const char *const[3]){"images"}, to_float);
    add_node(exporter, "Mul", "normalize.mul",
             (const char *const[3]){"normalize.cast", factor.name}, NULL);
    add_node(exporter, "Add", "normalize", (const char *const[3]){"normalize.mul", term.name},
             NULL);
}

static void add_input(rl_exporter *exporter) {
    const bool pixels = exporter->options->pixels;
    const rl_map image = exporter->graph.maps[0];
    rl_onnx_add_input(exporter->onnx,
                      &(rl_onnx_tensor){"images",
                                        pixels ? RL_ONNX_UINT8 : RL_ONNX_FLOAT,
                                        4,
                                        {0, image.channels, image.height, image.width}});
    if (pixels)
        add_normalization(exporter);
    rl_export_add_value(exporter, (rl_slice){0, 0, image.channels}, pixels ? "normalize" : "images",
                        false);
}

static void add_head(rl_exporter *exporter) {
    const rl_graph *graph = &exporter->graph;
    const bool softmax = exporter->options->softmax;
    const rl_onnx_attribute axis[] = {{"axis", RL_ONNX_ONE_INTEGER, 0, 1, {1}}, {0}};
    const rl_onnx_attribute transposed[] = {{"transB", RL_ONNX_ONE_INTEGER, 0, 1, {1}}, {0}};
    add_node(exporter, "GlobalAveragePool", "pool",
             (const char *const[3]){rl_export_value_of(exporter, graph->features)}, NULL);
    add_node(exporter, "Flatten", "features", (const char *const[3]){"pool"}, axis);
    rl_export_tensor(exporter, graph->linear_weight);
    rl_export_tensor(exporter, graph->linear_bias);
    add_node(exporter, "Gemm", "logits",
             (const char *const[3]){"features", graph->tensors[graph->linear_weight].name,
                                    graph->tensors[graph->linear_bias].name},
             transposed);
    if (softmax)
        add_node(exporter, "Softmax", "probabilities", (const char *const[3]){"logits"}, axis);
    rl_onnx_add_output(exporter->onnx, &(rl_onnx_tensor){softmax ? "probabilities" : "logits",
                                                         RL_ONNX_FLOAT,
                                                         2,
                                                         {0, graph->spec.class_count}});
}

static rl_status add_metadata(rl_exporter *exporter, rl_error *error) {
    rl_model_metadata metadata;
    const rl_status status = rl_model_metadata_make(&metadata, exporter->info, error);
    if (status != RL_OK)
        return status;
    for (size_t i = 0; i < RL_MODEL_METADATA; i++)
        rl_onnx_add_metadata(exporter->onnx, metadata.pairs[i][0], metadata.pairs[i][1]);
    rl_onnx_add_metadata(exporter->onnx, "reslab.version", rl_version());
    rl_onnx_add_metadata(exporter->onnx, "reslab.input",
                         exporter->options->pixels
                             ? "pixels 0..255, RGB planes"
                             : "(pixel / 255 - mean) / deviation, RGB planes");
    rl_model_metadata_clear(&metadata);
    return RL_OK;
}

static rl_status prepare(rl_exporter *exporter, rl_error *error) {
    rl_status status = rl_graph_build(&exporter->graph, &exporter->info->spec, error);
    if (status != RL_OK)
        return status;
    const rl_graph *graph = &exporter->graph;
    size_t channels = 0;
    for (size_t i = 0; i < graph->map_count; i++)
        channels = rl_max(channels, graph->maps[i].channels);
    /* The input, what each unit writes, and whole and cut forms of each map. */
    exporter->values =
        rl_alloc(1 + graph->unit_count + 2 * graph->map_count, sizeof *exporter->values);
    exporter->norm = rl_alloc_floats(4 * channels);
    exporter->onnx = rl_onnx_create((unsigned)exporter->options->opset, graph->spec.model);
    return exporter->values && exporter->norm && exporter->onnx
               ? RL_OK
               : rl_fail_memory(error, "an ONNX model");
}

rl_status rl_export_onnx(const rl_model *model, const char *path, const rl_export_options *options,
                         rl_error *error) {
    rl_exporter exporter = {
        .net = model->net, .info = &model->info, .options = options, .error = error};
    rl_status status = prepare(&exporter, error);
    if (status == RL_OK)
        status = add_metadata(&exporter, error);
    if (status == RL_OK) {
        add_input(&exporter);
        for (size_t i = 0; i < exporter.graph.unit_count; i++)
            rl_export_unit(&exporter, i);
        add_head(&exporter);
        status = exporter.status;
    }
    if (status == RL_OK)
        status = rl_onnx_write(exporter.onnx, path, &exporter, error);
    rl_onnx_free(exporter.onnx);
    rl_free(exporter.values);
    rl_free(exporter.norm);
    rl_graph_clear(&exporter.graph);
    return status;
}
