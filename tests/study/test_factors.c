/* What a group varies: levels, grids, named arms; how they are labelled; seeds and looks. */
#include "study/studies.h"

#include "base/buffer.h"
#include "run/config.h"
#include "study/design/arms.h"

#define GROUP "groups:\n  g: "
#define NAMED "arms: {slow: {optimizer: sgd, lr: 0.1}, fast: {optimizer: adam, lr: 0.001}}"
#define CLAIM "claims: [{group: g, better: 2, than: 1}]\n"

static const struct {
    const char *text; /* from line 3 on */
    long long line;
    const char *words[3];
} refused[] = {
    {GROUP "{" NAMED ", vary: {lr: [1, 2]}}\n", 4, {"group 'g' has both 'vary' and 'arms'"}},
    {GROUP "{figure: train_loss}\n", 4, {"group 'g' lacks the key 'vary', or 'arms'"}},
    {GROUP "{arms: [a, b]}\n", 4, {"arms is a list, expected a mapping"}},
    {GROUP "{arms: {a: 1, b: 2}}\n", 4, {"an arm is a single value, expected a mapping"}},
    {GROUP "{arms: {a: {}, b: {}}}\n", 4, {"the arms set no option"}},
    {GROUP "{arms: {a: {lr: 1}}}\n", 4, {"there is 1 arm, expected at least 2"}},
    {GROUP "{arms: {a: {lr: 1},\n    a: {lr: 2}}}\n", 5, {"arm 'a' is given a second time"}},
    {GROUP "{arms: {'': {lr: 1}, b: {lr: 2}}}\n", 4, {"an arm without a name"}},
    {GROUP "{arms: {a: {lr: 1,\n    lr: 2}, b: {}}}\n", 5, {"'lr' is set a second time"}},
    {GROUP "{arms: {a: {lr: [1]}, b: {}}}\n", 4, {"'lr' of arm 'a' is a list, expected a value"}},
    {GROUP "{arms: {a: {lr: ''}, b: {}}}\n", 4, {"'lr' of arm 'a' is empty"}},
    {GROUP "{arms: {a: {rl: 1}, b: {}}}\n", 4, {"unknown option 'rl'"}},
    {GROUP "{arms: {a: {seed: 1}, b: {}}}\n", 4, {"'seed' cannot vary"}},
    {GROUP "{arms: {a: {lr: x}, b: {}}}\n", 4, {"--lr: 'x' is out of range"}},
    {GROUP "{arms: {a: {lr: 0.1},\n    b: {lr: 0.10}}}\n",
     5,
     {"arm 'b' has the settings of arm 'a'"}},
    {GROUP "{vary: {lr: [1, 2],\n    lr: [3, 4]}}\n", 5, {"'lr' is varied twice"}},
    {GROUP "{vary: {lr: [1, 2], epochs: [3]}}\n", 4, {"'epochs' has 1 level"}},
    {GROUP "{vary: {lr: [1, 2], epochs: [3, 03]}}\n", 4, {"level '1, 03' of 'lr, epochs' is"}},
    {GROUP "{vary: {lr: [1, 2, 3, 4, 5, 6], epochs: [1, 2, 3, 4, 5, 6]}}\n",
     4,
     {"the levels of 'lr, epochs' make more than 32 arms"}},
    {GROUP "{vary: {lr: [1, 2], epochs: [3, 4]}, settings: {epochs: 5}}\n",
     4,
     {"'epochs' is what the group varies"}},
    {GROUP "{vary: {lr: [1, 2], epochs: [3, 4]}, budget: arithmetic}\n",
     4,
     {"budget arithmetic sets the epochs, so they cannot vary"}},
    {GROUP "{vary: {lr: [1, 2]}, labels: {3: three}}\n",
     4,
     {"a label for '3', expected one for 1 or 2"}},
    {GROUP "{" NAMED ", labels_zh: {sgd: x}}\n",
     4,
     {"a label for 'sgd', expected one for slow or fast"}},
    {GROUP "{vary: {lr: [1, 2]}, labels: {1: ''}}\n",
     4,
     {"the label of '1' is empty, expected words"}},
    {GROUP "{vary: {lr: [1, 2]}, labels: {1: [a]}}\n", 4, {"the label of '1' is a list"}},
    {GROUP "{vary: {lr: [1, 2]}, labels: {1: a,\n    1: b}}\n", 5, {"a second label for '1'"}},
    {GROUP "{vary: {lr: [1, 2]}, title: ''}\n", 4, {"the title is empty"}},
};

static void wrong_arms_are_refused_with_line_and_words(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        rl_buffer text = {0};
        rl_buffer_print(&text, STUDY_HEAD "%s", refused[i].text);
        assert_refused(text.text, NULL, RL_ERROR_FORMAT, refused[i].line, refused[i].words);
        rl_buffer_clear(&text);
    }
}

