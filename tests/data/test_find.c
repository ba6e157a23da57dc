/* Data by name: each place and folder in which a known set may lie, in order of preference, and the
 * message when it is in none. */
#include "data/fixtures.h"

#include "data/find.h"

/* Nothing of the machine's own may be found. */
static int make_empty_home(void **state) {
    if (make_root(state) != 0)
        return -1;
    return unsetenv("RESLAB_DATA") || unsetenv("XDG_CACHE_HOME") ||
           setenv("HOME", in_root("home"), 1);
}

/* "cifar10" must be the folder `name` of the test's folder. */
static void assert_found(const char *name) {
    const char *found;
    char buffer[PATH_MAX];
    rl_error error;
    if (rl_data_find(&found, buffer, "cifar10", &error) != RL_OK)
        fail_msg("%s", error.message);
    assert_ptr_equal(found, buffer);
    char expected[PATH_MAX], real[PATH_MAX]; /* paths may be written in several ways */
    assert_non_null(realpath(in_root(name), expected));
    assert_non_null(realpath(found, real));
    assert_string_equal(real, expected);
}

static void test_folders_of_a_place(void **state) {
    (void)state;
    static const char *const folders[] = {"cifar10/cifar-10-batches-bin", "cifar10",
                                          "cifar-10-batches-bin", "."};
    setenv("RESLAB_DATA", in_root("data"), 1);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char name[PATH_MAX];
        snprintf(name, sizeof name, "data/%s", folders[i]);
        write_cifar10(name);
        assert_found(name); /* and is preferred to those before it in this list */
    }
}

static void test_places_in_order(void **state) {
    (void)state;
    write_cifar10("home/.cache/reslab/cifar10");
    assert_found("home/.cache/reslab/cifar10");
    setenv("XDG_CACHE_HOME", "relative", 1); /* the standard has it ignored */
    assert_found("home/.cache/reslab/cifar10");
    write_cifar10("cache/reslab/cifar-10-batches-bin");
    setenv("XDG_CACHE_HOME", in_root("cache"), 1);
    assert_found("cache/reslab/cifar-10-batches-bin");
    setenv("RESLAB_DATA", in_root("data"), 1);
    assert_found("cache/reslab/cifar-10-batches-bin"); /* which has none */
    write_cifar10("data");
    assert_found("data");
    setenv("RESLAB_DATA", "", 1);
    assert_found("cache/reslab/cifar-10-batches-bin");
}

static void test_opened_as_any_folder(void **state) {
    (void)state;
    write_cifar10("home/.cache/reslab/cifar-10-batches-bin");
    rl_dataset *named, *plain = open_in_root("home/.cache/reslab/cifar-10-batches-bin");
    assert_int_equal(rl_dataset_open(&named, "cifar10", 1, NULL), RL_OK);
    assert_string_equal(rl_dataset_fingerprint(named), rl_dataset_fingerprint(plain));
    rl_dataset_free(named);
    rl_dataset_free(plain);
}

static void test_a_folder_of_that_name_wins(void **state) {
    (void)state;
    char here[PATH_MAX];
    assert_non_null(getcwd(here, sizeof here));
    write_cifar10("home/.cache/reslab");
    make_folder("work/cifar10");
    assert_int_equal(chdir(in_root("work")), 0);
    rl_dataset *dataset;
    rl_error error;
    const rl_status status = rl_dataset_open(&dataset, "cifar10", 1, &error);
    assert_int_equal(chdir(here), 0);
    assert_error(&error, status, RL_ERROR_FORMAT, "'cifar10': a folder of unknown layout", NULL);
}

static void test_other_words_stay(void **state) {
    (void)state;
    static const char *const words[] = {"shapes", "", "cifar", "CIFAR10", "./cifar10"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *found;
        char buffer[PATH_MAX];
        assert_int_equal(rl_data_find(&found, buffer, words[i], NULL), RL_OK);
        assert_ptr_equal(found, words[i]);
    }
}

static void assert_not_found(const char *first, const char *second) {
    rl_dataset *dataset = (rl_dataset *)1;
    rl_error error;
    const rl_status status = rl_dataset_open(&dataset, "cifar10", 1, &error);
    assert_error(&error, status, RL_ERROR_IO, "data 'cifar10'", "data_batch_1.bin", first, second,
                 NULL);
    assert_null(dataset);
}

static void test_absence_says_where_it_looked(void **state) {
    (void)state;
    make_folder("home/.cache/reslab/cifar10"); /* empty */
    assert_not_found(in_root("home/.cache/reslab"), "RESLAB_DATA is not set");
    setenv("RESLAB_DATA", in_root("data"), 1);
    assert_not_found(in_root("data"), in_root("home/.cache/reslab"));
    unsetenv("RESLAB_DATA");
    unsetenv("HOME");
    assert_not_found("nowhere to look", "neither RESLAB_DATA nor HOME is set");
}

static void test_misspelt_name(void **state) {
    (void)state;
    rl_dataset *dataset;
    rl_error error;
    const rl_status status = rl_dataset_open(&dataset, "cifar-10", 1, &error);
    assert_error(&error, status, RL_ERROR_IO, "'cifar-10'", "did you mean 'cifar10'?", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_empty_home, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_folders_of_a_place),   TEST(test_places_in_order),
        TEST(test_opened_as_any_folder), TEST(test_a_folder_of_that_name_wins),
        TEST(test_other_words_stay),     TEST(test_absence_says_where_it_looked),
        TEST(test_misspelt_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
