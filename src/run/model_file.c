/* Model files: safetensors with PyTorch's tensor names. Everything else is text in the metadata:
 *
 * - reslab.format: "2"; "1" of version 0.1.0, which wrote no checksum
 * - reslab.checksum: see format/safetensors.h
 * - reslab.model, reslab.width, reslab.activation, reslab.negative_slope, reslab.ghost_ratio,
 *   reslab.ghost_dw_size, reslab.ghost_outer_bn, reslab.ghost_activation: as the options so named
 * - reslab.classes: a JSON array of class names, in the order of the logits
 * - reslab.mean, reslab.deviation: JSON arrays of three; a pixel p in 0..255 enters the network as
 *   (p / 255 - mean) / deviation
 *
 * This file is the metadata; the tensors are in model_weights.c. */
#include "run/model_file.h"

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/notice.h"
#include "base/text.h"
#include "format/json_text.h"
#include "nn/activation.h"
#include "nn/summary.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST_PARAMETERS 0.5 /* a byte: each weight is in the file, of at least two bytes */

void rl_model_info_clear(rl_model_info *info) {
    for (size_t i = 0; info->class_names && i < info->spec.class_count; i++)
        rl_free(info->class_names[i]);
    rl_free(info->class_names);
    *info = (rl_model_info){0};
}

typedef struct {
    const rl_safetensors *file;
    const char *path;
    rl_error *error;
} reader;

static rl_status bad_value(const reader *r, const char *key, const char *expected) {
    const char *value = rl_safetensors_metadata(r->file, key);
    if (!value)
        return rl_fail(r->error, RL_ERROR_FORMAT,
                       "%s: its metadata have no '%s': not a model that reslab wrote; expected %s",
                       r->path, key, expected);
    return rl_fail(r->error, RL_ERROR_FORMAT, "%s: metadata '%s' is '%.200s', expected %s", r->path,
                   key, value, expected);
}

static rl_status read_size(const reader *r, const char *key, size_t minimum, size_t maximum,
                           size_t *result) {
    const char *text = rl_safetensors_metadata(r->file, key);
    uint64_t value;
    char expected[64];
    snprintf(expected, sizeof expected, "an integer from %zu to %zu", minimum, maximum);
    if (!text || !rl_text_to_u64(text, &value) || value < minimum || value > maximum)
        return bad_value(r, key, expected);
    *result = (size_t)value;
    return RL_OK;
}

static rl_status read_names(const reader *r, rl_model_spec *spec) {
    const char *model = rl_safetensors_metadata(r->file, "reslab.model");
    const char *activation = rl_safetensors_metadata(r->file, "reslab.activation");
    const char *slope = rl_safetensors_metadata(r->file, "reslab.negative_slope");
    const char *outer = rl_safetensors_metadata(r->file, "reslab.ghost_outer_bn");
    const char *inner = rl_safetensors_metadata(r->file, "reslab.ghost_activation");
    double slope_value;
    for (size_t i = 0; model && rl_model_names[i]; i++)
        if (strcmp(rl_model_names[i], model) == 0)
            spec->model = rl_model_names[i];
    if (!spec->model)
        return bad_value(r, "reslab.model", "a model that this version knows");
    spec->activation = activation ? rl_activation_find(activation) : RL_ACTIVATION_COUNT;
    if (spec->activation == RL_ACTIVATION_COUNT || spec->activation == RL_ACTIVATION_NONE)
        return bad_value(r, "reslab.activation", "sigmoid, relu, leaky_relu or gelu");
    if (!slope || !rl_text_to_double(slope, &slope_value) || slope_value < 0 || slope_value > 1)
        return bad_value(r, "reslab.negative_slope", "a number from 0 to 1");
    spec->negative_slope = (float)slope_value;
    if (!outer || !rl_text_to_bool(outer, &spec->ghost_outer_bn))
        return bad_value(r, "reslab.ghost_outer_bn", "true or false");
    if (!inner || (strcmp(inner, "model") != 0 && strcmp(inner, "relu") != 0))
        return bad_value(r, "reslab.ghost_activation", "relu or model");
    spec->ghost_activation_follows_model = strcmp(inner, "model") == 0;
    return RL_OK;
}

static rl_status read_spec(const reader *r, rl_model_spec *spec) {
    const char *format = rl_safetensors_metadata(r->file, "reslab.format");
    if (!format || (strcmp(format, "1") != 0 && strcmp(format, "2") != 0))
        return bad_value(r, "reslab.format", "1 or 2");
    rl_status status = read_names(r, spec);
    if (status == RL_OK)
        status = read_size(r, "reslab.width", 1, RL_MAX_WIDTH, &spec->width);
    if (status == RL_OK)
        status = read_size(r, "reslab.ghost_ratio", 2, 16, &spec->ghost_ratio);
    if (status == RL_OK)
        status = read_size(r, "reslab.ghost_dw_size", 1, 7, &spec->ghost_dw_size);
    if (status == RL_OK && spec->ghost_dw_size % 2 == 0)
        status = bad_value(r, "reslab.ghost_dw_size", "an odd integer");
    return status;
}

