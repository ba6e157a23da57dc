/* Configurations: values by name, with the table's types and ranges. */
#include "run/config.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "nn/activation.h"
#include "run/options.h"
#include "run/recipe.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

rl_config *rl_config_create(void) {
    rl_config *config = rl_alloc(1, sizeof *config);
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    for (size_t i = 0; config && i < count; i++)
        if (rl_config_set(config, rows[i].option.name, rows[i].option.default_text, NULL) !=
            RL_OK) {
            rl_config_free(config);
            config = NULL;
        }
    return config;
}

rl_config *rl_config_copy(const rl_config *config) {
    rl_config *copy = rl_alloc(1, sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *config;
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    bool good = true;
    for (size_t i = 0; i < count; i++)
        if (rows[i].option.type == RL_OPTION_TEXT) {
            char **text = rl_option_value(&rows[i], copy);
            *text = rl_strdup(*text);
            good = good && *text;
        }
    if (!good) {
        rl_config_free(copy);
        return NULL;
    }
    return copy;
}

void rl_config_free(rl_config *config) {
    if (!config)
        return;
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (rows[i].option.type == RL_OPTION_TEXT)
            rl_free(*(char **)rl_option_value(&rows[i], config));
    rl_free(config);
}

static rl_status bad_number(const rl_option *option, const char *value, const char *kind,
                            rl_error *error) {
    char maximum[32];
    if (option->maximum >= (double)UINT64_MAX) /* which a double can only round */
        snprintf(maximum, sizeof maximum, "%" PRIu64, UINT64_MAX);
    else
        snprintf(maximum, sizeof maximum, "%.12g", option->maximum);
    return rl_fail(error, RL_ERROR_ARGUMENT,
                   "--%s: '%.200s' is out of range, expected %s from %.12g to %s", option->name,
                   value, kind, option->minimum, maximum);
}

static rl_status set_choice(const rl_option *option, const char **field, const char *value,
                            rl_error *error) {
    size_t count = 0;
    for (; option->choices[count]; count++)
        if (strcmp(option->choices[count], value) == 0) {
            *field = option->choices[count];
            return RL_OK;
        }
    char valid[512];
    const char *nearest = rl_text_nearest(value, option->choices, count);
    rl_text_list(valid, sizeof valid, option->choices, count);
    return rl_fail(error, RL_ERROR_ARGUMENT, "--%s: unknown value '%.200s', expected %s%s%s%s",
                   option->name, value, valid, nearest ? " (did you mean '" : "",
                   nearest ? nearest : "", nearest ? "'?)" : "");
}

/* Text goes into YAML and JSON files, which hold UTF-8 only. */
static rl_status set_text(const rl_option *option, char **field, const char *value,
                          rl_error *error) {
    if (!rl_text_is_utf8(value))
        return rl_fail(error, RL_ERROR_ARGUMENT, "--%s: the value is not UTF-8 text", option->name);
    char *copy = rl_strdup(value);
    if (!copy)
        return rl_fail_memory(error, "an option");
    rl_free(*field);
    *field = copy;
    return RL_OK;
}

/* Sets what the chosen recipe sets: no recipe names another one. */
static rl_status apply_recipe(rl_config *config, rl_error *error) {
    const char *const *pair = rl_recipe_settings(config->recipe);
    rl_status status = RL_OK;
    for (; *pair && status == RL_OK; pair += 2)
        status = rl_config_set(config, pair[0], pair[1], error);
    return status;
}

rl_status rl_config_set(rl_config *config, const char *name, const char *value, rl_error *error) {
    const rl_option_row *row = rl_option_find(name);
    if (!row)
        return rl_option_unknown(name, error);
    const rl_option *option = &row->option;
    void *field = rl_option_value(row, config);
    uint64_t integer;
    double real;
    rl_status status;
    switch (option->type) {
    case RL_OPTION_BOOL:
        return rl_text_to_bool(value, field)
                   ? RL_OK
                   : rl_fail(error, RL_ERROR_ARGUMENT, "--%s: '%.200s' is neither true nor false",
                             option->name, value);
    case RL_OPTION_INTEGER:
        if (!rl_text_to_u64(value, &integer) || (double)integer < option->minimum ||
            (double)integer > option->maximum)
            return bad_number(option, value, "an integer", error);
        *(uint64_t *)field = integer;
        return RL_OK;
    case RL_OPTION_REAL:
        if (!rl_text_to_double(value, &real) || real < option->minimum || real > option->maximum)
            return bad_number(option, value, "a number", error);
        *(double *)field = real;
        return RL_OK;
    case RL_OPTION_CHOICE:
        status = set_choice(option, field, value, error);
        return status == RL_OK && field == &config->recipe ? apply_recipe(config, error) : status;
    case RL_OPTION_TEXT:
        break;
    }
    return set_text(option, field, value, error);
}

void rl_config_exchange(rl_config *a, rl_config *b) {
    const rl_config old = *a;
    *a = *b;
    *b = old;
}

static bool names_recipe(const char *option) {
    const rl_option_row *row = rl_option_find(option);
    return row && strcmp(row->option.name, RL_RECIPE_OPTION) == 0;
}

rl_status rl_config_set_all(rl_config *config, const char *const *pairs, rl_error *error) {
    rl_config *copy = rl_config_copy(config);
    rl_status status = copy ? RL_OK : rl_fail_memory(error, "a configuration");
    for (int recipe = 1; recipe >= 0; recipe--)
        for (const char *const *pair = pairs; *pair && status == RL_OK; pair += 2)
            if (names_recipe(pair[0]) == recipe)
                status = rl_config_set(copy, pair[0], pair[1], error);
    if (status == RL_OK)
        rl_config_exchange(config, copy);
    rl_config_free(copy);
    return status;
}

const char *rl_config_get(const rl_config *config, const char *name) {
    const rl_option_row *row = rl_option_find(name);
    if (!row)
        return NULL;
    const void *field = rl_option_value(row, config);
    /* The scratch text is no part of the value: a getter may fill it. */
    char *scratch = ((rl_config *)config)->scratch;
    switch (row->option.type) {
    case RL_OPTION_BOOL:
        return *(const bool *)field ? "true" : "false";
    case RL_OPTION_INTEGER:
        snprintf(scratch, sizeof config->scratch, "%" PRIu64, *(const uint64_t *)field);
        return scratch;
    case RL_OPTION_REAL:
        return rl_text_from_double(scratch, sizeof config->scratch, *(const double *)field);
    default:
        return *(const char *const *)field;
    }
}

/* An augmentation that was asked for and would not be done is a mistake. How to crop and flip is no
 * more than a way of doing what --no-augment turns off. */
static rl_status check_augmentation(const rl_config *config, rl_error *error) {
    const struct {
        const char *name;
        bool asked_for;
    } settings[] = {{"cutout", config->cutout > 0},
                    {"random-erasing", config->random_erasing > 0},
                    {"mixup", config->mixup > 0}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings && !config->augment; i++)
        if (settings[i].asked_for)
            return rl_fail(error, RL_ERROR_ARGUMENT,
                           "--%s: '%s' has no effect with --no-augment, expected one of the two",
                           settings[i].name, rl_config_get(config, settings[i].name));
    return RL_OK;
}

rl_status rl_config_check(const rl_config *config, rl_error *error) {
    if (config->ghost_dw_size % 2 == 0)
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "--ghost-dw-size: %" PRIu64 " is even, expected an odd size",
                       config->ghost_dw_size);
    if (config->warmup_epochs >= (double)config->epochs)
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "--warmup-epochs: a warm-up of %g epochs does not fit a run of %" PRIu64
                       ", expected less",
                       config->warmup_epochs, config->epochs);
    if (config->nesterov && (strcmp(config->optimizer, "momentum") != 0 || config->momentum == 0))
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "--nesterov: expected --optimizer momentum with a momentum above 0");
    if (config->patience > 0 && config->validation == 0)
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "--patience: %" PRIu64 " epochs without a better validation accuracy cannot "
                       "be counted without validation images, expected --validation above 0",
                       config->patience);
    if (!config->test && config->validation == 0)
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "--no-test: without validation images nothing would be measured, expected "
                       "--validation above 0");
    return check_augmentation(config, error);
}

