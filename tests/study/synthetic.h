/* Studies with made-up results: a study file as text, and for each arm what its runs came to. Runs
 * of one seed share a part of their noise, as runs from the same initial weights do. */
#ifndef RL_TEST_STUDY_SYNTHETIC_H
#define RL_TEST_STUDY_SYNTHETIC_H

#include "base/memory.h"
#include "base/random.h"
#include "run/config.h"
#include "study/design/file.h"
#include "study/numbers/results.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    const char *label; /* of the arm; a run of several arms is as the first one here says */
    double accuracy, deviation; /* test accuracy of the last epoch over seeds */
    double gap;                 /* train accuracy is higher by as much */
    double loss;                /* training loss at the end; it begins near ln 10 */
    double speed;               /* of its fall and of the accuracy's rise: 0.2 is slow, 1 fast */
    double images_per_second;
    size_t diverged; /* of the first so many seeds the runs diverged */
    size_t missing;  /* of the last so many seeds there are none */
} synthetic_arm;

/* The reference experiment in small; %s is the list of seeds. */
#define SYNTHETIC_REFERENCE                                                                        \
    "name: synthetic\n"                                                                            \
    "settings: {data: shapes, width: 4, optimizer: sgd, lr: 0.01, epochs: 12}\n"                   \
    "seeds: [%s]\n"                                                                                \
    "groups:\n"                                                                                    \
    "  activations: {vary: {activation: [sigmoid, relu, leaky_relu, gelu]}, figure: train_loss}\n" \
    "  optimizers: {vary: {optimizer: [sgd, momentum, adam]}, figure: test_accuracy}\n"            \
    "  ghost: {settings: {activation: leaky_relu}, vary: {model: [resnet18, resnet18-ghost]},\n"   \
    "          figure: training_record, width_control: true}\n"

/* What goes with it: every conclusion of the reference experiment holds, given enough seeds. */
static const synthetic_arm synthetic_reference[] = {
    {"sigmoid", 0.35, 0.01, 0.00, 1.70, 0.2, 400, 0, 0},
    {"momentum", 0.86, 0.004, 0.05, 0.25, 0.3, 400, 0, 0},
    {"adam", 0.82, 0.004, 0.02, 0.40, 0.9, 380, 0, 0},
    {"relu", 0.80, 0.005, 0.03, 0.45, 0.4, 400, 0, 0}, /* sgd of the optimizers, too */
    {"gelu", 0.81, 0.005, 0.03, 0.42, 0.4, 390, 0, 0},
    {"resnet18-ghost", 0.803, 0.004, 0.03, 0.46, 0.4, 500, 0, 0},
    {"resnet18, width 3", 0.78, 0.004, 0.02, 0.50, 0.4, 700, 0, 0},
    {"leaky_relu", 0.805, 0.004, 0.03, 0.44, 0.4, 400, 0, 0}, /* resnet18 of ghost, too */
    {NULL, 0.7, 0.01, 0.02, 0.5, 0.4, 400, 0, 0},             /* any other */
};

static inline const synthetic_arm *synthetic_arm_of(const rl_study *study, size_t run,
                                                    const synthetic_arm *arms) {
    for (; arms->label; arms++)
        for (size_t g = 0; g < study->group_count; g++)
            for (size_t a = 0; a < study->groups[g].arm_count; a++)
                for (size_t s = 0; s < study->seed_count; s++)
                    if (study->groups[g].arms[a].runs[s] == run &&
                        strcmp(study->groups[g].arms[a].label, arms->label) == 0)
                        return arms;
    return arms;
}