static rl_status read_classes(const reader *r, rl_model_info *info) {
    const char *text = rl_safetensors_metadata(r->file, "reslab.classes");
    bool no_memory;
    json_t *names = rl_json_parse_text(text, &no_memory);
    const size_t count = json_array_size(names);
    rl_status status = no_memory ? rl_fail_memory(r->error, "the class names") : RL_OK;
    if (status != RL_OK)
        return status;
    if (count < 2 || count > UINT16_MAX)
        status = bad_value(r, "reslab.classes", "a JSON array of at least two class names");
    if (status == RL_OK) {
        info->class_names = rl_alloc(count, sizeof *info->class_names);
        if (!info->class_names)
            status = rl_fail_memory(r->error, "the class names");
        else
            info->spec.class_count = count;
    }
    for (size_t i = 0; status == RL_OK && i < count; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        if (!name)
            status = bad_value(r, "reslab.classes", "a JSON array of class names");
        else if (!(info->class_names[i] = rl_strdup(name)))
            status = rl_fail_memory(r->error, "the class names");
    }
    json_decref(names);
    return status;
}

static rl_status read_channels(const reader *r, const char *key, bool positive,
                               float values[RL_IMAGE_CHANNELS]) {
    const char *text = rl_safetensors_metadata(r->file, key);
    bool no_memory;
    json_t *numbers = rl_json_parse_text(text, &no_memory);
    if (no_memory)
        return rl_fail_memory(r->error, key);
    bool good = json_array_size(numbers) == RL_IMAGE_CHANNELS;
    for (size_t c = 0; good && c < RL_IMAGE_CHANNELS; c++) {
        const json_t *number = json_array_get(numbers, c);
        values[c] = (float)json_number_value(number);
        good = json_is_number(number) && isfinite(values[c]) && (!positive || values[c] > 0);
    }
    json_decref(numbers);
    return good ? RL_OK
                : bad_value(r, key,
                            positive ? "a JSON array of three positive numbers"
                                     : "a JSON array of three numbers");
}

rl_status rl_model_info_check_size(const rl_model_spec *spec, const rl_safetensors *file,
                                   const char *path, const char *who, double most,
                                   rl_error *error) {
    rl_net_layer *layers;
    size_t count;
    const rl_status status = rl_net_describe(spec, &layers, &count, error);
    if (status != RL_OK)
        return status;
    uint64_t parameters = 0, bytes = 0;
    for (size_t i = 0; i < count; i++)
        parameters += layers[i].parameters;
    rl_free(layers);
    for (size_t i = 0; i < rl_safetensors_count(file); i++)
        bytes += rl_safetensors_at(file, i)->size;
    if ((double)parameters > most * (double)bytes)
        return rl_fail(error, RL_ERROR_FORMAT,
                       "%s: %s describe %s of width %zu with %zu classes, expected %" PRIu64
                       " parameters in a file whose tensors have %" PRIu64 " bytes",
                       path, who, spec->model, spec->width, spec->class_count, parameters, bytes);
    return RL_OK;
}

bool rl_model_info_present(const rl_safetensors *file) {
    return rl_safetensors_metadata(file, "reslab.format") ||
           rl_safetensors_metadata(file, "reslab.model");
}

/* A file that says it is of this version has a checksum, or it has lost it: without this, a bit
 * that flips in the checksum's name would take its protection away. */
static rl_status check_protection(const rl_safetensors *file, const char *path, rl_error *error) {
    const char *format = rl_safetensors_metadata(file, "reslab.format");
    if (!rl_model_info_present(file) || rl_safetensors_metadata(file, RL_SAFETENSORS_CHECKSUM))
        return RL_OK;
    if (!format || strcmp(format, "1") != 0)
        return rl_fail(error, RL_ERROR_FORMAT,
                       "%s: has no checksum in its metadata, which reslab writes: it was damaged, "
                       "or changed by another program",
                       path);
    rl_notice("%s: written by an earlier version, without a checksum: damage to it does not show",
              path);
    return RL_OK;
}

rl_status rl_model_file_open(rl_safetensors **file, const char *path, rl_error *error) {
    rl_status status = rl_safetensors_open(file, path, error);
    if (status == RL_OK)
        status = check_protection(*file, path, error);
    if (status != RL_OK) {
        rl_safetensors_free(*file);
        *file = NULL;
    }
    return status;
}

rl_status rl_model_info_name_classes(rl_model_info *info, size_t count, const rl_dataset *data,
                                     rl_error *error) {
    info->class_names = rl_alloc(count, sizeof *info->class_names);
    if (!info->class_names)
        return rl_fail_memory(error, "the class names");
    info->spec.class_count = count;
    for (size_t i = 0; i < count; i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        info->class_names[i] = rl_strdup(data ? rl_dataset_class_name(data, i) : number);
        if (!info->class_names[i])
            return rl_fail_memory(error, "the class names");
    }
    return RL_OK;
}

