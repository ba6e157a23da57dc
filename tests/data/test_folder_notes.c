/* What is said of a folder of images: files that are not read, folders that are not used, images
 * that were fitted, flawed files; and which folders are taken for the training and the test part.
 */
#include "data/fixtures.h"

#include "data/limit.h"

static char heard[8192];

static void hear(const char *message, void *context) {
    (void)context;
    assert_null(strchr(message, '\n'));
    assert_true(strlen(heard) + strlen(message) + 2 < sizeof heard);
    strcat(heard, message);
    strcat(heard, "\n");
}

static int listen(void **state) {
    heard[0] = '\0';
    rl_set_notice_function(hear, NULL);
    return make_root(state);
}

static int stop_listening(void **state) {
    rl_set_notice_function(NULL, NULL);
    return remove_root(state);
}

static void assert_heard(const char *text) {
    if (!strstr(heard, text))
        fail_msg("'%s' was not said, but: %s", text, heard);
}

static void assert_not_heard(const char *text) {
    if (strstr(heard, text))
        fail_msg("'%s' was said: %s", text, heard);
}

/* <train> and <test> with classes a and b of one 32x32 image each. */
static void write_parts(const char *train, const char *test) {
    const char *const parts[2] = {train, test};
    char name[64];
    for (size_t s = 0; s < 2; s++)
        for (char k = 'a'; k <= 'b'; k++) {
            snprintf(name, sizeof name, "tree/%s/%c", parts[s], k);
            make_folder(name);
            strcat(name, "/1.png");
            write_plain_png(name, (uint8_t)s, (uint8_t)k, 0);
        }
}

static void close_again(const char *name) {
    rl_dataset_free(open_in_root(name));
}

static void nothing_to_say(void **state) {
    (void)state;
    static const char *const clutter[] = {"train/a/.DS_Store", "train/a/Thumbs.db",
                                          "test/b/desktop.ini", "train/a/._1.png",
                                          "train/.gitkeep"};
    write_parts("train", "test");
    for (size_t i = 0; i < sizeof clutter / sizeof *clutter; i++) {
        char name[64];
        snprintf(name, sizeof name, "tree/%s", clutter[i]);
        write_file(name, "x", 1);
    }
    make_folder("tree/__MACOSX");
    rl_dataset *dataset = open_in_root("tree");
    assert_string_equal(heard, "");
    assert_null(rl_dataset_note(dataset, 0));
    assert_null(rl_dataset_unread(dataset, 0));
    rl_dataset_free(dataset);
}

static void check_kind(const rl_dataset *dataset, size_t index, const char *kind, size_t count,
                       size_t images, const char *example) {
    const rl_unread *unread = rl_dataset_unread(dataset, index);
    assert_non_null(unread);
    assert_string_equal(unread->kind, kind);
    assert_int_equal(unread->count, count);
    assert_int_equal(unread->images, images);
    assert_string_equal(unread->example, in_root(example));
}

static void unread_files_are_counted_and_named(void **state) {
    (void)state;
    write_parts("train", "test");
    make_folder("tree/train/a/deep/er");
    write_file("tree/train/a/deep/er/2.GIF", "GIF89a", 6);
    write_file("tree/train/a/1.gif", "GIF89a", 6);
    write_file("tree/test/b/9.gif", "GIF89a", 6);
    write_file("tree/train/b/notes.txt", "x", 1);
    write_file("tree/train/b/.secret.png", "x", 1);
    write_file("tree/train/b/odd.j$g", "x", 1);
    write_file("tree/train/b/.ini", "x", 1);
    write_plain_png("tree/train/b/photo", 1, 2, 3); /* an image, but not by its name */
    write_plain_png("tree/test/a/photo.png.bak", 1, 2, 3);
    write_plain_png("tree/train/README.png", 1, 2, 3);
    assert_int_equal(symlink("nowhere", in_root("tree/train/a/link.tiff")), 0);
    rl_dataset *dataset = open_in_root("tree");
    check_kind(dataset, 0, ".gif", 3, 0, "tree/test/b/9.gif");
    check_kind(dataset, 1, "hidden", 2, 0, "tree/train/b/.ini");
    check_kind(dataset, 2, ".bak", 1, 1, "tree/test/a/photo.png.bak");
    check_kind(dataset, 3, ".tiff", 1, 0, "tree/train/a/link.tiff");
    check_kind(dataset, 4, ".txt", 1, 0, "tree/train/b/notes.txt");
    check_kind(dataset, 5, "in no class", 1, 1, "tree/train/README.png");
    check_kind(dataset, 6, "of other names", 1, 0, "tree/train/b/odd.j$g");
    check_kind(dataset, 7, "without an ending", 1, 1, "tree/train/b/photo");
    assert_null(rl_dataset_unread(dataset, 8));
    assert_heard("tree': 11 files are not read: 3 .gif (test/b/9.gif), 2 hidden (train/b/.ini), ");
    assert_heard(", 2 more; 3 of them are images by content; images are files that end in .jpg, ");
    char line[1100];
    snprintf(line, sizeof line, "%s\n", rl_dataset_note(dataset, 0));
    assert_string_equal(line, heard);
    assert_null(rl_dataset_note(dataset, 1));
    rl_dataset_free(dataset);
}