static inline void synthetic_epochs(rl_run_record *record, const synthetic_arm *arm, uint64_t seed,
                                    size_t number) {
    rl_random shared = rl_random_stream(seed, RL_RANDOM_TEST, 0, 0);
    rl_random own = rl_random_stream(seed, RL_RANDOM_TEST, 1, number);
    const double noise = (double)rl_random_normal(&shared) * 0.8 + rl_random_normal(&own) * 0.6;
    const double count = (double)record->epoch_count, end = 1 - exp(-arm->speed * count);
    for (size_t e = 0; e < record->epoch_count; e++) {
        const double done = (1 - exp(-arm->speed * (double)(e + 1))) / end;
        const double accuracy =
            fmin(fmax(0.1 + (arm->accuracy + arm->deviation * noise - 0.1) * done, 0), 1);
        const double loss = 2.35 + (arm->loss * (1 - arm->deviation * noise) - 2.35) * done;
        record->epochs[e] =
            (rl_epoch_row){.epoch = e + 1,
                           .step = 8 * (e + 1),
                           .lr = record->config->lr,
                           .train_loss = loss,
                           .train_accuracy = fmin(accuracy + arm->gap, 1),
                           .test_loss = loss + 2 * arm->gap,
                           .test_accuracy = accuracy,
                           .seconds = 1000 * (double)(e + 1) / arm->images_per_second,
                           .images_per_second = arm->images_per_second};
    }
}

static inline rl_run_record *synthetic_record(const rl_study_task *task, const synthetic_arm *arm,
                                              bool diverged) {
    rl_run_record *record = rl_alloc(1, sizeof *record);
    assert_non_null(record);
    record->config = rl_config_copy(task->config);
    record->epoch_count = diverged ? 1 : task->config->epochs;
    record->epochs = rl_alloc(record->epoch_count, sizeof *record->epochs);
    record->state = diverged ? RL_RUN_DIVERGED : RL_RUN_DONE;
    record->reason = diverged ? rl_strdup("the loss is not finite at step 9") : NULL;
    char **const texts[] = {&record->directory, &record->cpu,         &record->instruction_set,
                            &record->version,   &record->data_format, &record->fingerprint};
    static const char *const values[] = {"runs/x", "A CPU", "base", "0.1.0", "shapes", "00ff"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = rl_strdup(values[i]);
    record->train_images = 1000;
    record->test_images = 1000;
    record->data_train_images = 1000;
    record->data_test_images = 1000;
    record->class_count = 10;
    record->threads = 2;
    record->images_per_second = arm->images_per_second;
    record->peak_memory_bytes = 100 << 20;
    rl_summary *summary;
    assert_int_equal(rl_summary_create(&summary, task->config, 10, NULL), RL_OK);
    record->parameters = rl_summary_parameters(summary);
    record->macs = rl_summary_macs(summary);
    rl_summary_free(summary);
    synthetic_epochs(record, arm, task->info.seed, task->info.number);
    record->seconds = record->epochs[record->epoch_count - 1].seconds;
    return record;
}

/* The results of the study in `yaml`, whose "%s", if any, becomes `seeds`; `arms` end with one
 * whose label is NULL and which stands for all others. Release with rl_results_free. */
static inline rl_results *synthetic_results(const char *yaml, const char *seeds,
                                            const synthetic_arm *arms) {
    char text[4096];
    rl_error error;
    rl_results *results = rl_alloc(1, sizeof *results);
    assert_non_null(results);
    const char *place = strstr(yaml, "%s");
    const int length =
        place ? snprintf(text, sizeof text, "%.*s%s%s", (int)(place - yaml), yaml, seeds, place + 2)
              : snprintf(text, sizeof text, "%s", yaml);
    assert_in_range(length, 1, sizeof text - 1);
    if (rl_study_parse(&results->study, "synthetic.yaml", text, (size_t)length, NULL, &error) !=
        RL_OK)
        fail_msg("%s", error.message);
    const rl_study *study = results->study;
    results->directory = rl_strdup("synthetic");
    results->records = rl_alloc(study->run_count, sizeof *results->records);
    for (size_t i = 0; i < study->run_count; i++) {
        const synthetic_arm *arm = synthetic_arm_of(study, i, arms);
        size_t seed = 0;
        while (study->seeds[seed] != study->runs[i].info.seed)
            seed++;
        if (seed + arm->missing < study->seed_count)
            results->records[i] = synthetic_record(&study->runs[i], arm, seed < arm->diverged);
    }
    return results;
}

#endif