static const struct {
    const char *seeds, *claims;
    const char *word;
} refused_seeds[] = {
    {"{first: 1}", "", "the seeds have only 'first', expected one of 'count' and 'looks'"},
    {"{first: 1, count: 3, looks: [3, 4]}", CLAIM, "the seeds have both 'count' and 'looks'"},
    {"{count: 3}", "", "the seeds lacks the key 'first'"},
    {"{first: -1, count: 3}", "", "'first' of the seeds is '-1'"},
    {"{first: 18446744073709551615, count: 3}", "", "'first' of the seeds is '1844"},
    {"{first: 1, count: 0}", "", "'count' of the seeds is '0', expected an integer from 1 to 1000"},
    {"{first: 1, count: 1001}", "", "'count' of the seeds is '1001'"},
    {"{first: 1, looks: 4}", CLAIM, "looks is a single value, expected a list"},
    {"{first: 1, looks: []}", CLAIM, "no looks, expected at least 1"},
    {"{first: 1, looks: [2, 4]}", CLAIM, "'looks' of the seeds is '2', expected an integer from 3"},
    {"{first: 1, looks: [4, 4]}", CLAIM, "a look after 4 seeds, expected more than 4"},
    {"{first: 1, looks: [3,4,5,6,7,8,9,10,11,12,13]}", CLAIM, "more than 10 looks"},
    {"{first: 1, looks: [3, 4]}", "", "looks judge claims, and there are none"},
    {"text", "", "seeds is a single value, expected a list or a mapping"},
};

static void wrong_seeds_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refused_seeds / sizeof *refused_seeds; i++) {
        rl_buffer text = {0};
        rl_buffer_print(&text, "name: n\nseeds: %s\ngroups: {g: {vary: {lr: [1, 2]}}}\n%s",
                        refused_seeds[i].seeds, refused_seeds[i].claims);
        assert_refused(text.text, NULL, RL_ERROR_FORMAT, 2,
                       (const char *[]){refused_seeds[i].word, NULL});
        rl_buffer_clear(&text);
    }
}

static void seeds_may_be_a_range_with_looks(void **state) {
    (void)state;
    rl_study *study =
        study_of("name: n\nseeds: {first: 5, count: 3}\ngroups: {g: {vary: {lr: [1, 2]}}}\n", NULL);
    assert_int_equal(study->seed_count, 3);
    assert_true(study->seeds[0] == 5 && study->seeds[2] == 7);
    assert_int_equal(study->look_count, 0);
    assert_round_trip(study);
    rl_study_free(study);

    study = study_of(
        "name: n\nseeds: {first: 5, looks: [3, 5]}\ngroups: {g: {vary: {lr: [1, 2]}}}\n" CLAIM,
        NULL);
    assert_int_equal(study->seed_count, 5);
    assert_int_equal(study->look_count, 2);
    assert_true(study->looks[0] == 3 && study->looks[1] == 5 && study->seeds[4] == 9);
    assert_int_equal(study->run_count, 10);
    assert_round_trip(study);
    rl_study *other = study_of(
        "name: n\nseeds: {first: 5, looks: [4, 5]}\ngroups: {g: {vary: {lr: [1, 2]}}}\n" CLAIM,
        NULL);
    assert_false(rl_study_same(study, other));
    rl_study_free(other);
    rl_study_free(study);
}

static void a_grid_has_all_combinations(void **state) {
    (void)state;
    rl_study *study = study_of(
        STUDY_HEAD "settings: {width: 8}\n"
                   "groups: {g: {vary: {optimizer: [sgd, adam], lr: [0.1, 1e-3, 3]}, settings: "
                   "{epochs: 7}, labels: {sgd: SGD, 0.1: large}, labels_zh: {0.1: 大}}}\n",
        NULL);
    const rl_study_group *g = &study->groups[0];
    static const char *const names[] = {"sgd, 0.1",  "sgd, 1e-3",  "sgd, 3",
                                        "adam, 0.1", "adam, 1e-3", "adam, 3"};
    static const double rates[] = {0.1, 1e-3, 3};
    assert_int_equal(g->arm_count, 6);
    assert_int_equal(g->factor_count, 2);
    assert_string_equal(g->factor, "optimizer, lr");
    assert_string_equal(g->factors[1].option, "lr");
    assert_int_equal(g->factors[1].level_count, 3);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(g->arms[i].name, names[i]);
        assert_string_equal(g->arms[i].config->optimizer, i < 3 ? "sgd" : "adam");
        assert_true(g->arms[i].config->lr == rates[i % 3]);
        assert_int_equal(g->arms[i].config->epochs, 7);
    }
    assert_string_equal(g->arms[0].label, "SGD, large");
    assert_string_equal(g->arms[0].label_zh, "SGD, 大");
    assert_string_equal(g->arms[4].label_zh, "adam, 1e-3");
    assert_string_equal(g->title, "g");
    assert_string_equal(study->runs[3].info.name, "004-adam-0.1-s1");
    assert_string_equal(study->runs[3].info.differences,
                        "epochs=7, optimizer=adam, lr=0.1, seed=1");
    assert_round_trip(study);
    rl_study_free(study);
}

