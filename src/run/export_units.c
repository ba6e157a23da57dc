/* The nodes of a unit: convolution, batch norm, residual and activation, named after PyTorch's
 * modules. A map that several units write is put together by Concat where a unit reads it whole,
 * and cut by Slice where it reads fewer channels than were written. */
#include "base/error.h"
#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "run/export_onnx.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { PARTS = 4 }; /* units that write one map, at most */

/* A part of the network that the graph would lack or have wrong: the first is the export's error.
 */
__attribute__((format(printf, 2, 3))) static void refuse(rl_exporter *exporter, const char *format,
                                                         ...) {
    char what[256];
    va_list arguments;
    if (exporter->status != RL_OK)
        return;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    exporter->status =
        rl_fail(exporter->error, RL_ERROR_ARGUMENT,
                "model '%s' cannot be written as ONNX: %s; expected a model of parts that "
                "this format has",
                exporter->graph.spec.model, what);
}

void rl_export_add_value(rl_exporter *exporter, rl_slice slice, const char *name, bool derived) {
    rl_export_value *value = &exporter->values[exporter->value_count++];
    value->slice = slice;
    value->derived = derived;
    snprintf(value->name, sizeof value->name, "%s", name);
}

/* The value written for exactly this slice, or NULL. The last one wins: where a unit adds nothing
 * (an identity), its input goes on under its own slice. */
static const char *find_value(const rl_exporter *exporter, rl_slice slice) {
    for (size_t i = exporter->value_count; i-- > 0;) {
        const rl_export_value *value = &exporter->values[i];
        if (value->slice.map == slice.map && value->slice.first == slice.first &&
            value->slice.channels == slice.channels)
            return value->name;
    }
    return NULL;
}

/* The first `channels` channels of `source`, as a value of that name. */
static void cut(rl_exporter *exporter, const char *source, size_t channels, const char *name) {
    static const char *const what[] = {"starts", "ends", "axes"};
    const int64_t numbers[] = {0, (int64_t)channels, 1};
    char names[3][RL_EXPORT_NAME + 8];
    for (size_t i = 0; i < 3; i++) {
        snprintf(names[i], sizeof names[i], "%s.%s", name, what[i]);
        rl_onnx_add_constant(exporter->onnx, &(rl_onnx_tensor){names[i], RL_ONNX_INT64, 1, {1}},
                             &numbers[i]);
    }
    rl_onnx_add_node(exporter->onnx,
                     &(rl_onnx_node){.type = "Slice",
                                     .name = name,
                                     .inputs = {source, names[0], names[1], names[2]},
                                     .output = name});
}

const char *rl_export_value_of(rl_exporter *exporter, rl_slice slice) {
    const char *found = find_value(exporter, slice);
    if (found)
        return found;
    rl_onnx_node node = {
        .type = "Concat",
        .attributes = (const rl_onnx_attribute[]){{"axis", RL_ONNX_ONE_INTEGER, 0, 1, {1}}, {0}}};
    size_t parts = 0, channels = 0;
    for (size_t i = 0; i < exporter->value_count; i++) {
        const rl_export_value *value = &exporter->values[i];
        if (value->slice.map != slice.map || value->derived)
            continue;
        if (parts == PARTS) {
            refuse(exporter, "map %zu is written by more than %d units", slice.map, PARTS);
            return "";
        }
        node.inputs[parts++] = value->name;
        channels += value->slice.channels;
    }
    if (slice.first != 0 || channels < slice.channels) {
        refuse(exporter, "channels %zu to %zu of map %zu are no unit's", slice.first,
               slice.first + slice.channels, slice.map);
        return "";
    }
    char whole[RL_EXPORT_NAME], name[RL_EXPORT_NAME];
    snprintf(whole, sizeof whole, "map%zu.concat", slice.map);
    node.name = node.output = whole;
    rl_onnx_add_node(exporter->onnx, &node);
    rl_export_add_value(exporter, (rl_slice){slice.map, 0, channels}, whole, true);
    if (channels != slice.channels) {
        snprintf(name, sizeof name, "map%zu.slice", slice.map);
        cut(exporter, whole, slice.channels, name);
        rl_export_add_value(exporter, slice, name, true);
    }
    return exporter->values[exporter->value_count - 1].name;
}