rl_status rl_model_info_read(rl_model_info *info, const rl_safetensors *file, const char *path,
                             rl_error *error) {
    *info = (rl_model_info){0};
    const reader r = {file, path, error};
    rl_status status = read_spec(&r, &info->spec);
    if (status == RL_OK)
        status = read_classes(&r, info);
    if (status == RL_OK)
        status = rl_model_info_check_size(&info->spec, file, path, "its metadata", MOST_PARAMETERS,
                                          error);
    if (status == RL_OK)
        status = read_channels(&r, "reslab.mean", false, info->normalization.mean);
    if (status == RL_OK)
        status = read_channels(&r, "reslab.deviation", true, info->normalization.deviation);
    if (status != RL_OK)
        rl_model_info_clear(info);
    return status;
}

static char *channels_text(char *buffer, size_t size, const float values[RL_IMAGE_CHANNELS]) {
    char number[RL_IMAGE_CHANNELS][32];
    for (size_t c = 0; c < RL_IMAGE_CHANNELS; c++)
        rl_text_from_double(number[c], sizeof number[c], values[c]);
    snprintf(buffer, size, "[%s, %s, %s]", number[0], number[1], number[2]);
    return buffer;
}

/* To release with rl_free; NULL when memory ran out. */
static char *classes_text(const rl_model_info *info) {
    json_t *names = json_array();
    for (size_t i = 0; i < info->spec.class_count; i++)
        rl_json_append(&names, json_string(info->class_names[i]));
    char *text = rl_json_text(names);
    json_decref(names);
    return text;
}

rl_status rl_model_metadata_make(rl_model_metadata *metadata, const rl_model_info *info,
                                 rl_error *error) {
    const rl_model_spec *spec = &info->spec;
    rl_model_metadata *m = metadata;
    *m = (rl_model_metadata){.classes = classes_text(info)};
    if (!m->classes)
        return rl_fail_memory(error, "the metadata of a model");
    snprintf(m->width, sizeof m->width, "%zu", spec->width);
    snprintf(m->ratio, sizeof m->ratio, "%zu", spec->ghost_ratio);
    snprintf(m->dw_size, sizeof m->dw_size, "%zu", spec->ghost_dw_size);
    rl_text_from_double(m->slope, sizeof m->slope, spec->negative_slope);
    channels_text(m->mean, sizeof m->mean, info->normalization.mean);
    channels_text(m->deviation, sizeof m->deviation, info->normalization.deviation);
    const char *const pairs[RL_MODEL_METADATA][2] = {
        {"reslab.format", "2"},
        {"reslab.model", spec->model},
        {"reslab.width", m->width},
        {"reslab.activation", rl_activations[spec->activation].name},
        {"reslab.negative_slope", m->slope},
        {"reslab.ghost_ratio", m->ratio},
        {"reslab.ghost_dw_size", m->dw_size},
        {"reslab.ghost_outer_bn", spec->ghost_outer_bn ? "true" : "false"},
        {"reslab.ghost_activation", spec->ghost_activation_follows_model ? "model" : "relu"},
        {"reslab.classes", m->classes},
        {"reslab.mean", m->mean},
        {"reslab.deviation", m->deviation},
    };
    memcpy(m->pairs, pairs, sizeof pairs);
    return RL_OK;
}

void rl_model_metadata_clear(rl_model_metadata *metadata) {
    rl_free(metadata->classes);
    metadata->classes = NULL;
}

rl_status rl_model_file_write(const char *path, const rl_net *net, const rl_model_info *info,
                              const rl_model_extra *extra, rl_error *error) {
    rl_model_metadata own;
    rl_status status = rl_model_metadata_make(&own, info, error);
    if (status != RL_OK)
        return status;
    size_t extra_count = 0;
    while (extra && extra->metadata && extra->metadata[extra_count])
        extra_count++;
    static const char *const checksum[2] = {RL_SAFETENSORS_CHECKSUM, ""};
    const char **metadata = rl_alloc(2 * RL_MODEL_METADATA + 2 + extra_count + 1, sizeof *metadata);
    if (metadata) {
        memcpy(metadata, own.pairs, sizeof own.pairs);
        memcpy(metadata + 2 * RL_MODEL_METADATA, checksum, sizeof checksum);
        if (extra_count)
            memcpy(metadata + 2 * RL_MODEL_METADATA + 2, extra->metadata,
                   extra_count * sizeof *metadata);
        status = rl_model_weights_write(path, net, extra ? extra->tensors : NULL,
                                        extra ? extra->tensor_count : 0, metadata, error);
    } else {
        status = rl_fail_memory(error, "the metadata of a model");
    }
    rl_free(metadata);
    rl_model_metadata_clear(&own);
    return status;
}
