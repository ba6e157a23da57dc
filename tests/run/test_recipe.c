/* Recipes: what they set, and that they come first wherever they stand. */
#include "run/runs.h"

#include "run/config.h"
#include "run/recipe.h"

static void assert_same(const rl_config *a, const rl_config *b) {
    const char *option = rl_config_difference(a, b);
    if (option)
        fail_msg("%s differs", option);
    assert_string_equal(a->recipe, b->recipe);
}

static void assert_value(const rl_config *config, const char *option, const char *value) {
    assert_string_equal(rl_config_get(config, option), value);
}

static void every_recipe_can_be_set_and_trained(void **state) {
    (void)state;
    assert_string_equal(rl_recipe_names[0], "none");
    for (size_t i = 0; rl_recipe_names[i + 1]; i++) {
        rl_config *config = rl_config_create();
        const rl_recipe *recipe = rl_recipe_at(i);
        assert_string_equal(recipe->name, rl_recipe_names[i + 1]);
        assert_true(recipe->help[0]);
        set(config, "recipe", recipe->name);
        for (const char *const *pair = recipe->settings; *pair; pair += 2) {
            rl_config *as_text = rl_config_create();
            set(as_text, pair[0], pair[1]);
            char *value = rl_strdup(rl_config_get(as_text, pair[0]));
            assert_value(config, pair[0], value);
            rl_free(value);
            rl_config_free(as_text);
        }
        set(config, "epochs", "1"); /* the shortest run takes every recipe */
        assert_int_equal(rl_config_check(config, NULL), RL_OK);
        rl_config_free(config);
    }
    assert_null(rl_recipe_at(2));
}

/* What the reference experiment says of training, and nothing that it does not do. */
static void reference_is_the_experiment(void **state) {
    (void)state;
    static const char *const expected[][2] = {
        {"optimizer", "sgd"},     {"lr", "0.01"},        {"schedule", "constant"},
        {"warmup-epochs", "0"},   {"batch-size", "128"}, {"weight-decay", "0"},
        {"label-smoothing", "0"}, {"clip-norm", "0"},    {"ema", "0"},
        {"mirror-test", "false"}, {"augment", "true"},   {"weight-decay-on", "all"},
        {"nesterov", "false"}};
    rl_config *config = rl_config_create();
    set(config, "recipe", "reference");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_value(config, expected[i][0], expected[i][1]);
    /* All else is as without it, but for the optimizer that the program has as its default. */
    rl_config *plain = rl_config_create();
    set(plain, "optimizer", "sgd");
    assert_null(rl_config_difference(plain, config));
    rl_config_free(plain);
    rl_config_free(config);
}

/* One recipe put over another leaves nothing of it. */
static void recipes_set_the_same_options(void **state) {
    (void)state;
    rl_config *one = rl_config_create(), *two = rl_config_create();
    set(two, "recipe", "strong");
    assert_non_null(rl_config_difference(one, two));
    set(one, "recipe", "reference");
    set(two, "recipe", "reference");
    assert_same(one, two);
    set(one, "recipe", "none"); /* which sets nothing */
    assert_null(rl_config_difference(one, two));
    assert_value(one, "recipe", "none");
    rl_config_free(one);
    rl_config_free(two);
}

static void pairs_take_the_recipe_first(void **state) {
    (void)state;
    static const char *const before[] = {"recipe", "strong", "lr", "0.3", "epochs", "7", NULL};
    static const char *const after[] = {"lr", "0.3", "epochs", "7", "recipe", "strong", NULL};
    static const char *const twice[] = {"recipe", "reference", "lr",     "0.3", "epochs",
                                        "7",      "recipe",    "strong", NULL};
    const char *const *const orders[] = {before, after, twice};
    for (size_t i = 0; i < 3; i++) {
        rl_config *config = rl_config_create();
        set(config, "lr", "0.7");
        set(config, "momentum", "0.5");
        set(config, "width", "16");
        assert_int_equal(rl_config_set_all(config, orders[i], NULL), RL_OK);
        assert_value(config, "lr", "0.3");
        assert_value(config, "epochs", "7");
        assert_value(config, "momentum", "0.9"); /* earlier settings yield to a recipe */
        assert_value(config, "weight-decay-on", "weights");
        assert_value(config, "width", "16"); /* but for what it does not set */
        assert_value(config, "recipe", "strong");
        rl_config_free(config);
    }
}

