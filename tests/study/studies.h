/* Small studies for tests, from text. */
#ifndef RL_TEST_STUDIES_H
#define RL_TEST_STUDIES_H

#include "run/runs.h"
#include "study/study_file.h"

#define STUDY_HEAD "name: n\nseeds: [1]\n"

/* The reference experiment's groups, two seeds, small. */
static const char reference_study[] =
    "name: reference\n"
    "settings: {data: shapes, width: 8, optimizer: sgd, lr: 0.02, epochs: 3}\n"
    "seeds: [7, 3]\n"
    "groups:\n"
    "  activations: {vary: {activation: [sigmoid, relu, leaky_relu, gelu]}, figure: train_loss}\n"
    "  optimizers: {vary: {optimizer: [sgd, momentum, adam]}}\n"
    "  ghost:\n"
    "    settings: {activation: leaky_relu}\n"
    "    vary: {model: [resnet18, resnet18-ghost]}\n"
    "    figure: training_record\n"
    "    width_control: true\n";

static inline rl_study *study_of(const char *text, const char *const *overrides) {
    rl_study *study;
    rl_error error;
    if (rl_study_parse(&study, "s.yaml", text, strlen(text), overrides, &error) != RL_OK)
        fail_msg("%s", error.message);
    return study;
}

/* The parser must refuse the study with a message that has all of `words` (ended by NULL). */
static inline void assert_refused(const char *text, const char *const *overrides, rl_status code,
                                  long long position, const char *const *words) {
    rl_study *study = (rl_study *)1;
    rl_error error;
    const rl_status status =
        rl_study_parse(&study, "s.yaml", text, strlen(text), overrides, &error);
    assert_null(study);
    if (status != code || error.code != code || error.position != position)
        fail_msg("code %d at %lld, expected %d at %lld: %s", (int)status, error.position, (int)code,
                 position, error.message);
    for (; *words; words++)
        if (!strstr(error.message, *words))
            fail_msg("'%s' is not in the message: %s", *words, error.message);
}

#endif
