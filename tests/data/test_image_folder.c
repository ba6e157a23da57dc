/* Image folders: order, classes, names, links, and every way a tree can be broken. */
#include "data/fixtures.h"

/* Two classes; pixel (0, 0) of each image tells where it came from. */
static void write_tree(void) {
    make_folder("tree/train/b");
    make_folder("tree/train/a/sub");
    make_folder("tree/train/a/sub-2");
    make_folder("tree/test/a");
    make_folder("tree/test/b");
    write_plain_png("tree/train/a/2.PNG", 12, 0, 0);
    write_plain_png("tree/train/a/10.png", 11, 0, 0);
    write_plain_png("tree/train/a/sub-2/1.png", 14, 0, 0);
    write_plain_png("tree/train/a/sub/1.png", 13, 0, 0);
    write_plain_png("tree/train/b/x.png", 21, 0, 0);
    write_plain_png("tree/test/a/1.png", 31, 0, 0);
    write_plain_png("tree/test/b/1.png", 41, 0, 0);
    write_file("tree/train/a/notes.txt", "x", 1);
    write_file("tree/train/a/.hidden.png", "x", 1);
    write_file("tree/train/README.png", "x", 1); /* in no class */
    make_folder("tree/train/.cache");
}

static void check_image(const rl_dataset *dataset, rl_split split, size_t index, uint8_t red,
                        size_t expected_label) {
    size_t label;
    const uint8_t *pixels = rl_dataset_image(dataset, split, index, &label);
    assert_non_null(pixels);
    assert_int_equal(pixels[0], red);
    assert_int_equal(label, expected_label);
}

static void test_order_is_folder_then_name(void **state) {
    (void)state;
    write_tree();
    rl_dataset *dataset = open_in_root("tree");
    assert_string_equal(rl_dataset_format_name(dataset), "image-folder");
    assert_int_equal(rl_dataset_class_count(dataset), 2);
    assert_string_equal(rl_dataset_class_name(dataset, 0), "a");
    assert_string_equal(rl_dataset_class_name(dataset, 1), "b");
    assert_int_equal(rl_dataset_count(dataset, RL_SPLIT_TRAIN), 5);
    assert_int_equal(rl_dataset_count(dataset, RL_SPLIT_TEST), 2);
    check_image(dataset, RL_SPLIT_TRAIN, 0, 11, 0); /* a/10.png */
    check_image(dataset, RL_SPLIT_TRAIN, 1, 12, 0); /* a/2.PNG */
    check_image(dataset, RL_SPLIT_TRAIN, 2, 13, 0); /* a/sub/1.png */
    check_image(dataset, RL_SPLIT_TRAIN, 3, 14, 0); /* a/sub-2/1.png */
    check_image(dataset, RL_SPLIT_TRAIN, 4, 21, 1);
    check_image(dataset, RL_SPLIT_TEST, 0, 31, 0);
    check_image(dataset, RL_SPLIT_TEST, 1, 41, 1);
    rl_dataset_free(dataset);
}

static void test_classes_sort_by_code_point(void **state) {
    (void)state;
    static const char *const sorted[] = {"B", "a", "\xc3\xa9", "\xe6\x97\xa5"};
    for (size_t i = 0; i < 4; i++)
        for (size_t s = 0; s < 2; s++) {
            char name[64];
            snprintf(name, sizeof name, "tree/%s/%s", s ? "test" : "train", sorted[i]);
            make_folder(name);
            strcat(name, "/1.png");
            write_plain_png(name, (uint8_t)i, 0, 0);
        }
    rl_dataset *dataset = open_in_root("tree");
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(rl_dataset_class_name(dataset, i), sorted[i]);
        check_image(dataset, RL_SPLIT_TRAIN, i, (uint8_t)i, i);
    }
    rl_dataset_free(dataset);
}

/* Enough images for every thread to have some; decoding must put each in its place. */
static void test_many_images_keep_their_places(void **state) {
    (void)state;
    enum { COUNT = 150 };
    write_tree();
    for (size_t i = 0; i < COUNT; i++) {
        char name[64];
        snprintf(name, sizeof name, "tree/test/b/n%03zu.png", i);
        write_plain_png(name, (uint8_t)i, 0, 0);
    }
    rl_dataset *dataset = open_in_root("tree");
    assert_int_equal(rl_dataset_count(dataset, RL_SPLIT_TEST), 2 + COUNT);
    for (size_t i = 0; i < COUNT; i++)
        check_image(dataset, RL_SPLIT_TEST, 2 + i, (uint8_t)i, 1);
    rl_dataset_free(dataset);

    /* Of several broken images the first in order is named, whether the thread that finds it is
     * the last to find one or the first. */
    write_file("tree/test/b/n149.png", "x", 1);
    write_file("tree/test/b/n080.png", "x", 1);
    write_file("tree/test/b/n033.png", "x", 1);
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "tree/test/b/n033.png",
                      "(and 2 more; --skip-bad leaves them out)");
    write_plain_png("tree/test/b/n080.png", 0, 0, 0);
    write_plain_png("tree/test/b/n033.png", 0, 0, 0);
    write_file("tree/test/b/n001.png", "x", 1);
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "tree/test/b/n001.png", "(and 1 more; --skip-bad");
}

static void test_missing_parts(void **state) {
    (void)state;
    make_folder("tree/train");
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "tree'", "no test part, found the folder train;");
    make_folder("tree/train/a");
    make_folder("tree/test/a");
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "tree/train/a", "no images");
    write_plain_png("tree/train/a/1.png", 1, 2, 3);
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "tree/test/a", "no images");
    write_plain_png("tree/test/a/1.png", 1, 2, 3);
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "tree'", "found 1 class, expected at least 2");
    make_folder("tree/train/b");
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "'b' is in train/ but not in test/");
    make_folder("tree/test/b");
    make_folder("tree/test/aa");
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "'aa' is in test/ but not in train/");
}

static void test_links(void **state) {
    (void)state;
    write_tree();
    assert_int_equal(symlink(in_root("tree/train/b/x.png"), in_root("tree/train/b/y.png")), 0);
    assert_int_equal(symlink("no-such-thing", in_root("tree/train/b/dangling")), 0);
    rl_dataset *dataset = open_in_root("tree");
    assert_int_equal(rl_dataset_count(dataset, RL_SPLIT_TRAIN), 6); /* a link to a file is a file */
    rl_dataset_free(dataset);

    assert_int_equal(symlink("..", in_root("tree/train/a/sub/loop")), 0);
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "tree/train/a/sub/loop", "symbolic link back");
    assert_int_equal(unlink(in_root("tree/train/a/sub/loop")), 0);

    assert_int_equal(symlink("self.png", in_root("tree/train/a/self.png")), 0);
    ASSERT_OPEN_FAILS("tree", RL_ERROR_IO, "tree/train/a/self.png", "cannot open");
}

static void test_truncated_image_is_named(void **state) {
    (void)state;
    write_tree();
    cut_file("tree/test/a/1.png", file_size("tree/test/a/1.png") / 2);
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "tree/test/a/1.png", "damaged PNG");
}

static void test_unreadable_class_name(void **state) {
    (void)state;
    write_tree();
    make_folder("tree/train/\x1b[2J");
    make_folder("tree/test/\x1b[2J");
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "not printable UTF-8");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_order_is_folder_then_name),
        TEST(test_classes_sort_by_code_point),
        TEST(test_many_images_keep_their_places),
        TEST(test_missing_parts),
        TEST(test_links),
        TEST(test_truncated_image_is_named),
        TEST(test_unreadable_class_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
