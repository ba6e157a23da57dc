/* CIFAR-100 binary folders: pixels, both labels and their names, and every way a folder can be
 * broken. */
#include "data/cifar100_files.h"

static rl_dataset *open_labels(const char *name, const char *labels) {
    const rl_dataset_request request = {.data = in_root(name), .labels = labels};
    rl_dataset *dataset;
    rl_error error;
    if (rl_dataset_read(&dataset, &request, &error) != RL_OK)
        fail_msg("%s", error.message);
    return dataset;
}

static void check_split(const rl_dataset *dataset, rl_split split, size_t first, size_t count,
                        size_t fine_a_class) {
    assert_int_equal(rl_dataset_count(dataset, split), count);
    for (size_t i = 0; i < count; i++) {
        size_t label;
        const uint8_t *pixels = rl_dataset_image(dataset, split, i, &label);
        assert_int_equal(label, (first + i) % 100 / fine_a_class);
        for (size_t y = 0; y < 32; y++)
            for (size_t x = 0; x < 32; x++)
                for (size_t c = 0; c < 3; c++)
                    assert_int_equal(pixels[(y * 32 + x) * 3 + c], test_pixel(first + i, y, x, c));
    }
}

static void test_fine_labels(void **state) {
    (void)state;
    write_cifar100("cifar");
    rl_dataset *dataset = open_labels("cifar", "fine");
    assert_string_equal(rl_dataset_format_name(dataset), "cifar100");
    check_split(dataset, RL_SPLIT_TRAIN, 0, 110, 1);
    check_split(dataset, RL_SPLIT_TEST, 50, 7, 1);
    assert_int_equal(rl_dataset_class_count(dataset), 100);
    assert_string_equal(rl_dataset_class_name(dataset, 0), "fine 0");
    assert_string_equal(rl_dataset_class_name(dataset, 99), "fine 99");
    assert_true(dataset->flip_keeps_label);

    rl_dataset *opened = open_in_root("cifar"); /* as if they had been asked for */
    assert_string_equal(rl_dataset_fingerprint(opened), rl_dataset_fingerprint(dataset));
    rl_dataset_free(opened);
    rl_dataset_free(dataset);
}

static void test_coarse_labels(void **state) {
    (void)state;
    write_cifar100("parent/cifar-100-binary");
    rl_dataset *dataset = open_labels("parent", "coarse");
    check_split(dataset, RL_SPLIT_TRAIN, 0, 110, 5);
    check_split(dataset, RL_SPLIT_TEST, 50, 7, 5);
    assert_int_equal(rl_dataset_class_count(dataset), 20);
    assert_string_equal(rl_dataset_class_name(dataset, 19), "coarse 19");
    rl_dataset_free(dataset);
}

/* Other data have one label an image. */
static void test_coarse_labels_of_other_data(void **state) {
    (void)state;
    write_cifar10("ten");
    const rl_dataset_request request = {.data = in_root("ten"), .labels = "coarse"};
    rl_dataset *dataset;
    rl_error error;
    rl_status status = rl_dataset_read(&dataset, &request, &error);
    assert_error(&error, status, RL_ERROR_ARGUMENT, "--labels", "'coarse' is for CIFAR-100",
                 "cifar10", NULL);
}

static void test_each_missing_file(void **state) {
    (void)state;
    static const char *const files[] = {"train.bin", "test.bin", "fine_label_names.txt"};
    for (size_t f = 0; f < 3; f++) {
        char name[64];
        write_cifar100("cifar");
        snprintf(name, sizeof name, "cifar/%s", files[f]);
        assert_int_equal(unlink(in_root(name)), 0);
        ASSERT_OPEN_FAILS("cifar", RL_ERROR_IO, in_root(name), "a CIFAR-100 folder must hold",
                          "coarse_label_names.txt");
    }
}

/* Names are needed for the labels that are asked for, and for those only. */
static void test_missing_names(void **state) {
    (void)state;
    write_cifar100("cifar");
    assert_int_equal(unlink(in_root("cifar/fine_label_names.txt")), 0);
    rl_dataset *dataset = open_labels("cifar", "coarse");
    rl_dataset_free(dataset);
    assert_int_equal(unlink(in_root("cifar/coarse_label_names.txt")), 0);
    const rl_dataset_request request = {.data = in_root("cifar"), .labels = "coarse"};
    rl_error error;
    rl_status status = rl_dataset_read(&dataset, &request, &error);
    assert_error(&error, status, RL_ERROR_IO, "coarse_label_names.txt: no such file", NULL);
}

static void test_bad_names(void **state) {
    (void)state;
    write_cifar100("cifar");
    write_cifar100_names("cifar/fine_label_names.txt", "f", 99);
    ASSERT_OPEN_FAILS("cifar", RL_ERROR_FORMAT, "fine_label_names.txt",
                      "99 class names, expected 100");
}

static void test_wrong_sizes(void **state) {
    (void)state;
    write_cifar100("cifar");
    cut_file("cifar/train.bin", 110 * CIFAR100_RECORD - 1);
    ASSERT_OPEN_FAILS("cifar", RL_ERROR_FORMAT, "train.bin", "at byte 335066", "3073 bytes",
                      "expected 3074 (CIFAR-100: two labels and 32x32 RGB)");
    write_cifar100("cifar");
    cut_file("cifar/test.bin", 0);
    ASSERT_OPEN_FAILS("cifar", RL_ERROR_FORMAT, "test.bin", "empty", "CIFAR-100 records of 3074");
}

static void expect_bad_label(long offset, int value, const char *why) {
    write_cifar100("cifar");
    FILE *file = fopen(in_root("cifar/test.bin"), "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    assert_int_equal(fputc(value, file), value);
    assert_int_equal(fclose(file), 0);
    rl_dataset *dataset;
    rl_error error;
    rl_status status = rl_dataset_open(&dataset, in_root("cifar"), 1, &error);
    assert_error(&error, status, RL_ERROR_FORMAT, "test.bin", why, NULL);
    assert_int_equal(error.position, offset);
}

static void test_bad_labels(void **state) {
    (void)state;
    expect_bad_label(2 * CIFAR100_RECORD + 1, 100, "fine label 100 at byte 6149, expected 0 to 99");
    /* The label that is not asked for tells damage, too. */
    expect_bad_label(6 * CIFAR100_RECORD, 20, "coarse label 20 at byte 18444, expected 0 to 19");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_fine_labels),
        TEST(test_coarse_labels),
        TEST(test_coarse_labels_of_other_data),
        TEST(test_each_missing_file),
        TEST(test_missing_names),
        TEST(test_bad_names),
        TEST(test_wrong_sizes),
        TEST(test_bad_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
