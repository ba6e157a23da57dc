/* Study files: what they mean, every way they can be wrong, and that what is saved is read back as
 * the same study. */
#include "study/studies.h"

#include "base/buffer.h"
#include "run/config.h"

#define VARY_TWO "vary: {lr: [0.1, 0.2]}"

static const struct {
    const char *text;
    long long line;
    const char *words[6];
} refused[] = {
    {"", 1, {"s.yaml:1: a study lacks the key 'name'"}},
    {"- a\n", 1, {"a study is a list, expected a mapping"}},
    {"name: n\nseed: [1]\n",
     2,
     {"s.yaml:2: unknown key 'seed' in a study, expected name, settings, seeds, groups, ",
      "did you mean 'seeds'?"}},
    {"name: n\nname: m\n", 2, {"'name' is given a second time"}},
    {"name: n\nseeds: [1]\n", 1, {"lacks the key 'groups'"}},
    {"name: [n]\n", 1, {"name is a list, expected a single value"}},
    {"name: ''\nseeds: [1]\ngroups: {}\n", 1, {"the study's name is empty"}},
    {"name: n\nseeds: 1\n", 2, {"seeds is a single value, expected a list or a mapping"}},
    {"name: n\nseeds: []\ngroups: {}\n", 2, {"no seeds, expected at least 1"}},
    {"name: n\nseeds:\n- 1\n- x\ngroups: {}\n",
     4,
     {"s.yaml:4: a seed is 'x', expected an integer"}},
    {"name: n\nseeds: [-1]\ngroups: {}\n", 2, {"a seed is '-1'"}},
    {"name: n\nseeds: [18446744073709551616]\ngroups: {}\n",
     2,
     {"a seed is '18446744073709551616'"}},
    {"name: n\nseeds: [[1]]\ngroups: {}\n", 2, {"a seed is 'a list'"}},
    {"name: n\nseeds: [1,\n  01]\ngroups: {}\n", 3, {"seed 1 is listed twice"}},
    {STUDY_HEAD "groups: {}\n", 3, {"no groups, expected at least 1"}},
    {STUDY_HEAD "groups: [a]\n", 3, {"groups is a list, expected a mapping"}},
    {STUDY_HEAD "settings:\n  lr: 1\n  epoch: 2\ngroups: {}\n",
     5,
     {"s.yaml:5: unknown option 'epoch' (did you mean 'epochs'?)"}},
    {STUDY_HEAD "settings: {qqqqqqqq: 2}\ngroups: {}\n",
     3,
     {"unknown option 'qqqqqqqq', expected model, width, activation", "or checkpoint-minutes"}},
    {STUDY_HEAD "settings: {activation: tanh}\ngroups: {}\n",
     3,
     {"--activation: unknown value 'tanh', expected sigmoid, relu, leaky_relu or gelu"}},
    {STUDY_HEAD "settings: {lr: 1,\n lr: 2}\ngroups: {}\n", 4, {"'lr' is set a second time"}},
    {STUDY_HEAD "settings: {lr: [1]}\ngroups: {}\n", 3, {"a list, expected 'option: value'"}},
    {STUDY_HEAD "settings: {seed: 3}\ngroups: {}\n",
     3,
     {"'seed' cannot be a setting: the list 'seeds'"}},
    {STUDY_HEAD "settings: {out: x}\ngroups: {}\n", 3, {"'out' cannot be a setting"}},
    {STUDY_HEAD "groups:\n  g: 1\n", 4, {"group 'g' is a single value, expected a mapping"}},
    {STUDY_HEAD "groups:\n  g: {}\n", 4, {"group 'g' lacks the key 'vary'"}},
    {STUDY_HEAD "groups:\n  '': {" VARY_TWO "}\n", 4, {"a group without a name"}},
    {STUDY_HEAD "groups:\n  g: {" VARY_TWO "}\n  g: {" VARY_TWO "}\n",
     5,
     {"group 'g' is given a second time"}},
    {STUDY_HEAD "groups:\n  g:\n    " VARY_TWO "\n    figures: x\n",
     6,
     {"unknown key 'figures' in group 'g'",
      "expected vary, settings, figure, budget, width_control, target, arms",
      "did you mean 'figure'?"}},
    {STUDY_HEAD "groups:\n  g: {" VARY_TWO ", figure: loss}\n",
     4,
     {"unknown figure 'loss', expected train_loss, test_accuracy or training_record"}},
    {STUDY_HEAD "groups:\n  g: {" VARY_TWO ", budget: money}\n",
     4,
     {"unknown budget 'money', expected epochs, arithmetic or time"}},
    {STUDY_HEAD "groups:\n  g: {" VARY_TWO ", width_control: maybe}\n",
     4,
     {"width_control is 'maybe', expected true or false"}},
    {STUDY_HEAD "groups:\n  g: {" VARY_TWO ", target: 0}\n",
     4,
     {"target is '0', expected a test accuracy in percent"}},
    {STUDY_HEAD "groups:\n  g: {" VARY_TWO ", target: 101}\n", 4, {"target is '101'"}},
    {STUDY_HEAD "groups:\n  g: {vary: {}}\n", 4, {"'vary' names no option, expected one at least"}},
    {STUDY_HEAD "groups:\n  g: {vary: {activatoin: [relu, gelu]}}\n",
     4,
     {"unknown option 'activatoin' (did you mean 'activation'?)"}},
    {STUDY_HEAD "groups:\n  g: {vary: {seed: [1, 2]}}\n", 4, {"'seed' cannot vary: the list"}},
    {STUDY_HEAD "groups:\n  g: {vary: {lr: 1}}\n", 4, {"lr is a single value, expected a list"}},
    {STUDY_HEAD "groups:\n  g: {vary: {lr: []}}\n", 4, {"'lr' has 0 levels, expected at least 2"}},
    {STUDY_HEAD "groups:\n  g: {vary: {lr: [1]}}\n", 4, {"'lr' has 1 level, expected at least 2"}},
    {STUDY_HEAD "groups:\n  g: {vary: {lr: [1, {a: b}]}}\n", 4, {"a level of 'lr' is a mapping"}},
    {STUDY_HEAD "groups:\n  g: {vary: {data: [shapes, '']}}\n", 4, {"a level of 'data' is empty"}},
    {STUDY_HEAD "groups:\n  g: {vary: {lr: [0.1,\n     0.10]}}\n",
     5,
     {"level '0.10' of 'lr' is listed twice"}},
    {STUDY_HEAD "groups:\n  g: {vary: {activation:\n    - relu\n    - rleu}}\n", 5, {"not YAML"}},
    {STUDY_HEAD "groups:\n  g:\n    vary:\n      activation:\n      - relu\n      - rleu\n",
     8,
     {"s.yaml:8: --activation: unknown value 'rleu'", "did you mean 'relu'?"}},
    {STUDY_HEAD "groups:\n  g: {" VARY_TWO ",\n    settings: {lr: 3}}\n",
     5,
     {"'lr' is what the group varies"}},
    {STUDY_HEAD "groups:\n  g: {" VARY_TWO ",\n    settings: {seed: 3}}\n",
     5,
     {"'seed' cannot be a setting"}},
    {STUDY_HEAD "groups:\n  g: {" VARY_TWO ", width_control: true}\n",
     4,
     {"group 'g': width_control compares models, but the group varies 'lr'"}},
    {STUDY_HEAD "groups:\n  g: {vary: {model: [resnet18, resnet34]}, width_control: true}\n",
     4,
     {"group 'g': width_control has nothing to match, expected a Ghost model"}},
    {STUDY_HEAD "groups:\n  g: {vary: {ghost_dw_size: [3, 4]}}\n",
     4,
     {"group 'g': arm '4': --ghost-dw-size: 4 is even"}},
    {STUDY_HEAD "groups:\n  g: {vary: {epochs: [3, 4]}, budget: arithmetic}\n",
     4,
     {"group 'g': budget arithmetic sets the epochs"}},
    {STUDY_HEAD "groups:\n  g: {" VARY_TWO ", budget: time}\n",
     4,
     {"group 'g': budget time needs the setting max-seconds, expected more than 0"}},
    {STUDY_HEAD "groups:\n  g: {vary: {max_seconds: [3, 4]}, budget: time}\n",
     4,
     {"budget time gives all arms the same max-seconds"}},
    {STUDY_HEAD "groups:\n  g: &a {" VARY_TWO "}\n", 4, {"anchors and tags are not used here"}},
    {"name: n\nseeds: &s [1]\n", 2, {"anchor '&s': anchors and tags are not used here"}},
    {"name: n\nseeds: !s [1]\n", 2, {"tag '!s': anchors and tags are not used here"}},
    {STUDY_HEAD "groups:\n  g: *a\n", 4, {"aliases are not used here"}},
    {STUDY_HEAD "groups:\n  g: !x {" VARY_TWO "}\n", 4, {"anchors and tags are not used here"}},
    {STUDY_HEAD "groups:\n  g: !!map {" VARY_TWO "}\n", 4, {"anchors and tags"}},
    {STUDY_HEAD "groups:\n  ? [g]\n  : {" VARY_TWO "}\n", 4, {"a key is a list, expected a word"}},
    {STUDY_HEAD "groups: {g: {" VARY_TWO "}}\n---\nname: m\n", 4, {"a second document"}},
    {"name: \"a\\0b\"\n", 1, {"a value contains a NUL byte"}},
    {"name: n\n\tseeds: [1]\n", 2, {"not YAML"}},
    {"a: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]\n", 1, {"nested too deeply"}},
};

