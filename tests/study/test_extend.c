/* Studies that are given more seeds, arms and claims after runs are done: what is done stays found,
 * what was declared stays declared. */
#include "study/studies.h"
#include "study/tiny_study.h"

#include <sys/stat.h>

#define BEGIN                                                                                      \
    "name: tiny\n"                                                                                 \
    "settings: {data: shapes, width: 4, limit_train: 32, limit_test: 20, batch_size: 16, epochs: " \
    "1, threads: 1}\n"
#define GROUPS "groups: {a: {vary: {activation: [sigmoid, relu]}, target: 50}}\n"
#define CLAIM "claims: [{group: a, better: relu, than: sigmoid, name: first}]\n"

static const char original[] = BEGIN "seeds: [5, 6]\n" GROUPS CLAIM;

static void train(const place *p, const char *text, rl_status expected, const char *words) {
    rl_error error = {.message = ""};
    rl_study *study = open_text(p->folder, "more.yaml", text);
    const rl_status status = rl_study_train(study, p->out, 0, NULL, NULL, &error);
    if (status != expected || (words && !strstr(error.message, words)))
        fail_msg("status %d, expected '%s': %s", (int)status, words ? words : "", error.message);
    rl_study_free(study);
}

static void begin(place *p) {
    make_scratch(p->folder);
    in_folder(p->out, p->folder, "out");
    p->study = open_text(p->folder, "tiny.yaml", original);
    train(p, original, RL_OK, NULL);
}

/* The study as its folder has it. */
static rl_study *there(const place *p) {
    char path[TEST_PATH];
    rl_study *study;
    rl_error error;
    if (rl_study_open(&study, in_folder(path, p->out, "study.yaml"), &error) != RL_OK)
        fail_msg("%s", error.message);
    return study;
}

/* When the file of a run was written. */
static long long written(const place *p, const char *run) {
    char path[TEST_PATH];
    struct stat about;
    assert_true(snprintf(path, sizeof path, "%s/runs/%s/summary.json", p->out, run) < TEST_PATH);
    assert_int_equal(stat(path, &about), 0);
    return (long long)about.st_mtim.tv_sec * 1000000000 + about.st_mtim.tv_nsec;
}

static void more_seeds_and_arms_are_done_and_no_others(void **state) {
    (void)state;
    place p;
    begin(&p);
    const long long before = written(&p, "003-sigmoid-s6");
    train(&p,
          BEGIN "seeds: [4, 5, 6]\n"
                "groups: {b: {vary: {lr: [0.1, 0.2]}}, a: {vary: {activation: [gelu, sigmoid, "
                "relu]}, target: 50}}\n" CLAIM,
          RL_OK, NULL);
    rl_study *now = there(&p);
    assert_int_equal(now->run_count, 15); /* b's 0.1 is no arm of a: the default rate is another */
    static const char *const names[] = {"001-sigmoid-s5", "002-relu-s5", "003-sigmoid-s6",
                                        "004-relu-s6"};
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(now->runs[i].info.name, names[i]);
    assert_string_equal(now->runs[4].info.name, "005-0.1-relu-s4");
    assert_int_equal(now->runs[4].info.number, 5);
    assert_true(written(&p, "003-sigmoid-s6") == before);
    assert_int_equal(now->groups[1].arms[1].runs[1], 0); /* sigmoid, seed 5 */
    assert_int_equal(now->claims[0].after, 0);
    assert_round_trip(now);
    rl_study_state *stand;
    assert_int_equal(rl_study_state_read(&stand, now, p.out, NULL), RL_OK);
    assert_int_equal(stand->done, now->run_count);
    rl_study_state_free(stand);
    rl_study_free(now);
    /* Again, and with the order of seeds changed: nothing to do, the same names. */
    train(&p,
          BEGIN "seeds: [6, 5, 4]\n"
                "groups: {b: {vary: {lr: [0.1, 0.2]}}, a: {vary: {activation: [gelu, sigmoid, "
                "relu]}, target: 50}}\n" CLAIM,
          RL_OK, NULL);
    assert_true(written(&p, "003-sigmoid-s6") == before);
    clear_place(&p);
}

static void what_is_done_cannot_be_left_out(void **state) {
    (void)state;
    place p;
    begin(&p);
    train(&p, BEGIN "seeds: [5]\n" GROUPS CLAIM, RL_ERROR_MISMATCH,
          "its run 003-sigmoid-s6 (activation=sigmoid, seed=6) is not in");
    train(&p,
          BEGIN "seeds: [5, 6, 7]\ngroups: {a: {vary: {activation: [gelu, sigmoid]}, target: "
                "50}}\nclaims: [{group: a, better: gelu, than: sigmoid}]\n",
          RL_ERROR_MISMATCH, "its run 002-relu-s5");
    clear_place(&p);
}