static void wrong_pairs_change_nothing(void **state) {
    (void)state;
    static const struct {
        const char *pairs[5], *message;
    } wrong[] = {
        {{"recipe", "strong", "lr", "x"}, "--lr: 'x' is out of range"},
        {{"lr", "1", "recipe", "weak"},
         "--recipe: unknown value 'weak', expected none, reference or strong"},
        {{"recipe", "strnog"}, "(did you mean 'strong'?)"},
        {{"recipe", "strong", "epoch", "1"}, "unknown option 'epoch'"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        rl_config *config = rl_config_create(), *untouched = rl_config_create();
        rl_error error;
        assert_int_equal(rl_config_set_all(config, wrong[i].pairs, &error), RL_ERROR_ARGUMENT);
        assert_non_null(strstr(error.message, wrong[i].message));
        assert_same(config, untouched);
        rl_config_free(config);
        rl_config_free(untouched);
    }
}

/* A file's settings, then the command line's recipe, then the command line's options. */
static void later_sources_win(void **state) {
    (void)state;
    static const char file[] = "lr: 0.2\nema: 0.9\nepochs: 3\nrecipe: strong\nmomentum: 0.8\n";
    rl_config *config = rl_config_create();
    assert_int_equal(rl_config_parse(config, "f.yaml", file, strlen(file), NULL), RL_OK);
    assert_value(config, "lr", "0.2");
    assert_value(config, "ema", "0.9");
    assert_value(config, "momentum", "0.8");
    assert_value(config, "nesterov", "true");
    static const char *const line[] = {"momentum", "0.7", "recipe", "reference", NULL};
    assert_int_equal(rl_config_set_all(config, line, NULL), RL_OK);
    assert_value(config, "lr", "0.01");
    assert_value(config, "ema", "0");
    assert_value(config, "epochs", "3");
    assert_value(config, "momentum", "0.7");
    assert_value(config, "nesterov", "false");
    rl_config_free(config);
}

static void files_name_the_line_of_a_wrong_recipe(void **state) {
    (void)state;
    static const char *const files[][2] = {
        {"lr: 1\nrecipe: weak\n",
         "f.yaml:2: --recipe: unknown value 'weak', expected none, reference or strong"},
        {"recipe: strong\nlr: 1\nrecipe: strong\n",
         "f.yaml:3: option 'recipe' is set a second time"}};
    for (size_t i = 0; i < 2; i++) {
        rl_config *config = rl_config_create(), *untouched = rl_config_create();
        rl_error error;
        assert_int_equal(
            rl_config_parse(config, "f.yaml", files[i][0], strlen(files[i][0]), &error),
            RL_ERROR_FORMAT);
        assert_string_equal(error.message, files[i][1]);
        assert_same(config, untouched);
        rl_config_free(config);
        rl_config_free(untouched);
    }
}

/* config.yaml has the name and every option: read back over anything, it is the same. */
static void files_keep_recipe_and_options(void **state) {
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    rl_config *config = rl_config_create(), *read = rl_config_create();
    static const char *const line[] = {"recipe", "strong", "lr", "0.3", "mirror-test", "no", NULL};
    static const char *const other[] = {"recipe", "reference", "ema", "0.5", "width", "8", NULL};
    assert_int_equal(rl_config_set_all(config, line, NULL), RL_OK);
    assert_int_equal(rl_config_set_all(read, other, NULL), RL_OK);
    assert_int_equal(rl_config_save(config, in_folder(path, folder, "c.yaml"), NULL), RL_OK);
    assert_int_equal(rl_config_load(read, path, NULL), RL_OK);
    assert_same(config, read);
    assert_value(read, "recipe", "strong");
    rl_config_free(config);
    rl_config_free(read);
    remove_scratch(folder);
}

static void failing_allocations(void **state) {
    (void)state;
    static const char *const pairs[] = {"recipe", "strong", "out", "somewhere", NULL};
    rl_config *config = rl_config_create();
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 100; n++) {
        rl_memory_fail_after(n);
        status = rl_config_set_all(config, pairs, NULL);
        rl_memory_fail_after(-1);
        assert_true(status == RL_OK || status == RL_ERROR_MEMORY);
        assert_value(config, "ema", status == RL_OK ? "0.999" : "0");
    }
    assert_true(n > 2 && status == RL_OK);
    rl_config_free(config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recipe_can_be_set_and_trained),
        cmocka_unit_test(reference_is_the_experiment),
        cmocka_unit_test(recipes_set_the_same_options),
        cmocka_unit_test(pairs_take_the_recipe_first),
        cmocka_unit_test(wrong_pairs_change_nothing),
        cmocka_unit_test(later_sources_win),
        cmocka_unit_test(files_name_the_line_of_a_wrong_recipe),
        cmocka_unit_test(files_keep_recipe_and_options),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
