/* Recipes in studies: a level of a group, a setting, an override; and what is saved of them. */
#include "study/studies.h"

#include "run/config.h"

/* The study's settings, then the arm's recipe, then the group's settings, then overrides. */
static const char recipe_study[] = STUDY_HEAD
    "settings: {lr: 0.5, ema: 0.25, epochs: 3}\n"
    "groups:\n"
    "  recipes: {vary: {recipe: [reference, strong]}, settings: {momentum: 0.8, lr: 0.01}}\n"
    "  rates: {vary: {lr: [0.2, 0.3]}, settings: {ema: 0.5, recipe: strong}}\n"
    "  same: {vary: {optimizer: [momentum, sgd]}, settings: {recipe: reference, lr: 0.5}}\n";

static void arms_build_upon_recipes(void **state) {
    (void)state;
    rl_study *study = study_of(recipe_study, (const char *[]){"clip-norm", "2", NULL});
    const rl_study_arm *reference = &study->groups[0].arms[0], *strong = reference + 1;
    assert_string_equal(reference->label, "reference");
    assert_string_equal(reference->config->recipe, "reference");
    assert_string_equal(strong->config->recipe, "strong");
    assert_true(reference->config->ema == 0 && strong->config->ema == 0.999);
    assert_string_equal(reference->config->optimizer, "sgd");
    assert_string_equal(strong->config->schedule, "cosine");
    for (size_t i = 0; i < 2; i++) {
        const rl_config *config = study->groups[0].arms[i].config;
        assert_true(config->momentum == 0.8 && config->lr == 0.01 && config->clip_norm == 2);
        assert_int_equal(config->epochs, 3);
        const rl_config *other = study->groups[1].arms[i].config;
        assert_string_equal(other->recipe, "strong");
        assert_true(other->lr == (i == 0 ? 0.2 : 0.3) && other->ema == 0.5);
        assert_true(other->nesterov && other->clip_norm == 2);
    }
    assert_true(study->groups[2].arms[0].config->lr == 0.5);
    rl_study_free(study);
}

/* A recipe on the command line comes before its other options, and after the file's. */
static void an_overriding_recipe_comes_first(void **state) {
    (void)state;
    static const char text[] = STUDY_HEAD "settings: {lr: 0.5, ema: 0.25}\n"
                                          "groups:\n"
                                          "  a: {vary: {width: [4, 8]}, settings: {ema: 0.5}}\n";
    rl_study *study = study_of(text, (const char *[]){"momentum", "0.7", "recipe", "strong", NULL});
    assert_string_equal(study->settings->recipe, "strong");
    for (size_t i = 0; i < 2; i++) {
        const rl_config *config = study->groups[0].arms[i].config;
        assert_true(config->lr == 0.1 && config->ema == 0.999 && config->momentum == 0.7);
    }
    rl_study_free(study);
    static const char *const words[] = {"--recipe: this is what group 'recipes' of s.yaml varies",
                                        NULL};
    assert_refused(recipe_study, (const char *[]){"recipe", "strong", NULL}, RL_ERROR_ARGUMENT, -1,
                   words);
}

/* A recipe is a name for its options: runs that differ in the name alone are one. */
static void runs_that_differ_in_the_recipes_name_are_one(void **state) {
    (void)state;
    static const char text[] = STUDY_HEAD "settings: {optimizer: sgd}\n"
                                          "groups:\n"
                                          "  a: {vary: {activation: [relu, gelu]}}\n"
                                          "  b: {vary: {recipe: [strong, reference]}}\n";
    rl_study *study = study_of(text, NULL);
    assert_int_equal(study->run_count, 3);
    assert_int_equal(study->groups[0].arms[0].runs[0], study->groups[1].arms[1].runs[0]);
    rl_study_free(study);
    static const char *const words[] = {"level 'none' of 'recipe' is listed twice", NULL};
    assert_refused(STUDY_HEAD "settings: {optimizer: sgd}\n"
                              "groups:\n"
                              "  b: {vary: {recipe: [reference,\n    none]}}\n",
                   NULL, RL_ERROR_FORMAT, 6, words);
}

static void studies_with_recipes_are_saved(void **state) {
    (void)state;
    static const char *const texts[] = {
        recipe_study,
        STUDY_HEAD "settings: {recipe: strong, lr: 0.5}\n"
                   "groups:\n"
                   "  recipes: {vary: {recipe: [strong, none, reference]}, settings: {width: 8}}\n"
                   "  again: {vary: {width: [4, 8]}, settings: {recipe: strong}}\n"
                   "  none: {vary: {width: [4, 8]}, settings: {recipe: none, lr: 0.1}}\n"
                   "  inherited: {vary: {width: [4, 8]}, settings: {ema: 0.5}}\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rl_study *study = study_of(texts[i], (const char *[]){"label-smoothing", "0.1", NULL});
        assert_round_trip(study);
        rl_study_free(study);
    }
}

/* What a group sets is found on a copy of the settings: without memory for it, no file is left that
 * says less than the study. */
static void each_failing_allocation_leaves_no_file(void **state) {
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    in_folder(path, folder, "study.yaml");
    rl_study *study = study_of(recipe_study, NULL);
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 1000; n++) {
        rl_memory_fail_after(n);
        status = rl_study_save(study, path, NULL);
        rl_memory_fail_after(-1);
        assert_int_equal(rl_file_exists(path), status == RL_OK);
    }
    assert_true(n > 10 && status == RL_OK);
    rl_study *read;
    assert_int_equal(rl_study_open(&read, path, NULL), RL_OK);
    assert_true(rl_study_same(study, read));
    rl_study_free(read);
    rl_study_free(study);
    remove_scratch(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arms_build_upon_recipes),
        cmocka_unit_test(an_overriding_recipe_comes_first),
        cmocka_unit_test(runs_that_differ_in_the_recipes_name_are_one),
        cmocka_unit_test(studies_with_recipes_are_saved),
        cmocka_unit_test(each_failing_allocation_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