/* However many kinds there are, all files are counted. */
static void kinds_have_a_limit(void **state) {
    (void)state;
    write_parts("train", "test");
    for (size_t i = 0; i < 100; i++) {
        char name[64];
        snprintf(name, sizeof name, "tree/train/a/x.%03zu", i);
        write_file(name, "x", 1);
    }
    rl_dataset *dataset = open_in_root("tree");
    size_t total = 0;
    const rl_unread *unread;
    for (size_t i = 0; (unread = rl_dataset_unread(dataset, i)); i++)
        total += unread->count;
    assert_int_equal(total, 100);
    assert_heard("100 files are not read");
    rl_dataset_free(dataset);
}

static void a_class_of_unread_files(void **state) {
    (void)state;
    write_parts("train", "test");
    assert_int_equal(unlink(in_root("tree/train/b/1.png")), 0);
    write_file("tree/train/b/1.tif", "x", 1);
    write_file("tree/train/b/2.tif", "x", 1);
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "tree/train/b: no images in this class",
                      "or .webp files; found 2 .tif (1.tif)");
    assert_string_equal(heard, ""); /* an error is enough */
}

static void parts_by_any_name(void **state) {
    (void)state;
    static const struct {
        const char *train, *test, *said, *not_said;
    } cases[] = {
        {"train", "val", "there is no test/, so val/ is taken as the test part", "training part"},
        {"train", "valid", "so valid/ is taken as the test part", "training part"},
        {"train", "validation", "so validation/ is taken as the test part", "training part"},
        {"Train", "TEST", "there is no train/, so Train/ is taken as the training part",
         "not used"},
        {"training", "testing", "so testing/ is taken as the test part", "not used"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_parts(cases[i].train, cases[i].test);
        heard[0] = '\0';
        rl_dataset *dataset = open_in_root("tree");
        assert_int_equal(rl_dataset_count(dataset, RL_SPLIT_TRAIN), 2);
        assert_int_equal(rl_dataset_image(dataset, RL_SPLIT_TRAIN, 0, NULL)[0], 0);
        assert_int_equal(rl_dataset_image(dataset, RL_SPLIT_TEST, 0, NULL)[0], 1);
        assert_heard(cases[i].said);
        assert_not_heard(cases[i].not_said);
        rl_dataset_free(dataset);
        assert_int_equal(remove_root(NULL), 0);
        assert_int_equal(mkdir(fixture_root, 0777), 0);
    }
}

static void unused_folders_are_named(void **state) {
    (void)state;
    write_parts("train", "test");
    write_parts("val", "Test"); /* the plain names come first */
    make_folder("tree/extra");
    make_folder("tree/.git");
    close_again("tree");
    assert_heard("tree': not used: the folders Test, extra, val; train/ is the training part and "
                 "test/ the test part");
    assert_not_heard("taken");
}

static void missing_parts_say_what_is_there(void **state) {
    (void)state;
    write_parts("val-set", "test");
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT, "no training part, found the folders test, val-set;",
                      "expected train/<class>/ and test/<class>/", "val, valid or validation");
    make_folder("none/train");
    ASSERT_OPEN_FAILS("none", RL_ERROR_FORMAT, "no test part, found the folder train;");
    make_folder("bare/cats");
    make_folder("bare/dogs");
    ASSERT_OPEN_FAILS("bare", RL_ERROR_FORMAT, "unknown layout, with the folders cats, dogs;");
    make_folder("empty");
    ASSERT_OPEN_FAILS("empty", RL_ERROR_FORMAT, "unknown layout, with no folder;");
    make_folder("outer/tree/train");
    ASSERT_OPEN_FAILS("outer", RL_ERROR_FORMAT, "its folder 'tree' is of a known one; expected",
                      "outer/tree'");
    make_folder("flat/train");
    make_folder("flat/test");
    write_plain_png("flat/train/1.png", 1, 2, 3);
    ASSERT_OPEN_FAILS("flat", RL_ERROR_FORMAT, "flat/train: no class folders here but 1 images");
}