static void wrong_files_are_refused_with_line_and_words(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_refused(refused[i].text, NULL, RL_ERROR_FORMAT, refused[i].line, refused[i].words);
}

static void sizes_are_bounded(void **state) {
    (void)state;
    rl_buffer seeds = {0}, groups = {0}, levels = {0}, runs = {0};
    rl_buffer_add(&seeds, "name: n\nseeds: [0");
    for (size_t i = 1; i <= 1000; i++)
        rl_buffer_print(&seeds, ", %zu", i);
    rl_buffer_add(&seeds, "]\ngroups: {}\n");
    assert_refused(seeds.text, NULL, RL_ERROR_FORMAT, 2, (const char *[]){"more than 1000", NULL});

    rl_buffer_add(&groups, STUDY_HEAD "groups:\n");
    for (size_t i = 1; i <= 33; i++)
        rl_buffer_print(&groups, "  g%zu: {" VARY_TWO "}\n", i);
    assert_refused(groups.text, NULL, RL_ERROR_FORMAT, 36,
                   (const char *[]){"more than 32 groups", NULL});

    rl_buffer_add(&levels, STUDY_HEAD "groups: {g: {vary: {epochs: [1");
    for (size_t i = 2; i <= 33; i++)
        rl_buffer_print(&levels, ", %zu", i);
    rl_buffer_add(&levels, "]}}}\n");
    assert_refused(levels.text, NULL, RL_ERROR_FORMAT, 3,
                   (const char *[]){"more than 32 levels of 'epochs'", NULL});

    rl_buffer_add_bytes(&runs, seeds.text, (size_t)(strstr(seeds.text, ", 1000") - seeds.text));
    rl_buffer_add(&runs, "]\ngroups: {g: {vary: {epochs: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}}}\n");
    assert_refused(runs.text, NULL, RL_ERROR_FORMAT, 1,
                   (const char *[]){"11 configurations and 1000 seeds make 11000 runs", NULL});
    rl_buffer_clear(&seeds);
    rl_buffer_clear(&groups);
    rl_buffer_clear(&levels);
    rl_buffer_clear(&runs);
}

