/* Data by name: each place and folder in which a known set may lie, in order of preference, and the
 * message when it is in none. */
#include "data/cifar100_files.h"
#include "data/idx_files.h"

#include "data/find.h"

/* Nothing of the machine's own may be found. */
static int make_empty_home(void **state) {
    if (make_root(state) != 0)
        return -1;
    return unsetenv("RESLAB_DATA") || unsetenv("XDG_CACHE_HOME") ||
           setenv("HOME", in_root("home"), 1);
}

/* `data` must be the folder `name` of the test's folder; packages are looked for in its share. */
static void assert_names(const char *data, const char *name) {
    const char *found;
    char buffer[PATH_MAX];
    rl_error error;
    if (rl_data_find_beside(&found, buffer, data, in_root("share"), &error) != RL_OK)
        fail_msg("%s", error.message);
    assert_ptr_equal(found, buffer);
    char expected[PATH_MAX], real[PATH_MAX]; /* paths may be written in several ways */
    assert_non_null(realpath(in_root(name), expected));
    assert_non_null(realpath(found, real));
    assert_string_equal(real, expected);
}

static void assert_found(const char *name) {
    assert_names("cifar10", name);
}

static void write_mnist(const char *folder) {
    write_idx_folder(folder, 28, 28, 3, '-', true);
}

/* Each folder of a place, the preferred one last, in which a set may lie. A format's own folder
 * (that of the archive, or torchvision's raw) is found by the format. */
static void test_folders_of_a_place(void **state) {
    (void)state;
    static const struct {
        const char *data;
        void (*write)(const char *folder);
        const char *written, *found;
    } sets[] = {
        {"cifar10", write_cifar10, "cifar10/cifar-10-batches-bin", "cifar10"},
        {"cifar10", write_cifar10, "cifar10", "cifar10"},
        {"cifar10", write_cifar10, "cifar-10-batches-bin", "."},
        {"cifar10", write_cifar10, ".", "."},
        {"cifar100", write_cifar100, "cifar100/cifar-100-binary", "cifar100"},
        {"cifar100", write_cifar100, "cifar100", "cifar100"},
        {"cifar100", write_cifar100, "cifar-100-binary", "."},
        {"cifar100", write_cifar100, ".", "."},
        {"fashion-mnist", write_mnist, "FashionMNIST/raw", "FashionMNIST"},
        {"fashion-mnist", write_mnist, "fashion-mnist", "fashion-mnist"},
        {"mnist", write_mnist, "MNIST/raw", "MNIST"},
        {"mnist", write_mnist, "mnist", "mnist"},
    };
    setenv("RESLAB_DATA", in_root("data"), 1);
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        char name[PATH_MAX];
        snprintf(name, sizeof name, "data/%s", sets[i].written);
        sets[i].write(name);
        snprintf(name, sizeof name, "data/%s", sets[i].found);
        assert_names(sets[i].data, name);
    }
}

/* The files of the MNIST family have the same names: only a folder's name says which one it is. */
static void test_mnist_in_the_place_itself(void **state) {
    (void)state;
    setenv("RESLAB_DATA", in_root("data"), 1);
    write_mnist("data");
    const char *found;
    char buffer[PATH_MAX];
    static const char *const names[] = {"mnist", "fashion-mnist"};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(rl_data_find_beside(&found, buffer, names[i], in_root("share"), NULL),
                         RL_ERROR_IO);
}

/* Debian's dataset-fashion-mnist; it is the last place, and that of one set only. */
static void test_package(void **state) {
    (void)state;
    write_mnist("share/fashion-mnist");
    write_mnist("share/mnist");
    assert_names("fashion-mnist", "share/fashion-mnist");
    unsetenv("HOME"); /* no place is left, but the package is */
    assert_names("fashion-mnist", "share/fashion-mnist");
    setenv("HOME", in_root("home"), 1);
    const char *found;
    char buffer[PATH_MAX];
    assert_int_equal(rl_data_find_beside(&found, buffer, "mnist", in_root("share"), NULL),
                     RL_ERROR_IO);
    assert_null(found);
    write_mnist("home/.cache/reslab/fashion-mnist");
    assert_names("fashion-mnist", "home/.cache/reslab/fashion-mnist");
}

static void test_places_in_order(void **state) {
    (void)state;
    write_cifar10("home/.cache/reslab/cifar10");
    assert_found("home/.cache/reslab/cifar10");
    setenv("XDG_CACHE_HOME", "relative", 1); /* the standard has it ignored */
    assert_found("home/.cache/reslab/cifar10");
    write_cifar10("cache/reslab/cifar-10-batches-bin");
    setenv("XDG_CACHE_HOME", in_root("cache"), 1);
    assert_found("cache/reslab");
    setenv("RESLAB_DATA", in_root("data"), 1);
    assert_found("cache/reslab"); /* which has none */
    write_cifar10("data");
    assert_found("data");
    setenv("RESLAB_DATA", "", 1);
    assert_found("cache/reslab");
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

static void assert_not_found(const char *data, const char *first, const char *second,
                             const char *third) {
    const char *found;
    char buffer[PATH_MAX];
    rl_error error;
    const rl_status status = rl_data_find_beside(&found, buffer, data, in_root("share"), &error);
    assert_error(&error, status, RL_ERROR_IO, data, first, second, third, NULL);
    assert_null(found);
}

static void test_absence_says_where_it_looked(void **state) {
    (void)state;
    make_folder("home/.cache/reslab/cifar10"); /* empty */
    assert_not_found("cifar10", in_root("home/.cache/reslab"), "RESLAB_DATA is not set",
                     "data_batch_1.bin");
    setenv("RESLAB_DATA", in_root("data"), 1);
    assert_not_found("cifar10", in_root("data"), in_root("home/.cache/reslab"),
                     "'reslab data get cifar10' downloads it");
    assert_not_found("cifar100", "expected there or in its folder cifar100: train.bin", "",
                     "'reslab data get cifar100' downloads it");
    assert_not_found("mnist", "expected there, in its folder mnist or MNIST: train-images", "",
                     "'reslab data get mnist' downloads it");
    assert_not_found("fashion-mnist", "package dataset-fashion-mnist brings them", "FashionMNIST",
                     "'reslab data get fashion-mnist' downloads it");
    unsetenv("RESLAB_DATA");
    unsetenv("HOME");
    assert_not_found("cifar10", "nowhere to look", "neither RESLAB_DATA nor HOME is set", "");
}

static void test_misspelt_name(void **state) {
    (void)state;
    rl_dataset *dataset;
    rl_error error;
    const rl_status status = rl_dataset_open(&dataset, "cifar-10", 1, &error);
    assert_error(&error, status, RL_ERROR_IO, "'cifar-10'", "did you mean 'cifar10'?", NULL);
    assert_int_equal(rl_dataset_open(&dataset, "fashion_mnist", 1, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "did you mean 'fashion-mnist'?"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_empty_home, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_folders_of_a_place),
        TEST(test_mnist_in_the_place_itself),
        TEST(test_package),
        TEST(test_places_in_order),
        TEST(test_opened_as_any_folder),
        TEST(test_a_folder_of_that_name_wins),
        TEST(test_other_words_stay),
        TEST(test_absence_says_where_it_looked),
        TEST(test_misspelt_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