static void classes_that_differ_are_named(void **state) {
    (void)state;
    write_parts("train", "test");
    for (char k = 'c'; k <= 'i'; k++) {
        char name[32];
        snprintf(name, sizeof name, "tree/train/%c", k);
        make_folder(name);
    }
    make_folder("tree/test/a2");
    ASSERT_OPEN_FAILS("tree", RL_ERROR_FORMAT,
                      "classes 'c', 'd', 'e', 'f', 'g' and 2 more are in train/ but not in test/; "
                      "class 'a2' is in test/ but not in train/; expected the same");
}

static void fitted_images_are_counted(void **state) {
    (void)state;
    static uint8_t rgb[100 * 60 * 3];
    write_parts("train", "test");
    write_png("tree/train/a/wide.png", PNG_FORMAT_RGB, 100, 60, rgb);
    write_png("tree/train/a/tall.png", PNG_FORMAT_RGB, 32, 60, rgb);
    write_png("tree/train/b/square.png", PNG_FORMAT_RGB, 50, 50, rgb);
    write_png("tree/test/b/small.png", PNG_FORMAT_RGB, 7, 7, rgb);
    close_again("tree");
    assert_heard("tree': 4 of 8 images made 32x32: 2 cropped to the centre square (32x60 to "
                 "100x60), 2 shrunk (50x50 to 100x60), 1 enlarged (7x7)\n");
}

static void flawed_images_are_counted(void **state) {
    (void)state;
    static uint8_t rgb[32 * 32 * 3];
    write_parts("train", "test");
    for (size_t i = 0; i < 2; i++) {
        char name[] = "tree/train/b/0.jpg";
        name[13] = (char)('0' + i);
        write_jpeg(name, TJPF_RGB, 32, 32, rgb, TJSAMP_444);
        cut_file(name, file_size(name) - 2);
    }
    close_again("tree");
    assert_heard("tree': 2 images have flaws that cost no pixel, and were read; the first: ");
    assert_heard("tree/train/b/0.jpg: Premature end of JPEG file\n");
}

static void limits_that_leave_classes_out(void **state) {
    (void)state;
    write_parts("train", "test");
    rl_dataset *dataset = open_in_root("tree");
    assert_int_equal(rl_limit_check(dataset, RL_SPLIT_TRAIN, 0, "limit-train", NULL), RL_OK);
    assert_int_equal(rl_limit_check(dataset, RL_SPLIT_TRAIN, 2, "limit-train", NULL), RL_OK);
    assert_string_equal(heard, "");
    assert_int_equal(rl_limit_check(dataset, RL_SPLIT_TEST, 1, "limit-test", NULL), RL_OK);
    assert_string_equal(heard, "--limit-test 1: the first 1 of 2 test images, in file order, have "
                               "none of 1 of the 2 classes: b\n");
    rl_dataset_free(dataset);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, listen, stop_listening)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(nothing_to_say),
        TEST(unread_files_are_counted_and_named),
        TEST(kinds_have_a_limit),
        TEST(a_class_of_unread_files),
        TEST(parts_by_any_name),
        TEST(unused_folders_are_named),
        TEST(missing_parts_say_what_is_there),
        TEST(classes_that_differ_are_named),
        TEST(fitted_images_are_counted),
        TEST(flawed_images_are_counted),
        TEST(limits_that_leave_classes_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