static void group_settings_win_over_shared_ones(void **state) {
    (void)state;
    rl_study *study = study_of(reference_study, NULL);
    assert_string_equal(rl_study_name(study), "reference");
    assert_string_equal(study->path, "s.yaml");
    assert_string_equal(study->settings->activation, "relu");
    assert_int_equal(study->group_count, 3);
    const rl_study_group *ghost = &study->groups[2];
    assert_string_equal(ghost->name, "ghost");
    assert_string_equal(ghost->factor, "model");
    assert_int_equal(ghost->figure, RL_FIGURE_TRAINING_RECORD);
    assert_int_equal(study->groups[0].figure, RL_FIGURE_TRAIN_LOSS);
    assert_int_equal(study->groups[1].figure, RL_FIGURE_TEST_ACCURACY); /* the default */
    assert_int_equal(ghost->budget, RL_BUDGET_EPOCHS);
    for (size_t i = 0; i < ghost->arm_count; i++)
        assert_string_equal(ghost->arms[i].config->activation, "leaky_relu");
    assert_string_equal(study->groups[1].arms[0].config->activation, "relu");
    assert_true(study->groups[1].arms[0].config->lr == 0.02);
    rl_study_free(study);
}

static void overrides_win_over_all_settings(void **state) {
    (void)state;
    static const char text[] = STUDY_HEAD "settings: {lr: 1}\n"
                                          "groups:\n"
                                          "  a: {vary: {width: [4, 8]}, settings: {lr: 2}}\n";
    rl_study *study = study_of(text, (const char *[]){"lr", "3", "batch_size", "5", NULL});
    assert_true(study->settings->lr == 3);
    for (size_t i = 0; i < 2; i++) {
        assert_true(study->groups[0].arms[i].config->lr == 3);
        assert_int_equal(study->groups[0].arms[i].config->batch_size, 5);
    }
    rl_study_free(study);
}

static const struct {
    const char *option, *value;
    const char *words[3];
} bad_overrides[] = {
    {"activation", "relu", {"--activation: ", "group 'activations' of s.yaml varies"}},
    {"model", "resnet34", {"--model: ", "group 'ghost'"}},
    {"seed", "1", {"--seed: not for a study", "'seeds'"}},
    {"out", "x", {"--out: not for a study"}},
    {"lr", "x", {"--lr: 'x' is out of range"}},
    {"epoch", "1", {"unknown option 'epoch' (did you mean 'epochs'?)"}},
};

