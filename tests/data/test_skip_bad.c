/* Images that cannot be read: all counted, or left out and listed in file order, whatever the
 * threads, while the others keep their order and labels. */
#include "data/fixtures.h"

#include "base/memory.h"

enum { PER_CLASS = 40 };

static const char *image_name(size_t split, size_t class, size_t index) {
    static char names[2][64];
    static size_t next;
    char *name = names[next++ % 2];
    snprintf(name, sizeof names[0], "tree/%s/%c/%03zu.png", split ? "test" : "train",
             (int)('a' + class), index);
    return name;
}

/* Pixel (0, 0) of each image says which one it is. */
static void write_tree(void) {
    for (size_t s = 0; s < 2; s++)
        for (size_t k = 0; k < 2; k++) {
            char folder[32];
            snprintf(folder, sizeof folder, "tree/%s/%c", s ? "test" : "train", (int)('a' + k));
            make_folder(folder);
            for (size_t i = 0; i < PER_CLASS; i++)
                write_plain_png(image_name(s, k, i), (uint8_t)i, (uint8_t)k, (uint8_t)s);
        }
}

static rl_status open_tree(rl_dataset **dataset, bool skip_bad, rl_error *error) {
    const rl_dataset_request request = {
        .data = in_root("tree"), .seed = 1, .labels = "fine", .skip_bad = skip_bad};
    return rl_dataset_read(dataset, &request, error);
}

static rl_dataset *open_skipping(void) {
    rl_dataset *dataset;
    rl_error error;
    if (open_tree(&dataset, true, &error) != RL_OK)
        fail_msg("%s", error.message);
    return dataset;
}

static void remove_image(const char *name) {
    assert_int_equal(unlink(in_root(name)), 0);
}

/* One of each kind, spread over both classes and splits. */
static const struct {
    size_t split, class, index;
    const char *reason;
} broken[] = {
    {0, 0, 0, "an empty file"},
    {0, 0, 39, "is a folder, expected a file"},
    {0, 1, 0, "damaged PNG"},
    {0, 1, 17, "not an image"},
    {0, 1, 18, "cannot open: No such file or directory"},
    {0, 1, 19, "cannot open: Too many levels of symbolic links"},
    {1, 0, 20, "is not a regular file"},
    {1, 1, 39, "damaged JPEG"},
};
enum { BROKEN_COUNT = sizeof broken / sizeof *broken };

static void break_images(void) {
    const char *name = image_name(0, 0, 0);
    cut_file(name, 0);
    remove_image(name = image_name(0, 0, 39));
    make_folder(name);
    cut_file(image_name(0, 1, 0), 60);
    write_file(image_name(0, 1, 17), "hello", 5);
    remove_image(name = image_name(0, 1, 18));
    assert_int_equal(symlink("nowhere", in_root(name)), 0);
    remove_image(name = image_name(0, 1, 19));
    assert_int_equal(symlink("019.png", in_root(name)), 0);
    remove_image(name = image_name(1, 0, 20));
    assert_int_equal(mkfifo(in_root(name), 0600), 0);
    write_file(image_name(1, 1, 39), "\xff\xd8\xff", 3);
}

static bool is_broken(size_t split, size_t class, size_t index) {
    for (size_t b = 0; b < BROKEN_COUNT; b++)
        if (broken[b].split == split && broken[b].class == class && broken[b].index == index)
            return true;
    return false;
}

static void test_others_keep_their_places(void **state) {
    (void)state;
    write_tree();
    break_images();
    rl_dataset *dataset = open_skipping();
    for (size_t s = 0; s < 2; s++) {
        size_t at = 0;
        for (size_t k = 0; k < 2; k++)
            for (size_t i = 0; i < PER_CLASS; i++) {
                size_t label;
                if (is_broken(s, k, i))
                    continue;
                const uint8_t *pixels = rl_dataset_image(dataset, (rl_split)s, at++, &label);
                const uint8_t expected[3] = {(uint8_t)i, (uint8_t)k, (uint8_t)s};
                assert_non_null(pixels);
                assert_memory_equal(pixels, expected, 3);
                assert_memory_equal(pixels + RL_IMAGE_BYTES - 3, expected, 3);
                assert_int_equal(label, k);
            }
        assert_int_equal(rl_dataset_count(dataset, (rl_split)s), at);
    }
    rl_dataset_free(dataset);
}

