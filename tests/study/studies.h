/* Small studies for tests, from text. */
#ifndef RL_TEST_STUDIES_H
#define RL_TEST_STUDIES_H

#include "run/runs.h"
#include "study/design/file.h"
#include "study/design/save.h"

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

/* Saves, opens, and compares all there is. */
static inline void assert_round_trip(const rl_study *study) {
    char folder[TEST_PATH], path[TEST_PATH], again[TEST_PATH];
    make_scratch(folder);
    in_folder(path, folder, "study.yaml");
    in_folder(again, folder, "again.yaml");
    rl_error error;
    rl_study *read;
    assert_int_equal(rl_study_save(study, path, NULL), RL_OK);
    if (rl_study_open(&read, path, &error) != RL_OK)
        fail_msg("%s", error.message);
    assert_true(rl_study_same(study, read));
    for (size_t i = 0; i < study->run_count; i++) {
        assert_string_equal(study->runs[i].info.name, read->runs[i].info.name);
        assert_string_equal(study->runs[i].info.groups, read->runs[i].info.groups);
        assert_string_equal(study->runs[i].info.differences, read->runs[i].info.differences);
        assert_int_equal(study->runs[i].info.seed, read->runs[i].info.seed);
    }
    assert_int_equal(rl_study_save(read, again, NULL), RL_OK);
    assert_same_file(path, again);
    rl_study_free(read);
    remove_scratch(folder);
}

#endif
