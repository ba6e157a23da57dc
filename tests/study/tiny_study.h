/* A study of tiny runs in a scratch folder, and a witness of how it is trained. */
#ifndef RL_TEST_TINY_STUDY_H
#define RL_TEST_TINY_STUDY_H

#include "run/run_directory.h"
#include "run/runs.h"
#include "study/work/folder.h"

/* Four runs of one seed, one of which diverges. */
static const char study_text[] = "name: tiny\n"
                                 "settings: {data: shapes, width: 4, limit_train: 48, limit_test: "
                                 "20, batch_size: 16, epochs: 2, threads: 1}\n"
                                 "seeds: [5]\n"
                                 "groups:\n"
                                 "  activations: {vary: {activation: [sigmoid, relu, gelu]}}\n"
                                 "  rates: {vary: {lr: [0.01, 1000]}}\n";
enum { RUNS = 4, DIVERGING = 3 };

typedef struct {
    char folder[TEST_PATH], out[TEST_PATH];
    rl_study *study;
} place;

static inline rl_study *open_text(const char *folder, const char *name, const char *text) {
    char path[TEST_PATH];
    rl_study *study;
    rl_error error;
    in_folder(path, folder, name);
    assert_int_equal(rl_file_replace_bytes(path, text, strlen(text), NULL), RL_OK);
    if (rl_study_open(&study, path, &error) != RL_OK)
        fail_msg("%s", error.message);
    return study;
}

static inline void make_place(place *p) {
    make_scratch(p->folder);
    in_folder(p->out, p->folder, "out");
    p->study = open_text(p->folder, "tiny.yaml", study_text);
    assert_int_equal(rl_study_run_count(p->study), RUNS);
}

static inline void clear_place(place *p) {
    rl_study_free(p->study);
    remove_scratch(p->folder);
}

static inline const char *run_file(char path[TEST_PATH], const place *p, size_t index,
                                   const char *name) {
    const int length = snprintf(path, TEST_PATH, "%s/runs/%s/%s", p->out,
                                rl_study_run_at(p->study, index)->name, name);
    assert_true(length < TEST_PATH);
    return path;
}

/* What the callback has seen. */
typedef struct {
    size_t steps, stop_after; /* steps; 0: never */
    size_t worked[RUNS];      /* events of work on each run */
    rl_run_state ended[RUNS]; /* RL_RUN_WAITING: not told of */
    char reasons[RUNS][200];
    size_t last_ended;
    double last_seconds_left;
} witness;

static inline bool watch(const rl_study_progress *progress, void *context) {
    witness *w = context;
    const size_t index = progress->run->number - 1;
    assert_int_equal(progress->runs, RUNS);
    w->last_ended = progress->ended;
    w->last_seconds_left = progress->seconds_left;
    if (!progress->progress) {
        assert_int_equal(w->ended[index], RL_RUN_WAITING); /* once */
        w->ended[index] = progress->state;
        snprintf(w->reasons[index], sizeof *w->reasons, "%s",
                 progress->reason ? progress->reason : "");
        return true;
    }
    assert_int_equal(progress->state, RL_RUN_RUNNING);
    assert_null(progress->reason);
    w->worked[index]++;
    w->steps += progress->progress->event == RL_EVENT_STEP;
    return w->stop_after == 0 || w->steps < w->stop_after;
}

static inline void train_all(const place *p, witness *w) {
    rl_error error;
    *w = (witness){0};
    if (rl_study_train(p->study, p->out, 0, watch, w, &error) != RL_OK)
        fail_msg("%s", error.message);
}

static inline void assert_all_ended(const place *p) {
    rl_study_state *state;
    assert_int_equal(rl_study_state_read(&state, p->study, p->out, NULL), RL_OK);
    assert_int_equal(state->done, RUNS - 1);
    assert_int_equal(state->diverged, 1);
    assert_true(state->seconds_left == 0);
    rl_study_state_free(state);
}

/* The checkpoint of a diverged run is the last one before it, and a stop is one more. */
static inline void assert_same_results(const place *a, const place *b) {
    static const char *const files[] = {"steps.csv", "checkpoint.safetensors", "model.safetensors"};
    char x[TEST_PATH], y[TEST_PATH];
    for (size_t run = 0; run < RUNS; run++)
        for (size_t i = 0; i < (run == DIVERGING ? 1 : sizeof files / sizeof *files); i++)
            assert_same_file(run_file(x, a, run, files[i]), run_file(y, b, run, files[i]));
}

#endif