/* Where a unit's nodes stand: each reads `value` and becomes it. */
typedef struct {
    rl_exporter *exporter;
    const rl_graph_unit *unit;
    size_t index;
    char stem[RL_EXPORT_NAME];  /* of the last module: nodes without one are named after it */
    char value[RL_EXPORT_NAME]; /* so far */
} chain;

/* Appends a node that reads the chain's value and those of `more`; its output has its name. */
static void append(chain *c, const char *type, const char *name, const char *const more[4],
                   const rl_onnx_attribute *attributes) {
    rl_onnx_node node = {
        .type = type, .name = name, .inputs = {c->value}, .output = name, .attributes = attributes};
    for (size_t i = 0; more && i < 4; i++)
        node.inputs[1 + i] = more[i];
    rl_onnx_add_node(c->exporter->onnx, &node);
    snprintf(c->value, sizeof c->value, "%s", name);
}

static void append_suffixed(chain *c, const char *type, const char *suffix,
                            const char *const more[4], const rl_onnx_attribute *attributes) {
    char name[RL_EXPORT_NAME];
    snprintf(name, sizeof name, "%.*s.%s", RL_EXPORT_NAME - 16, c->stem, suffix);
    append(c, type, name, more, attributes);
}

static const char *tensor_name(const chain *c, size_t number) {
    return c->exporter->graph.tensors[number].name;
}

static void append_conv(chain *c, bool fold) {
    const rl_graph_unit *unit = c->unit;
    const int64_t kernel = (int64_t)unit->kernel, pad = kernel / 2;
    const bool depthwise = unit->conv == RL_UNIT_DEPTHWISE;
    const int64_t stride = depthwise ? 1 : (int64_t)unit->stride;
    const int64_t groups = depthwise ? (int64_t)unit->input.channels : 1;
    const rl_onnx_attribute attributes[] = {
        {"kernel_shape", RL_ONNX_INTEGERS, 0, 2, {kernel, kernel}},
        {"pads", RL_ONNX_INTEGERS, 0, 4, {pad, pad, pad, pad}},
        {"strides", RL_ONNX_INTEGERS, 0, 2, {stride, stride}},
        {"group", RL_ONNX_ONE_INTEGER, 0, 1, {groups}},
        {0}};
    char bias[RL_EXPORT_NAME];
    if (unit->conv != RL_UNIT_CONV && !depthwise)
        refuse(c->exporter, "'%s' is no convolution that is known",
               tensor_name(c, unit->conv_weight));
    if (fold)
        rl_export_folded(c->exporter, c->index, bias);
    else
        rl_export_tensor(c->exporter, unit->conv_weight);
    rl_export_module(c->exporter, unit->conv_weight, c->stem);
    const char *const more[4] = {tensor_name(c, unit->conv_weight), fold ? bias : NULL};
    append(c, "Conv", c->stem, more, attributes);
}

static void append_norm(chain *c) {
    const rl_graph_unit *unit = c->unit;
    const size_t numbers[] = {unit->gamma, unit->beta, unit->running_mean, unit->running_var};
    const rl_onnx_attribute attributes[] = {
        {"epsilon", RL_ONNX_ONE_FLOAT, (float)RL_BATCH_NORM_EPS, 0, {0}}, {0}};
    const char *more[4];
    for (size_t i = 0; i < 4; i++) {
        rl_export_tensor(c->exporter, numbers[i]);
        more[i] = tensor_name(c, numbers[i]);
    }
    rl_export_module(c->exporter, unit->gamma, c->stem);
    append(c, "BatchNormalization", c->stem, more, attributes);
}

