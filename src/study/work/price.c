/* What a study will take on this machine: some steps of each distinct configuration are timed, on
 * random images, and scaled to its epochs and images. What is left out: reading images,
 * checkpoints, and that other work may share the machine. */
#include "study/work/price.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "format/json_file.h"
#include "format/json_text.h"
#include "run/config.h"
#include "run/run_directory.h"
#include "study/design/arms.h"
#include "study/work/images.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STEPS = 3 };
static const double test_share = 1.0 / 3; /* of a step's time, for as many tested images */

/* A configuration with the images a second that it trains. */
typedef struct {
    const rl_config *config;
    double images_per_second;
} timed;

typedef struct {
    const rl_study *study;
    timed *configurations;
    size_t count;
    rl_study_images images;
    bool (*go_on)(void *context);
    void *context;
    rl_error *error;
} pricer;

static rl_status measure(pricer *p, const rl_config *config, double *images_per_second) {
    rl_bench *bench;
    for (size_t i = 0; i < p->count; i++)
        if (rl_study_same_settings(p->configurations[i].config, config, true)) {
            *images_per_second = p->configurations[i].images_per_second;
            return RL_OK;
        }
    if (p->go_on && !p->go_on(p->context))
        return rl_fail(p->error, RL_STOPPED, "stopped");
    const rl_status status = rl_bench_run(&bench, config, RL_BENCH_TRAIN, STEPS, p->error);
    if (status != RL_OK)
        return status;
    *images_per_second = bench->images_per_second;
    rl_bench_free(bench);
    p->configurations[p->count++] = (timed){config, *images_per_second};
    return RL_OK;
}

static double images_of(const pricer *p, rl_split split, uint64_t limit) {
    const size_t count = p->images.dataset->split[split].count;
    return (double)(limit > 0 && limit < count ? limit : count);
}

/* Seconds of a run of `config` with a share of its training images held out, tested or not. */
static rl_status price_run(pricer *p, const rl_config *config, double held_out, bool tested,
                           double *seconds) {
    double speed = NAN;
    rl_status status = rl_study_images_open(&p->images, config, p->error);
    if (status == RL_OK)
        status = measure(p, config, &speed);
    if (status != RL_OK)
        return status;
    const double train = images_of(p, RL_SPLIT_TRAIN, config->limit_train);
    const double test = images_of(p, RL_SPLIT_TEST, config->limit_test);
    const double images =
        train * (1 - held_out) + test_share * (held_out * train + (tested ? test : 0));
    *seconds = (double)config->epochs * images / speed;
    if (config->max_seconds > 0)
        *seconds = fmin(*seconds, config->max_seconds);
    return RL_OK;
}

static rl_status price_tuning(pricer *p, rl_study_price *price) {
    const rl_study_tuning *tuning = p->study->tuning;
    if (!tuning)
        return RL_OK;
    /* The runs of the first seed that the arms have: each configuration once. */
    for (size_t i = 0; i < p->study->run_count; i++) {
        double seconds;
        const rl_study_task *task = &p->study->runs[i];
        if (task->info.seed != p->study->seeds[0])
            continue;
        const rl_status status = price_run(p, task->config, tuning->validation, false, &seconds);
        if (status != RL_OK)
            return status;
        const size_t runs = tuning->point_count * tuning->seed_count;
        price->tuning_runs += runs;
        price->seconds += seconds * (double)runs;
    }
    return RL_OK;
}

static rl_status price_all(pricer *p, rl_study_price *price) {
    const rl_study *study = p->study;
    const rl_study_tuning *tuning = study->tuning;
    rl_status status = RL_OK;
    price->runs = study->run_count;
    price->run_seconds = rl_alloc(study->run_count, sizeof *price->run_seconds);
    p->configurations = rl_alloc(study->run_count, sizeof *p->configurations);
    if (!price->run_seconds || !p->configurations)
        return rl_fail_memory(p->error, "the price of a study");
    for (size_t i = 0; i < study->run_count && status == RL_OK; i++) {
        const rl_config *config = study->runs[i].config;
        const double held_out =
            tuning ? (tuning->confirm_on_whole ? 0 : tuning->validation) : config->validation;
        status = price_run(p, config, held_out, true, &price->run_seconds[i]);
        price->seconds += status == RL_OK ? price->run_seconds[i] : 0;
    }
    if (status == RL_OK)
        status = price_tuning(p, price);
    price->configurations = p->count;
    return status;
}

rl_status rl_study_price_measure(rl_study_price **result, const rl_study *study,
                                 bool (*go_on)(void *context), void *context, rl_error *error) {
    pricer p = {.study = study, .go_on = go_on, .context = context, .error = error};
    rl_study_price *price = rl_alloc(1, sizeof *price);
    *result = NULL;
    const rl_status status =
        price ? price_all(&p, price) : rl_fail_memory(error, "the price of a study");
    rl_study_images_close(&p.images);
    rl_free(p.configurations);
    if (status == RL_OK)
        *result = price;
    else
        rl_study_price_free(price);
    return status;
}

void rl_study_price_free(rl_study_price *price) {
    if (price)
        rl_free(price->run_seconds);
    rl_free(price);
}

/* ---- price.json ---- */

rl_status rl_study_price_save(const rl_study_price *price, const char *out, rl_error *error) {
    char path[RL_PATH_SIZE];
    json_t *runs = json_array();
    for (size_t i = 0; i < price->runs; i++)
        rl_json_append(&runs, json_real(price->run_seconds[i]));
    json_t *object = json_pack("{s:f, s:o}", "seconds", price->seconds, "runs", runs);
    char *text = rl_json_text(object);
    json_decref(object);
    rl_status status = rl_path_join(path, sizeof path, out, RL_PRICE_FILE, error);
    if (status == RL_OK)
        status = rl_folder_make_parents(path, error);
    if (status == RL_OK)
        status = text ? rl_file_replace_bytes(path, text, strlen(text), error)
                      : rl_fail_memory(error, "the price of a study");
    rl_free(text);
    return status;
}

double rl_study_price_left(const char *out, const rl_run_standing *standings, size_t count) {
    char path[RL_PATH_SIZE];
    json_t *object = NULL;
    double left = 0;
    if (rl_path_join(path, sizeof path, out, RL_PRICE_FILE, NULL) == RL_OK)
        (void)rl_json_file_read(&object, path, NULL);
    const json_t *runs = json_object_get(object, "runs");
    for (size_t i = 0; i < count; i++) {
        const json_t *seconds = json_array_get(runs, i);
        left += json_is_number(seconds) ? json_number_value(seconds) * standings[i].left : NAN;
    }
    json_decref(object);
    return left;
}
