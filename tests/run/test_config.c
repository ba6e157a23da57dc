/* Configurations: the table's defaults, ranges and messages, and their YAML files. */
#include "run/runs.h"

#include "nn/activation.h"
#include "run/config.h"
#include "run/options.h"

static void expect_error(rl_config *config, const char *name, const char *value,
                         const char *message) {
    rl_error error;
    assert_int_equal(rl_config_set(config, name, value, &error), RL_ERROR_ARGUMENT);
    assert_string_equal(error.message, message);
}

static void defaults_and_values(void **state) {
    (void)state;
    rl_config *config = rl_config_create();
    assert_string_equal(rl_config_get(config, "lr"), "0.01");
    assert_string_equal(rl_config_get(config, "batch_size"), "128");
    assert_string_equal(rl_config_get(config, "batch-size"), "128");
    assert_string_equal(rl_config_get(config, "augment"), "true");
    assert_string_equal(rl_config_get(config, "eps"), "1e-08");
    assert_null(rl_config_get(config, "no-such"));
    set(config, "seed", "18446744073709551615");
    assert_string_equal(rl_config_get(config, "seed"), "18446744073709551615");
    for (size_t i = 0; rl_option_at(i); i++) {
        const rl_option *option = rl_option_at(i);
        assert_true(option->group[0] && option->help[0]);
        set(config, option->name, rl_config_get(config, option->name));
    }
    rl_config_free(config);
}

static void messages(void **state) {
    (void)state;
    rl_config *config = rl_config_create();
    expect_error(config, "lr", "-1",
                 "--lr: '-1' is out of range, expected a number from 0 to 1000");
    expect_error(config, "lr", "nan",
                 "--lr: 'nan' is out of range, expected a number from 0 to 1000");
    expect_error(config, "epochs", "1.5",
                 "--epochs: '1.5' is out of range, expected an integer from 1 to 1000000");
    expect_error(config, "seed", "18446744073709551616",
                 "--seed: '18446744073709551616' is out of range, expected an integer from 0 to "
                 "18446744073709551615");
    expect_error(config, "activation", "rleu",
                 "--activation: unknown value 'rleu', expected sigmoid, relu, leaky_relu or gelu "
                 "(did you mean 'relu'?)");
    expect_error(config, "augment", "maybe", "--augment: 'maybe' is neither true nor false");
    expect_error(config, "epoch", "1", "unknown option 'epoch' (did you mean 'epochs'?)");
    expect_error(config, "out", "\xff", "--out: the value is not UTF-8 text");
    assert_string_equal(rl_config_get(config, "lr"), "0.01");
    rl_config_free(config);
}

static void combinations(void **state) {
    (void)state;
    static const char *const bad[][2] = {
        {"ghost-dw-size", "4"}, {"warmup-epochs", "10"}, {"nesterov", "true"}};
    for (size_t i = 0; i < 3; i++) {
        rl_config *config = rl_config_create();
        rl_error error;
        assert_int_equal(rl_config_check(config, &error), RL_OK);
        set(config, "optimizer", "sgd");
        set(config, bad[i][0], bad[i][1]);
        assert_int_equal(rl_config_check(config, &error), RL_ERROR_ARGUMENT);
        assert_non_null(strstr(error.message, bad[i][0]));
        rl_config_free(config);
    }
}

/* The names in the options table are those of the activations themselves. */
static void every_activation_can_be_chosen(void **state) {
    (void)state;
    const rl_option *option = &rl_option_find("activation")->option;
    size_t count = 0;
    for (; option->choices[count]; count++)
        assert_int_equal(rl_activation_find(option->choices[count]), count + 1);
    assert_int_equal(count + 1, RL_ACTIVATION_COUNT);
}

static void files_keep_every_value(void **state) {
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    in_folder(path, folder, "c.yaml");
    rl_config *config = rl_config_create(), *read = rl_config_create();
    set(config, "lr", "0.1234567890123456");
    set(config, "seed", "18446744073709551615");
    set(config, "augment", "false");
    set(config, "out", "a \"b\" 'c' `d`\n<script>: # \xc3\xa9\x07 \\");
    set(config, "data", "null");
    set(config, "init", " \xef\xbb\xbf\xe2\x80\xa8\xc2\x85\xef\xbf\xbe\xf0\x9f\x98\x80 \t\r ");
    set(config, "activation", "gelu");
    assert_int_equal(rl_config_save(config, path, NULL), RL_OK);
    rl_error error;
    if (rl_config_load(read, path, &error) != RL_OK)
        fail_msg("%s", error.message);
    for (size_t i = 0; rl_option_at(i); i++) {
        char *expected = rl_strdup(rl_config_get(config, rl_option_at(i)->name));
        assert_string_equal(rl_config_get(read, rl_option_at(i)->name), expected);
        rl_free(expected);
    }
    rl_config_free(config);
    rl_config_free(read);
    remove_scratch(folder);
}

