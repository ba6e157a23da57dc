/* CIFAR-10 binary folders: every pixel, label and name, and every way a folder can be broken. */
#include "data/fixtures.h"

static void check_split(const rl_dataset *dataset, rl_split split, size_t first, size_t count) {
    assert_int_equal(rl_dataset_count(dataset, split), count);
    for (size_t i = 0; i < count; i++) {
        size_t label;
        const uint8_t *pixels = rl_dataset_image(dataset, split, i, &label);
        assert_int_equal(label, (first + i) % 10);
        for (size_t y = 0; y < 32; y++)
            for (size_t x = 0; x < 32; x++)
                for (size_t c = 0; c < 3; c++)
                    assert_int_equal(pixels[(y * 32 + x) * 3 + c], test_pixel(first + i, y, x, c));
    }
    assert_null(rl_dataset_image(dataset, split, count, NULL));
}

static void test_reads_batches_in_order(void **state) {
    (void)state;
    write_cifar10("cifar");
    rl_dataset *dataset = open_in_root("cifar");
    assert_string_equal(rl_dataset_format_name(dataset), "cifar10");
    check_split(dataset, RL_SPLIT_TRAIN, 0, 15);
    check_split(dataset, RL_SPLIT_TEST, 100, 4);
    assert_int_equal(rl_dataset_class_count(dataset), 10);
    assert_string_equal(rl_dataset_class_name(dataset, 0), "airplane");
    assert_string_equal(rl_dataset_class_name(dataset, 9), "truck");
    assert_null(rl_dataset_class_name(dataset, 10));
    assert_true(dataset->flip_keeps_label);
    rl_dataset_free(dataset);
}

static void test_takes_the_parent_folder(void **state) {
    (void)state;
    write_cifar10("parent/cifar-10-batches-bin");
    rl_dataset *dataset = open_in_root("parent");
    check_split(dataset, RL_SPLIT_TRAIN, 0, 15);
    rl_dataset_free(dataset);
}

static void test_names_from_the_meta_file(void **state) {
    (void)state;
    write_cifar10("cifar");
    static const char names[] = "a\r\nb\nc\nd\ne\nf\ng\nh\ni\nzehn\n\n";
    write_file("cifar/batches.meta.txt", names, strlen(names));
    rl_dataset *dataset = open_in_root("cifar");
    assert_string_equal(rl_dataset_class_name(dataset, 0), "a");
    assert_string_equal(rl_dataset_class_name(dataset, 9), "zehn");
    rl_dataset_free(dataset);
}

static void expect_bad_names(const char *names, const char *why) {
    write_file("cifar/batches.meta.txt", names, strlen(names));
    ASSERT_OPEN_FAILS("cifar", RL_ERROR_FORMAT, "batches.meta.txt", why);
}

static void test_bad_names(void **state) {
    (void)state;
    write_cifar10("cifar");
    expect_bad_names("a\nb\nc\n", "3 class names, expected 10");
    expect_bad_names("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\n", "11 class names, expected 10");
    expect_bad_names("a\nb\nc\nd\ne\nf\ng\nh\ni\nb\n", "classes 1 and 9 are both named 'b'");
    expect_bad_names("a\nb\nc\nd\ne\nf\ng\nh\ni\n\xff\n", "not printable UTF-8");
    expect_bad_names("a\nb\nc\nd\ne\nf\ng\nh\ni\n\xed\xa0\x80\n", "not printable UTF-8");
    expect_bad_names("a\nb\nc\nd\ne\nf\ng\nh\ni\n\x1b[31m\n", "not printable UTF-8");
}

static void test_each_missing_batch(void **state) {
    (void)state;
    static const char *const batches[] = {"data_batch_1.bin", "data_batch_2.bin",
                                          "data_batch_3.bin", "data_batch_4.bin",
                                          "data_batch_5.bin", "test_batch.bin"};
    for (size_t b = 0; b < 6; b++) {
        char name[64];
        write_cifar10("cifar");
        snprintf(name, sizeof name, "cifar/%s", batches[b]);
        assert_int_equal(unlink(in_root(name)), 0);
        ASSERT_OPEN_FAILS("cifar", RL_ERROR_IO, batches[b], "No such file");
    }
}

static void test_wrong_sizes(void **state) {
    (void)state;
    write_cifar10("cifar");
    cut_file("cifar/data_batch_3.bin", 0);
    ASSERT_OPEN_FAILS("cifar", RL_ERROR_FORMAT, "data_batch_3.bin", "empty", "3073");

    write_cifar10("cifar");
    cut_file("cifar/data_batch_4.bin", 4 * CIFAR_RECORD - 1);
    ASSERT_OPEN_FAILS("cifar", RL_ERROR_FORMAT, "data_batch_4.bin", "at byte 9219", "3072 bytes",
                      "expected 3073");

    write_cifar10("cifar");
    cut_file("cifar/test_batch.bin", 4 * CIFAR_RECORD + 2); /* longer by two zero bytes */
    ASSERT_OPEN_FAILS("cifar", RL_ERROR_FORMAT, "test_batch.bin", "at byte 12292", "2 bytes");

    write_cifar10("cifar");
    cut_file("cifar/test_batch.bin", (size_t)CIFAR_RECORD << 20); /* sparse: 3 GB on no disk */
    ASSERT_OPEN_FAILS("cifar", RL_ERROR_FORMAT, "test_batch.bin", "expected at most");
}

static void test_bad_label_gives_its_position(void **state) {
    (void)state;
    write_cifar10("cifar");
    FILE *file = fopen(in_root("cifar/data_batch_5.bin"), "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 3 * CIFAR_RECORD, SEEK_SET), 0);
    assert_int_equal(fputc(10, file), 10);
    assert_int_equal(fclose(file), 0);

    rl_error error;
    rl_dataset *dataset;
    rl_status status = rl_dataset_open(&dataset, in_root("cifar"), 1, &error);
    assert_error(&error, status, RL_ERROR_FORMAT, "data_batch_5.bin", "label 10", "byte 9219",
                 "0 to 9", NULL);
    assert_int_equal(error.position, 9219);
    assert_null(dataset);
}

static void test_batch_that_is_a_folder(void **state) {
    (void)state;
    write_cifar10("cifar");
    assert_int_equal(unlink(in_root("cifar/data_batch_2.bin")), 0);
    make_folder("cifar/data_batch_2.bin");
    ASSERT_OPEN_FAILS("cifar", RL_ERROR_FORMAT, "data_batch_2.bin", "not a regular file");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_reads_batches_in_order),       TEST(test_takes_the_parent_folder),
        TEST(test_names_from_the_meta_file),     TEST(test_bad_names),
        TEST(test_each_missing_batch),           TEST(test_wrong_sizes),
        TEST(test_bad_label_gives_its_position), TEST(test_batch_that_is_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