static void arms_may_have_names_and_several_options(void **state) {
    (void)state;
    rl_study *study =
        study_of(STUDY_HEAD "settings: {lr: 0.5}\n"
                            "groups: {g: {title: Rules, title_zh: 规则, settings: {lr: 0.2}, "
                            "arms: {base: {}, fast: {optimizer: adam, lr: 0.001}, strong: "
                            "{recipe: strong, lr: 0.7}}, labels: {fast: 'Adam, 0.001'}}}\n",
                 NULL);
    const rl_study_group *g = &study->groups[0];
    assert_true(g->named);
    assert_int_equal(g->arm_count, 3);
    assert_string_equal(g->title, "Rules");
    assert_string_equal(g->title_zh, "规则");
    assert_string_equal(g->factor, "optimizer, lr, recipe");
    assert_true(g->arms[0].config->lr == 0.2 && g->arms[1].config->lr == 0.001);
    assert_true(g->arms[2].config->lr == 0.7); /* over its recipe */
    assert_string_equal(g->arms[1].config->optimizer, "adam");
    assert_string_equal(g->arms[2].config->recipe, "strong");
    assert_string_equal(g->arms[1].name, "fast");
    assert_string_equal(g->arms[1].label, "Adam, 0.001");
    assert_string_equal(g->arms[1].label_zh, "Adam, 0.001");
    assert_round_trip(study);
    rl_study_free(study);
    assert_refused(STUDY_HEAD GROUP "{" NAMED "}\n", (const char *[]){"lr", "1", NULL},
                   RL_ERROR_ARGUMENT, -1, (const char *[]){"--lr: this is what group 'g'", NULL});
}

static void controls_in_a_grid_are_told_apart(void **state) {
    (void)state;
    rl_study *study =
        study_of(STUDY_HEAD "settings: {width: 8}\n"
                            "groups: {g: {vary: {model: [resnet18, resnet18-ghost], lr: [1, 2]},"
                            " width_control: true}}\n",
                 NULL);
    const rl_study_group *g = &study->groups[0];
    assert_int_equal(g->arm_count, 6);
    assert_true(g->arms[4].control && g->arms[5].control);
    assert_true(g->arms[4].config->lr == 1 && g->arms[5].config->lr == 2);
    assert_non_null(strstr(g->arms[4].name, "resnet18-ghost, 1: resnet18, width "));
    assert_round_trip(study);
    rl_study_free(study);
}

static void labels_and_forms_count(void **state) {
    (void)state;
    static const char *const texts[] = {
        STUDY_HEAD "groups: {g: {vary: {lr: [1, 2]}}}\n",
        STUDY_HEAD "groups: {g: {vary: {lr: [1, 2]}, labels: {1: one}}}\n",
        STUDY_HEAD "groups: {g: {vary: {lr: [1, 2]}, labels_zh: {1: 一}}}\n",
        STUDY_HEAD "groups: {g: {vary: {lr: [1, 2]}, title: G}}\n",
        STUDY_HEAD "groups: {g: {vary: {lr: [1, 2]}, title_zh: 组}}\n",
        STUDY_HEAD "groups: {g: {arms: {1: {lr: 1}, 2: {lr: 2}}}}\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
            rl_study *a = study_of(texts[i], NULL), *b = study_of(texts[k], NULL);
            assert_int_equal(rl_study_same(a, b), i == k);
            rl_study_free(a);
            rl_study_free(b);
        }
}

static void each_failing_allocation_is_survived(void **state) {
    (void)state;
    static const char text[] =
        "name: n\nseeds: {first: 1, looks: [3, 4]}\n"
        "groups: {g: {vary: {lr: [1, 2], epochs: [3, 4]}, labels: {1: one}, title: G},\n"
        "  h: {" NAMED ", labels_zh: {slow: 慢}}}\n"
        "claims: [{group: h, better: slow, than: fast}]\n";
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 10000; n++) {
        rl_study *study;
        rl_error error;
        rl_memory_fail_after(n);
        status = rl_study_parse(&study, "s.yaml", text, sizeof text - 1, NULL, &error);
        rl_memory_fail_after(-1);
        if (status == RL_OK)
            rl_study_free(study);
        else
            assert_int_equal(status, RL_ERROR_MEMORY);
    }
    assert_true(n > 100 && status == RL_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_arms_are_refused_with_line_and_words),
        cmocka_unit_test(wrong_seeds_are_refused),
        cmocka_unit_test(seeds_may_be_a_range_with_looks),
        cmocka_unit_test(a_grid_has_all_combinations),
        cmocka_unit_test(arms_may_have_names_and_several_options),
        cmocka_unit_test(controls_in_a_grid_are_told_apart),
        cmocka_unit_test(labels_and_forms_count),
        cmocka_unit_test(each_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
