/* Tuning: how files say it, and a study that is tuned and confirmed, wherever it was stopped. */
#include "study/studies.h"
#include "study/tiny_study.h"

#include "base/json.h"
#include "study/work/sealed.h"
#include "study/work/trials.h"
#include "study/work/tune.h"

#define HEAD "name: n\nseeds: [1, 2]\ngroups: {g: {vary: {activation: [relu, gelu]}}}\n"
#define SEEDS ", seeds: [7]}\n"

static const struct {
    const char *tuning, *words;
} refused[] = {
    {"{option: lr, grid: [1, 2]}\n", "the tuning lacks the key 'seeds'"},
    {"{option: lr" SEEDS, "needs 'option' and 'grid', or 'options' and 'points'"},
    {"{option: lr, grid: [1, 2], points: 3" SEEDS, "needs 'option' and 'grid', or"},
    {"{options: {lr: {from: 1, to: 2}}, points: 4" SEEDS, "'options' are for two or more"},
    {"{option: activation, grid: [1, 2]" SEEDS, "'activation' cannot be tuned: group 'g' varies"},
    {"{option: seed, grid: [1, 2]" SEEDS, "'seed' cannot be tuned"},
    {"{option: rl, grid: [1, 2]" SEEDS, "unknown option 'rl'"},
    {"{option: lr, grid: [1]" SEEDS, "the grid has 1 value, expected at least 2"},
    {"{option: lr, grid: [2, 1]" SEEDS, "a value of the grid is '1', expected a number above"},
    {"{option: lr, grid: [x, 1]" SEEDS, "a value of the grid is 'x'"},
    {"{option: lr, grid: [1, 5000]" SEEDS, "--lr: '5000' is out of range"},
    {"{option: lr, grid: {from: 1, to: 1}" SEEDS, "expected 0 < from < to"},
    {"{option: lr, grid: {from: 0, to: 1}" SEEDS, "expected 0 < from < to"},
    {"{option: lr, grid: {from: 0.1, to: 1, per_decade: 0}" SEEDS, "'per_decade' of the tuning"},
    {"{option: lr, grid: [1, 2], extend: 11" SEEDS,
     "'extend' of the tuning is '11', expected 0 to"},
    {"{option: lr, grid: [1, 2], validation: 0" SEEDS, "'validation' of the tuning is '0'"},
    {"{option: lr, grid: [1, 2], validation: 0.6" SEEDS, "'validation' of the tuning is '0.6'"},
    {"{option: lr, grid: [1, 2], confirm_on: test" SEEDS,
     "unknown confirm_on 'test', expected rest"},
    {"{option: lr, grid: [1, 2], seeds: [2, 7]}\n", "seed 2 is used to tune and to confirm"},
    {"{options: {lr: {from: 1, to: 2}, eps: {from: 1e-9, to: 1e-8}}, points: 4, extend: 1" SEEDS,
     "'extend' is for the grid of one option"},
    {"{options: {lr: {from: 1, to: 2, per_decade: 2}, eps: {from: 1e-9, to: 1e-8}}, points: "
     "4" SEEDS,
     "'per_decade' is for the grid of one option"},
    {"{options: {lr: {from: 1, to: 2}, lr: {from: 1, to: 2}}, points: 4" SEEDS,
     "'lr' is tuned twice"},
};

static void wrong_tunings_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char text[1000];
        snprintf(text, sizeof text, HEAD "tuning: %s", refused[i].tuning);
        assert_refused(text, NULL, RL_ERROR_FORMAT, 4, (const char *[]){refused[i].words, NULL});
    }
    assert_refused(HEAD "tuning: {option: lr, grid: [1, 2]" SEEDS,
                   (const char *[]){"lr", "3", NULL}, RL_ERROR_ARGUMENT, -1,
                   (const char *[]){"--lr: this is what the tuning of s.yaml chooses", NULL});
    assert_refused("name: n\nseeds: [1]\nsettings: {validation: 0.2}\ngroups: {g: {vary: {lr: [1, "
                   "2]}}}\ntuning: {option: eps, grid: [1e-9, 1e-8]" SEEDS,
                   NULL, RL_ERROR_FORMAT, 5,
                   (const char *[]){"'validation' is 0.2: not for a study with tuning", NULL});
}