static void append_sigmoid(chain *c) {
    append_suffixed(c, "Sigmoid", "sigmoid", NULL, NULL);
}

static void append_relu(chain *c) {
    append_suffixed(c, "Relu", "relu", NULL, NULL);
}

static void append_leaky_relu(chain *c) {
    const rl_onnx_attribute attributes[] = {
        {"alpha", RL_ONNX_ONE_FLOAT, c->exporter->info->spec.negative_slope, 0, {0}}, {0}};
    append_suffixed(c, "LeakyRelu", "leaky_relu", NULL, attributes);
}

/* The numbers that GELU is written with below opset 20, once. */
static void add_gelu_constants(rl_exporter *exporter) {
    static const struct {
        const char *name;
        float value;
    } constants[] = {{"gelu.sqrt2", (float)M_SQRT2}, {"gelu.one", 1}, {"gelu.half", 0.5F}};
    for (size_t i = 0; !exporter->has_gelu_constants && i < 3; i++)
        rl_onnx_add_constant(exporter->onnx,
                             &(rl_onnx_tensor){constants[i].name, RL_ONNX_FLOAT, 0, {0}},
                             &constants[i].value);
    exporter->has_gelu_constants = true;
}

/* The operator, or x (1 + erf(x / sqrt 2)) / 2 in the form that onnxruntime knows to be one. */
static void append_gelu(chain *c) {
    if (c->exporter->options->opset >= 20) {
        append_suffixed(c, "Gelu", "gelu", NULL, NULL);
        return;
    }
    char input[RL_EXPORT_NAME];
    snprintf(input, sizeof input, "%s", c->value);
    add_gelu_constants(c->exporter);
    append_suffixed(c, "Div", "gelu.div", (const char *const[4]){"gelu.sqrt2"}, NULL);
    append_suffixed(c, "Erf", "gelu.erf", NULL, NULL);
    append_suffixed(c, "Add", "gelu.add", (const char *const[4]){"gelu.one"}, NULL);
    append_suffixed(c, "Mul", "gelu.mul", (const char *const[4]){input}, NULL);
    append_suffixed(c, "Mul", "gelu", (const char *const[4]){"gelu.half"}, NULL);
}

static void append_nothing(chain *c) {
    (void)c;
}

/* Every kind has a row; one without is refused when a network has it. */
static void (*const append_activation[RL_ACTIVATION_COUNT])(chain *c) = {
    [RL_ACTIVATION_NONE] = append_nothing, [RL_ACTIVATION_SIGMOID] = append_sigmoid,
    [RL_ACTIVATION_RELU] = append_relu,    [RL_ACTIVATION_LEAKY_RELU] = append_leaky_relu,
    [RL_ACTIVATION_GELU] = append_gelu,
};

void rl_export_unit(rl_exporter *exporter, size_t index) {
    const rl_graph_unit *unit = &exporter->graph.units[index];
    chain c = {.exporter = exporter, .unit = unit, .index = index};
    const bool has_norm = unit->gamma != RL_NO_TENSOR, has_conv = unit->conv != RL_UNIT_NO_CONV;
    const bool fold = exporter->options->fold_batch_norm && has_norm && has_conv;
    snprintf(c.stem, sizeof c.stem, "unit%zu", index);
    snprintf(c.value, sizeof c.value, "%s", rl_export_value_of(exporter, unit->input));
    if (has_conv)
        append_conv(&c, fold);
    if (has_norm && !fold)
        append_norm(&c);
    if (unit->residual.map != RL_NO_MAP) {
        const char *const more[4] = {rl_export_value_of(exporter, unit->residual)};
        append_suffixed(&c, "Add", "add", more, NULL);
    }
    if (append_activation[unit->activation])
        append_activation[unit->activation](&c);
    else
        refuse(exporter, "activation '%s' has no operator", rl_activations[unit->activation].name);
    rl_export_add_value(exporter, unit->output, c.value, false);
}