static const struct {
    const char *text, *message;
} bad_yaml[] = {
    {"lr: 1\nepoch: 3\n", "f.yaml:2: unknown option 'epoch' (did you mean 'epochs'?)"},
    {"lr: 1\nlr: 2\n", "f.yaml:2: option 'lr' is set a second time"},
    {"lr: 1\n\nepochs: x\n",
     "f.yaml:3: --epochs: 'x' is out of range, expected an integer from 1 to 1000000"},
    {"lr: [1]\n", "f.yaml:1: a list, expected 'option: value'"},
    {"lr: {a: 1}\n", "f.yaml:1: a nested mapping, expected 'option: value'"},
    {"lr: &a 1\n",
     "f.yaml:1: anchor '&a': anchors and tags are not used here, expected a plain value"},
    {"lr: *a\n", "f.yaml:1: alias '*a': aliases are not used here, expected a plain value"},
    {"lr: 1\n---\nlr: 2\n", "f.yaml:2: a second document, expected one"},
    {"just text\n", "f.yaml:1: expected 'option: value' lines"},
    {"lr: 1\n\t- x\n", "f.yaml:2: not YAML: a tab; YAML indents with spaces"},
    {"lr: 1\n\nout: \xff\n", "f.yaml:3: not YAML: invalid leading UTF-8 octet"},
    {"out: \"a\\0b\"\n", "f.yaml:1: a value contains a NUL byte"},
    {"# a\n  \t\n\t# b\nrecipe:\n  \tlr: 1\n",
     "f.yaml:5: not YAML: a tab; YAML indents with spaces"},
    {"lr: 1\n\tepochs\n", "f.yaml:2: not YAML: a tab; YAML indents with spaces"},
    {"<<: {lr: 1}\n",
     "f.yaml:1: merge key '<<': merging is not used here, expected each key by itself"},
    {"lr: 1\n<<: *base\n",
     "f.yaml:2: merge key '<<': merging is not used here, expected each key by itself"},
    {"lr: !mine 1\n",
     "f.yaml:1: tag '!mine': anchors and tags are not used here, expected a plain value"},
    {"lr: !!float 1\n",
     "f.yaml:1: tag '!!float': anchors and tags are not used here, expected a plain value"},
    {"lr: &a [1]\n",
     "f.yaml:1: anchor '&a': anchors and tags are not used here, expected a plain value"},
    {"lr: !x [1]\n",
     "f.yaml:1: tag '!x': anchors and tags are not used here, expected a plain value"},
    {"- lr\n", "f.yaml:1: a list, expected 'option: value'"},
    {"batch-size: 1\nbatch_size: 2\n", "f.yaml:2: option 'batch-size' is set a second time"},
};

static void bad_files_name_line_and_key(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_yaml / sizeof *bad_yaml; i++) {
        rl_config *config = rl_config_create();
        rl_error error;
        const char *text = bad_yaml[i].text;
        assert_int_equal(rl_config_parse(config, "f.yaml", text, strlen(text), &error),
                         RL_ERROR_FORMAT);
        assert_string_equal(error.message, bad_yaml[i].message);
        assert_int_equal(error.position, atoll(bad_yaml[i].message + strlen("f.yaml:")));
        assert_string_equal(rl_config_get(config, "lr"), "0.01"); /* all or nothing */
        rl_config_free(config);
    }
}

static void empty_files_set_nothing(void **state) {
    (void)state;
    static const char *const texts[] = {"", "# only a comment\n", "---\n{}\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rl_config *config = rl_config_create();
        assert_int_equal(rl_config_parse(config, "x", texts[i], strlen(texts[i]), NULL), RL_OK);
        assert_string_equal(rl_config_get(config, "lr"), "0.01");
        rl_config_free(config);
    }
}

/* In quotes, or in the middle, they are text like any other. */
static void signs_of_yaml_as_values(void **state) {
    (void)state;
    static const char *const texts[][2] = {
        {"out: '<<'\n", "<<"},  {"out: '&a'\n", "&a"},         {"out: \"*a\"\n", "*a"},
        {"out: '!x'\n", "!x"},  {"out: a&b*c!d\n", "a&b*c!d"}, {"out: \"a\\tb\"\n", "a\tb"},
        {"out: a\t# b\n", "a"}, {"out: a\tb\n", "a\tb"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rl_config *config = rl_config_create();
        rl_error error;
        if (rl_config_parse(config, "x", texts[i][0], strlen(texts[i][0]), &error) != RL_OK)
            fail_msg("%s", error.message);
        assert_string_equal(rl_config_get(config, "out"), texts[i][1]);
        rl_config_free(config);
    }
}

static void large_files_are_refused(void **state) {
    (void)state;
    enum { LIMIT = 1 << 20 };
    char folder[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    in_folder(path, folder, "c.yaml");
    char *text = rl_alloc(LIMIT + 1, 1);
    memset(text, '#', LIMIT + 1);
    rl_config *config = rl_config_create();
    rl_error error;
    assert_int_equal(rl_file_replace_bytes(path, text, LIMIT, NULL), RL_OK);
    assert_int_equal(rl_config_load(config, path, NULL), RL_OK);
    assert_int_equal(rl_file_replace_bytes(path, text, LIMIT + 1, NULL), RL_OK);
    assert_int_not_equal(rl_config_load(config, path, &error), RL_OK);
    assert_non_null(strstr(error.message, "c.yaml"));
    rl_free(text);
    rl_config_free(config);
    remove_scratch(folder);
}

static void failing_allocations(void **state) {
    (void)state;
    static const char text[] = "lr: 0.5\nout: somewhere\n";
    rl_config *config = rl_config_create();
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 100; n++) {
        rl_memory_fail_after(n);
        status = rl_config_parse(config, "x", text, sizeof text - 1, NULL);
        rl_memory_fail_after(-1);
        assert_true(status == RL_OK || status == RL_ERROR_MEMORY);
        assert_string_equal(rl_config_get(config, "lr"), status == RL_OK ? "0.5" : "0.01");
    }
    assert_true(n > 2 && status == RL_OK);
    rl_config_free(config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_and_values),
        cmocka_unit_test(messages),
        cmocka_unit_test(combinations),
        cmocka_unit_test(every_activation_can_be_chosen),
        cmocka_unit_test(files_keep_every_value),
        cmocka_unit_test(bad_files_name_line_and_key),
        cmocka_unit_test(empty_files_set_nothing),
        cmocka_unit_test(signs_of_yaml_as_values),
        cmocka_unit_test(large_files_are_refused),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