static void grids_and_points_are_laid_out(void **state) {
    (void)state;
    static const char *const values[] = {"0.001", "0.00316", "0.01", "0.0316", "0.1"};
    rl_study *study = study_of(
        HEAD "tuning: {option: lr, grid: {from: 0.001, to: 0.1, per_decade: 2}, extend: 3" SEEDS,
        NULL);
    const rl_study_tuning *tuning = study->tuning;
    assert_int_equal(tuning->point_count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(tuning->points[i], values[i]);
    assert_true(tuning->extend == 3 && tuning->validation == 0.1 && !tuning->confirm_on_whole);
    assert_round_trip(study);
    rl_study_points points;
    bool added;
    assert_true(rl_study_points_begin(&points, tuning));
    assert_true(rl_study_points_extend(&points, study, true, &added) && added);
    assert_string_equal(points.values[5], "0.316");
    assert_true(rl_study_points_extend(&points, study, false, &added) && added);
    assert_string_equal(points.values[0], "0.000316");
    assert_true(rl_study_points_extend(&points, study, true, &added) && added);
    assert_string_equal(points.values[7], "1");
    assert_true(rl_study_points_extend(&points, study, true, &added) && !added); /* three it was */
    rl_study_points_clear(&points);
    rl_study_free(study);

    study =
        study_of(HEAD "tuning: {option: momentum, grid: [0.5, 0.9], confirm_on: whole" SEEDS, NULL);
    assert_true(study->tuning->confirm_on_whole);
    assert_round_trip(study);
    assert_true(rl_study_points_begin(&points, study->tuning));
    assert_true(rl_study_points_extend(&points, study, true, &added) && !added); /* 1.62 is none */
    assert_true(rl_study_points_extend(&points, study, false, &added) && added);
    assert_string_equal(points.values[0], "0.278");
    rl_study_points_clear(&points);
    rl_study_free(study);

    study = study_of(HEAD "tuning: {options: {lr: {from: 0.001, to: 1}, weight_decay: {from: 1e-5, "
                          "to: 1e-2}}, points: 8" SEEDS,
                     NULL);
    assert_int_equal(study->tuning->point_count, 8);
    assert_int_equal(study->tuning->value_count, 16);
    size_t low = 0, left = 0;
    for (size_t i = 0; i < 8; i++) { /* spread over both ranges */
        const double lr = atof(study->tuning->points[2 * i]);
        const double decay = atof(study->tuning->points[2 * i + 1]);
        assert_true(lr >= 0.001 && lr <= 1 && decay >= 1e-5 && decay <= 1e-2);
        low += lr < 0.0316;
        left += decay < 3.16e-4;
    }
    assert_true(low >= 3 && low <= 5 && left >= 3 && left <= 5);
    assert_round_trip(study);
    rl_study_free(study);
}

static void the_best_is_chosen(void **state) {
    (void)state;
    char low[] = "0.1", middle[] = "1", high[] = "10";
    char *values[] = {low, middle, high};
    const rl_study_points points = {.values = values, .count = 3, .option_count = 1};
    int edge;
    rl_trial trials[] = {{.score = 0.5}, {.score = 0.7}, {.score = 0.6}};
    assert_int_equal(rl_trial_best(trials, &points, 100, &edge), 1);
    assert_int_equal(edge, 0);
    trials[2].score = 0.7;
    assert_int_equal(rl_trial_best(trials, &points, 100, &edge), 1); /* the smaller of two */
    trials[2].score = 0.704;
    assert_int_equal(rl_trial_best(trials, &points, 100, &edge), 1); /* within half an image */
    trials[2].score = 0.706;
    assert_int_equal(rl_trial_best(trials, &points, 100, &edge), 2);
    assert_int_equal(edge, 1);
    trials[0].score = 0.9;
    assert_int_equal(rl_trial_best(trials, &points, 100, &edge), 0);
    assert_int_equal(edge, -1);
}

/* ---- A tuned study ---- */

static const char tuned[] =
    "name: tuned\n"
    "settings: {data: shapes, width: 4, limit_train: 60, limit_test: 20, batch_size: 16, epochs: 1,"
    " threads: 1}\n"
    "seeds: [5, 6]\n"
    "groups: {a: {vary: {activation: [sigmoid, relu]}}}\n"
    "tuning: {option: lr, grid: [0.01, 0.1], extend: 1, validation: 0.2, seeds: [9]}\n";

typedef struct {
    size_t steps, stop_after, tuning_steps;
} observer;

static bool observe(const rl_study_progress *progress, void *context) {
    observer *o = context;
    const bool step = progress->progress && progress->progress->event == RL_EVENT_STEP;
    o->steps += step;
    o->tuning_steps += step && progress->tuning;
    return o->stop_after == 0 || o->steps < o->stop_after;
}

static void begin(place *p) {
    make_scratch(p->folder);
    in_folder(p->out, p->folder, "out");
    p->study = open_text(p->folder, "tiny.yaml", tuned);
}

static void run(const place *p, observer *o, rl_status expected, const char *words) {
    rl_error error = {.message = ""};
    const rl_status status = rl_study_train(p->study, p->out, 0, o ? observe : NULL, o, &error);
    if (status != expected || (words && !strstr(error.message, words)))
        fail_msg("status %d, expected '%s': %s", (int)status, words ? words : "", error.message);
}

static json_t *tuning_of(const place *p) {
    char path[TEST_PATH];
    json_t *object;
    assert_int_equal(rl_sealed_read(&object, in_folder(path, p->out, "tuning.json"), NULL), RL_OK);
    assert_non_null(object);
    return object;
}

static void a_study_is_tuned_and_confirmed(void **state) {
    (void)state;
    char path[TEST_PATH];
    place p, q;
    observer o = {0};
    begin(&p);
    run(&p, &o, RL_OK, NULL);
    assert_true(o.tuning_steps > 0 && o.steps > o.tuning_steps);
    json_t *kept = tuning_of(&p);
    const json_t *arms = json_object_get(kept, "arms");
    assert_int_equal(json_array_size(arms), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *arm = json_array_get(arms, i);
        /* Two values: whichever is best lies at an edge, and gets a third. */
        assert_int_equal(json_array_size(json_object_get(arm, "points")), 3);
        assert_int_equal(json_integer_value(json_object_get(arm, "added")), 1);
        assert_int_equal(json_integer_value(json_object_get(arm, "runs")), 3);
    }
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(kept, "validation"), "images")), 10);
    /* The study's own runs have what was chosen, and say by which tuning. */
    for (size_t i = 0; i < 4; i++) {
        rl_run_record *record;
        char directory[TEST_PATH];
        run_file(directory, &p, i, "");
        assert_int_equal(rl_run_record_read(&record, directory, NULL), RL_OK);
        assert_string_equal(rl_config_get(record->config, "tuning"), rl_sealed_seal(kept));
        const json_t *choice = json_object_get(json_array_get(arms, i % 2), "choice");
        assert_string_equal(rl_config_get(record->config, "lr"),
                            json_string_value(json_array_get(choice, 0)));
        assert_string_equal(rl_config_get(record->config, "validation"), "0.2");
        assert_true(record->epochs[0].test_accuracy >= 0);
        rl_run_record_free(record);
    }
    char *text = text_of(p.out, "tuning.json");
    o = (observer){0};
    run(&p, &o, RL_OK, NULL); /* again: nothing to do */
    assert_int_equal(o.steps, 0);

    /* Stopped again and again: the same. */
    rl_status status = RL_STOPPED;
    begin(&q);
    for (size_t i = 0; status == RL_STOPPED && i < 200; i++) {
        o = (observer){.stop_after = 1 + i % 3};
        status = rl_study_train(q.study, q.out, 0, observe, &o, NULL);
    }
    assert_int_equal(status, RL_OK);
    char *again = text_of(q.out, "tuning.json");
    assert_string_equal(text, again);
    for (size_t i = 0; i < 4; i++) {
        char other[TEST_PATH];
        assert_same_file(run_file(path, &p, i, "model.safetensors"),
                         run_file(other, &q, i, "model.safetensors"));
    }
    free(text);
    free(again);
    json_decref(kept);
    clear_place(&p);
    clear_place(&q);
}