static const struct {
    const char *text, *words;
} refused[] = {
    {BEGIN "seeds: [5, 6]\n" GROUPS, "claim 1 ('first') is not in"},
    {BEGIN "seeds: [5, 6]\n" GROUPS
           "claims: [{group: a, better: relu, than: sigmoid, by: 1, name: first}]\n",
     "claim 1 ('first') is not in"},
    {BEGIN "seeds: [5, 6]\n" GROUPS CLAIM "order: declared\n", "the order of claims is 'together'"},
    {BEGIN "seeds: {first: 5, looks: [3, 4]}\n" GROUPS CLAIM, "has other looks than"},
};

static void what_was_declared_stays(void **state) {
    (void)state;
    place p;
    begin(&p);
    char *before = text_of(p.out, "study.yaml");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        train(&p, refused[i].text, RL_ERROR_MISMATCH, refused[i].words);
    char *after = text_of(p.out, "study.yaml");
    assert_string_equal(before, after);
    free(before);
    free(after);
    clear_place(&p);
}

static void a_later_claim_is_said_to_be_one(void **state) {
    (void)state;
    place p;
    begin(&p);
    static const char later[] = BEGIN
        "seeds: [5, 6]\n" GROUPS
        "claims: [{group: a, same: relu, as: sigmoid, within: 1}, {group: a, better: relu, than: "
        "sigmoid, name: first}]\n";
    for (size_t i = 0; i < 2; i++) { /* and stays one */
        train(&p, later, RL_OK, NULL);
        rl_study *now = there(&p);
        assert_int_equal(now->claims[0].after, 4);
        assert_int_equal(now->claims[1].after, 0);
        assert_round_trip(now);
        rl_study_free(now);
    }
    clear_place(&p);
}

static void before_runs_end_anything_may_change(void **state) {
    (void)state;
    place p;
    make_scratch(p.folder);
    in_folder(p.out, p.folder, "out");
    p.study = open_text(p.folder, "tiny.yaml", original);
    assert_int_equal(rl_study_folder_prepare(p.study, p.out, NULL), RL_OK);
    train(&p, BEGIN "seeds: [5, 6]\n" GROUPS, RL_OK, NULL);
    rl_study *now = there(&p);
    assert_int_equal(now->claim_count, 0);
    rl_study_free(now);
    clear_place(&p);
}

static const struct {
    const char *runs, *words;
} bad_runs[] = {
    {"runs: 1", "runs is a single value, expected a list"},
    {"runs: [a]", "a run of 'runs' is not [name, group, arm, seed]"},
    {"runs: [[001-x-s1, g, 1]]", "a run of 'runs' is not"},
    {"runs: [[002-x-s1, g, 1, 1]]", "'002-x-s1' is not the name of run 1"},
    {"runs: [[../x, g, 1, 1]]", "'../x' is not the name of run 1"},
    {"runs: [[001-/../x, g, 1, 1]]", "'001-/../x' is not the name of run 1"},
    {"runs: [[001-x-s1, h, 1, 1]]", "a run of arm '1' of group 'h', which is not there"},
    {"runs: [[001-x-s1, g, 3, 1]]", "a run of arm '3' of group 'g', which is not there"},
    {"runs: [[001-x-s1, g, 1, 7]]", "a run of seed '7', which is not there"},
    {"runs: [[001-x, g, 1, 1], [002-y, g, 1, 1]]", "the runs 001-x and 002-y are the same"},
};

static void names_of_runs_are_checked(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_runs / sizeof *bad_runs; i++) {
        char text[512];
        rl_study *study;
        rl_error error;
        snprintf(text, sizeof text, "name: n\nseeds: [1]\ngroups: {g: {vary: {lr: [1, 2]}}}\n%s\n",
                 bad_runs[i].runs);
        assert_int_equal(rl_study_parse(&study, "s.yaml", text, strlen(text), NULL, &error),
                         RL_ERROR_FORMAT);
        if (!strstr(error.message, bad_runs[i].words))
            fail_msg("'%s' is not in: %s", bad_runs[i].words, error.message);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_seeds_and_arms_are_done_and_no_others),
        cmocka_unit_test(what_is_done_cannot_be_left_out),
        cmocka_unit_test(what_was_declared_stays),
        cmocka_unit_test(a_later_claim_is_said_to_be_one),
        cmocka_unit_test(before_runs_end_anything_may_change),
        cmocka_unit_test(names_of_runs_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