void rl_config_model_spec(const rl_config *config, size_t class_count, rl_model_spec *spec) {
    *spec = (rl_model_spec){.model = config->model,
                            .width = config->width,
                            .class_count = class_count,
                            .activation = rl_activation_find(config->activation),
                            .negative_slope = (float)config->negative_slope,
                            .ghost_ratio = config->ghost_ratio,
                            .ghost_dw_size = config->ghost_dw_size,
                            .ghost_outer_bn = config->ghost_outer_bn,
                            .ghost_activation_follows_model =
                                strcmp(config->ghost_activation, "model") == 0};
}

void rl_config_dataset(const rl_config *config, rl_dataset_request *request) {
    *request = (rl_dataset_request){.data = config->data,
                                    .seed = config->seed,
                                    .labels = config->labels,
                                    .skip_bad = config->skip_bad};
}

rl_status rl_dataset_open_config(rl_dataset **dataset, const rl_config *config, rl_error *error) {
    rl_dataset_request request;
    rl_config_dataset(config, &request);
    return rl_dataset_read(dataset, &request, error);
}

/* The place of a CHOICE's value in its table; set_choice has seen to it that there is one. */
static size_t choice_number(const char *const names[], const char *value) {
    size_t i = 0;
    while (strcmp(names[i], value) != 0)
        i++;
    return i;
}

bool rl_config_drops_last(const rl_config *config) {
    return strcmp(config->last_batch, "drop") == 0;
}

void rl_config_augmentation(const rl_config *config, rl_augment_options *options) {
    *options = (rl_augment_options){
        .enabled = config->augment,
        .crop = (rl_crop)choice_number(rl_crop_names, config->crop),
        .pad = (uint32_t)config->crop_pad,
        .crop_area = config->crop_area,
        .flip = (rl_flip)choice_number(rl_flip_names, config->flip),
        .cutout = (uint32_t)config->cutout,
        .erasing = config->random_erasing,
        .mixup = config->mixup,
    };
}

void rl_config_optimizer(const rl_config *config, rl_optimizer_options *options) {
    *options = (rl_optimizer_options){.name = config->optimizer,
                                      .momentum = config->momentum,
                                      .nesterov = config->nesterov,
                                      .weight_decay = config->weight_decay,
                                      .decay_weights_only =
                                          strcmp(config->weight_decay_on, "weights") == 0,
                                      .clip_norm = config->clip_norm,
                                      .beta1 = config->beta1,
                                      .beta2 = config->beta2,
                                      .eps = config->eps};
}

void rl_config_schedule(const rl_config *config, uint64_t steps_per_epoch, rl_schedule *schedule) {
    *schedule = (rl_schedule){.name = config->schedule,
                              .lr = config->lr,
                              .warmup_epochs = config->warmup_epochs,
                              .step_epochs = config->step_epochs,
                              .step_gamma = config->step_gamma,
                              .steps_per_epoch = steps_per_epoch,
                              .total_steps = steps_per_epoch * config->epochs};
}