static void overrides_are_checked(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_overrides / sizeof *bad_overrides; i++) {
        const char *const pair[] = {bad_overrides[i].option, bad_overrides[i].value, NULL};
        assert_refused(reference_study, pair, RL_ERROR_ARGUMENT, -1, bad_overrides[i].words);
    }
}

static void a_saved_study_is_the_same(void **state) {
    (void)state;
    static const char *const texts[] = {
        reference_study,
        STUDY_HEAD "groups:\n"
                   "  time: {vary: {lr: [0.10, 1e-3]}, settings: {max_seconds: 2, init: 'a: #b'},"
                   " budget: time}\n"
                   "  work: {vary: {model: [resnet18-ghost, resnet18]}, budget: arithmetic,"
                   " settings: {epochs: 9}, width_control: true}\n"
                   "  data: {vary: {augment: [no, yes]}}\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rl_study *study = study_of(texts[i], (const char *[]){"label-smoothing", "0.1", NULL});
        assert_round_trip(study);
        rl_study_free(study);
    }
}

static void hostile_names_are_data(void **state) {
    (void)state;
    static const char *const names[] = {
        "<script>alert(1)</script>",
        "\\\"'`$(id)`",
        "a\\nb: c\\n- d",
        "..\\/..",
        "\\u2028\\u202e",
        "  # no comment  ",
        "~",
        "{{{",
        "*a &b !c",
        "\\x1b[31m",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        rl_buffer text = {0};
        rl_buffer_print(&text,
                        "name: \"%s\"\nseeds: [1]\ngroups:\n  \"%s\": {vary: {data: [\"%s\", x]}, "
                        "settings: {init: \"%s\"}}\n",
                        names[i], names[i], names[i], names[i]);
        rl_study *study = study_of(text.text, NULL);
        assert_string_equal(study->name, study->groups[0].name);
        assert_string_equal(study->name, study->groups[0].arms[0].config->data);
        assert_round_trip(study);
        for (size_t r = 0; r < study->run_count; r++) {
            const char *name = study->runs[r].info.name;
            assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-"), strlen(name));
        }
        rl_study_free(study);
        rl_buffer_clear(&text);
    }
}

static void studies_that_differ_are_told_apart(void **state) {
    (void)state;
    static const struct {
        const char *from, *to;
    } edits[] = {{"name: reference", "name: other"},
                 {"[7, 3]", "[7]"},
                 {"[7, 3]", "[3, 7]"},
                 {"lr: 0.02", "lr: 0.03"},
                 {"[sgd, momentum, adam]", "[sgd, adam]"},
                 {"optimizers:", "rules:"},
                 {"train_loss", "test_accuracy"},
                 {"width_control: true", "budget: arithmetic"}};
    rl_study *study = study_of(reference_study, NULL);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        rl_buffer text = {0};
        const char *at = strstr(reference_study, edits[i].from);
        rl_buffer_add_bytes(&text, reference_study, (size_t)(at - reference_study));
        rl_buffer_add(&text, edits[i].to);
        rl_buffer_add(&text, at + strlen(edits[i].from));
        rl_study *other = study_of(text.text, NULL);
        if (rl_study_same(study, other))
            fail_msg("'%s' in place of '%s' makes no difference", edits[i].to, edits[i].from);
        rl_study_free(other);
        rl_buffer_clear(&text);
    }
    rl_study *other = study_of(reference_study, (const char *[]){"threads", "1", NULL});
    assert_true(rl_study_same(study, other)); /* the same results, on fewer threads */
    rl_study_free(other);
    rl_study_free(study);
}

static void each_failing_allocation_is_survived(void **state) {
    (void)state;
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 10000; n++) {
        rl_study *study = (rl_study *)1;
        rl_error error;
        rl_memory_fail_after(n);
        status = rl_study_parse(&study, "s.yaml", reference_study, sizeof reference_study - 1,
                                (const char *[]){"init", "x", NULL}, &error);
        rl_memory_fail_after(-1);
        if (status == RL_OK) {
            rl_study_free(study);
            continue;
        }
        assert_null(study);
        assert_int_equal(status, RL_ERROR_MEMORY);
        assert_int_equal(error.code, RL_ERROR_MEMORY);
    }
    assert_true(n > 100 && status == RL_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_files_are_refused_with_line_and_words),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(group_settings_win_over_shared_ones),
        cmocka_unit_test(overrides_win_over_all_settings),
        cmocka_unit_test(overrides_are_checked),
        cmocka_unit_test(a_saved_study_is_the_same),
        cmocka_unit_test(hostile_names_are_data),
        cmocka_unit_test(studies_that_differ_are_told_apart),
        cmocka_unit_test(each_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