static void choose_another(json_t *object) {
    json_t *arm = json_array_get(json_object_get(object, "arms"), 0);
    json_object_set_new(arm, "choice", json_pack("[s]", "0.5"));
}

static void what_was_changed_is_refused(void **state) {
    (void)state;
    char path[TEST_PATH], folder[TEST_PATH];
    place p;
    rl_error error;
    begin(&p);
    assert_int_equal(rl_study_train(p.study, p.out, 1, NULL, NULL, &error), RL_ERROR_MISMATCH);
    assert_non_null(strstr(error.message, "is not tuned yet"));
    run(&p, NULL, RL_OK, NULL);
    in_folder(path, p.out, "tuning.json");
    in_folder(folder, p.out, "tuning");
    char *text = text_of(p.out, "tuning.json");

    char *digit = strstr(text, "\"score\":") + 12;
    const char old = *digit;
    *digit = old == '5' ? '6' : '5';
    assert_int_equal(rl_file_replace_bytes(path, text, strlen(text), NULL), RL_OK);
    run(&p, NULL, RL_ERROR_MISMATCH, "its seal does not hold");
    *digit = old;

    /* With a seal that holds: its runs say otherwise, and without them the study's own do. */
    json_t *object = json_loads(text, 0, NULL);
    json_object_del(object, "seal");
    choose_another(object);
    assert_int_equal(rl_sealed_write(object, path, NULL), RL_OK);
    run(&p, NULL, RL_ERROR_MISMATCH, "says something else than the runs in");
    char away[TEST_PATH];
    assert_int_equal(rename(folder, in_folder(away, p.folder, "away")), 0);
    run(&p, NULL, RL_ERROR_MISMATCH, "a run with another");
    assert_int_equal(rl_file_replace_bytes(path, text, strlen(text), NULL), RL_OK);
    run(&p, NULL, RL_OK, NULL); /* what is sealed holds without its runs */

    /* A study that was changed. */
    static const char *const changes[][3] = {
        {"[0.01, 0.1]", "[0.01, 0.2]", "has another tuning than"},
        {"[sigmoid, relu]", "[sigmoid, relu, gelu]", "was made for other arms"}};
    for (size_t i = 0; i < 2; i++) {
        char other[1000];
        const char *at = strstr(tuned, changes[i][0]);
        snprintf(other, sizeof other, "%.*s%s%s", (int)(at - tuned), tuned, changes[i][1],
                 at + strlen(changes[i][0]));
        rl_study *mine = p.study;
        p.study = open_text(p.folder, "other.yaml", other);
        run(&p, NULL, RL_ERROR_MISMATCH, changes[i][2]);
        rl_study_free(p.study);
        p.study = mine;
    }
    free(text);
    clear_place(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_tunings_are_refused),
        cmocka_unit_test(grids_and_points_are_laid_out),
        cmocka_unit_test(the_best_is_chosen),
        cmocka_unit_test(a_study_is_tuned_and_confirmed),
        cmocka_unit_test(what_was_changed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