static void test_list(void **state) {
    (void)state;
    write_tree();
    rl_dataset *dataset = open_skipping();
    assert_int_equal(rl_dataset_skipped_count(dataset), 0);
    assert_null(rl_dataset_skipped(dataset, 0));
    rl_dataset_free(dataset);

    break_images();
    dataset = open_skipping();
    assert_int_equal(rl_dataset_skipped_count(dataset), BROKEN_COUNT);
    for (size_t b = 0; b < BROKEN_COUNT; b++) {
        const char *skipped = rl_dataset_skipped(dataset, b);
        const char *path = in_root(image_name(broken[b].split, broken[b].class, broken[b].index));
        assert_true(strncmp(skipped, path, strlen(path)) == 0);
        if (!strstr(skipped, broken[b].reason))
            fail_msg("'%s' does not say '%s'", skipped, broken[b].reason);
    }
    assert_null(rl_dataset_skipped(dataset, BROKEN_COUNT));
    rl_dataset_free(dataset);
}

/* Not from one opening to the next either: threads come to the images in another order each time.
 */
static void test_list_is_the_same_again(void **state) {
    (void)state;
    write_tree();
    break_images();
    rl_dataset *first = open_skipping();
    for (size_t run = 0; run < 5; run++) {
        rl_dataset *again = open_skipping();
        assert_string_equal(again->fingerprint, first->fingerprint);
        for (size_t b = 0; b < BROKEN_COUNT; b++)
            assert_string_equal(rl_dataset_skipped(again, b), rl_dataset_skipped(first, b));
        rl_dataset_free(again);
    }
    rl_dataset_free(first);
}

static void test_without_it_all_are_counted(void **state) {
    (void)state;
    write_tree();
    cut_file(image_name(1, 0, 30), 0);
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "tree/test/a/030.png: an empty file",
                      "(--skip-bad leaves it out)");
    break_images();
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "tree/train/a/000.png: an empty file",
                      "(and 8 more; --skip-bad leaves them out)");
}

static void test_class_without_images(void **state) {
    (void)state;
    write_tree();
    rl_error error;
    rl_dataset *dataset;
    for (size_t i = 0; i + 1 < PER_CLASS; i++)
        cut_file(image_name(1, 1, i), 0);
    dataset = open_skipping();
    assert_int_equal(rl_dataset_count(dataset, RL_SPLIT_TEST), PER_CLASS + 1);
    rl_dataset_free(dataset);
    cut_file(image_name(1, 1, PER_CLASS - 1), 0);
    const rl_status status = open_tree(&dataset, true, &error);
    assert_error(&error, status, RL_ERROR_FORMAT, "tree/test/b/000.png: an empty file",
                 "all 40 images of class 'b'", NULL);
    assert_null(dataset);
}

/* Memory that runs out says nothing about an image: it must never be skipped for that. */
static void test_memory(void **state) {
    (void)state;
    write_tree();
    break_images();
    rl_dataset *expected = open_skipping(), *dataset;
    long failures = 0;
    for (rl_status status = RL_ERROR_MEMORY; status != RL_OK; failures += 7) {
        rl_error error;
        rl_memory_fail_after(failures);
        status = open_tree(&dataset, true, &error);
        rl_memory_fail_after(-1);
        if (status != RL_OK)
            assert_error(&error, status, RL_ERROR_MEMORY, NULL);
    }
    assert_true(failures > 150);
    assert_string_equal(dataset->fingerprint, expected->fingerprint);
    rl_dataset_free(dataset);
    rl_dataset_free(expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_others_keep_their_places), TEST(test_list),
        TEST(test_list_is_the_same_again),   TEST(test_without_it_all_are_counted),
        TEST(test_class_without_images),     TEST(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
