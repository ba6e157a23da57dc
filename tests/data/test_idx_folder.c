/* Folders of IDX files: where images come to lie in 32x32 pixels, names of files and of classes,
 * and every way a folder can be broken. */
#include "data/idx_files.h"

#include "data/places.h"

/* Image `index` of a split must hold height x width test pixels at (top, left), and black
 * elsewhere. */
static void check_centred(const rl_dataset *dataset, rl_split split, size_t index, size_t first,
                          size_t height, size_t width, size_t top, size_t left) {
    const uint8_t *pixels = rl_dataset_image(dataset, split, index, NULL);
    for (size_t y = 0; y < 32; y++)
        for (size_t x = 0; x < 32; x++) {
            const bool inside = y >= top && y < top + height && x >= left && x < left + width;
            const uint8_t grey = inside ? test_pixel(first + index, y - top, x - left, 0) : 0;
            for (size_t c = 0; c < 3; c++)
                assert_int_equal(pixels[(y * 32 + x) * 3 + c], grey);
        }
}

static void check_folder(const char *folder, size_t height, size_t width, size_t top, size_t left) {
    rl_dataset *dataset = open_in_root(folder);
    assert_string_equal(rl_dataset_format_name(dataset), "idx");
    assert_int_equal(rl_dataset_count(dataset, RL_SPLIT_TRAIN), 12);
    assert_int_equal(rl_dataset_count(dataset, RL_SPLIT_TEST), 5);
    for (size_t i = 0; i < 12; i++) {
        size_t label;
        rl_dataset_image(dataset, RL_SPLIT_TRAIN, i, &label);
        assert_int_equal(label, i % 3);
        check_centred(dataset, RL_SPLIT_TRAIN, i, 0, height, width, top, left);
    }
    for (size_t i = 0; i < 5; i++)
        check_centred(dataset, RL_SPLIT_TEST, i, 100, height, width, top, left);
    assert_null(rl_dataset_note(dataset, 0));
    rl_dataset_free(dataset);
}

static void test_images_are_centred(void **state) {
    (void)state;
    write_idx_folder("mnist", 28, 28, 3, '-', false);
    check_folder("mnist", 28, 28, 2, 2);
    write_idx_folder("exact", 32, 32, 3, '-', false);
    check_folder("exact", 32, 32, 0, 0);
    write_idx_folder("odd", 27, 20, 3, '-', false); /* the smaller half of five above */
    check_folder("odd", 27, 20, 2, 6);
    write_idx_folder("line", 1, 31, 3, '-', false);
    check_folder("line", 1, 31, 15, 0);
}

/* Larger than 32 either way: as any image of that size. */
static void test_larger_images_are_fitted(void **state) {
    (void)state;
    static const struct {
        size_t height, width;
        const char *note;
    } sizes[] = {{40, 64, "64x40 were cropped to the centre square, shrunk to 32x32"},
                 {33, 32, "32x33 were cropped to the centre square, left at 32x32"},
                 {20, 40, "40x20 were cropped to the centre square, enlarged to 32x32"},
                 {48, 48, "48x48 were shrunk to 32x32"}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const size_t height = sizes[s].height, width = sizes[s].width;
        char note[128];
        write_idx_folder("large", height, width, 3, '-', false);
        rl_dataset *dataset = open_in_root("large");
        uint8_t *rgb = malloc(height * width * 3), fitted[RL_IMAGE_BYTES];
        assert_non_null(rgb);
        for (size_t i = 0; i < height * width; i++)
            memset(rgb + 3 * i, test_pixel(11, i / width, i % width, 0), 3);
        assert_int_equal(rl_image_fit(rgb, width, height, fitted, NULL), RL_OK);
        assert_memory_equal(rl_dataset_image(dataset, RL_SPLIT_TRAIN, 11, NULL), fitted,
                            RL_IMAGE_BYTES);
        for (size_t split = 0; split < 2; split++) {
            snprintf(note, sizeof note, "-ubyte: %d images of %s", split == 0 ? 12 : 5,
                     sizes[s].note);
            assert_non_null(strstr(rl_dataset_note(dataset, split), note));
        }
        assert_null(rl_dataset_note(dataset, 2));
        free(rgb);
        rl_dataset_free(dataset);
    }
}

static void assert_same_data(const char *a, const char *b) {
    rl_dataset *first = open_in_root(a), *second = open_in_root(b);
    assert_string_equal(rl_dataset_fingerprint(first), rl_dataset_fingerprint(second));
    rl_dataset_free(first);
    rl_dataset_free(second);
}

static void test_spellings_and_gzip(void **state) {
    (void)state;
    write_idx_folder("plain", 28, 28, 3, '-', false);
    write_idx_folder("dots", 28, 28, 3, '.', false);
    write_idx_folder("packed", 28, 28, 3, '-', true);
    write_idx_folder("packed-dots", 28, 28, 3, '.', true);
    write_idx_folder("torchvision/raw", 28, 28, 3, '-', false);
    assert_same_data("plain", "dots");
    assert_same_data("plain", "packed");
    assert_same_data("plain", "packed-dots");
    assert_same_data("plain", "torchvision");
}

/* What a file is says its content: browsers unpack downloads and leave the name, or the reverse. */
static void test_content_decides_over_the_name(void **state) {
    (void)state;
    write_idx_folder("plain", 28, 28, 3, '-', false);
    write_idx_folder("mixed", 28, 28, 3, '-', false);
    save_bytes("mixed/train-labels-idx1-ubyte", gzipped(idx_labels(12, 3)));
    assert_int_equal(unlink(in_root("mixed/t10k-labels-idx1-ubyte")), 0);
    save_bytes("mixed/t10k-labels-idx1-ubyte.gz", idx_labels(5, 3));
    assert_same_data("plain", "mixed");
}

static void test_plain_wins_over_packed(void **state) {
    (void)state;
    write_idx_folder("plain", 28, 28, 3, '-', false);
    write_idx_folder("both", 28, 28, 3, '-', false);
    write_file("both/train-labels-idx1-ubyte.gz", "damage", 6);
    assert_same_data("plain", "both");
}

/* ---- Classes ---- */

static void test_numerals(void **state) {
    (void)state;
    write_idx_folder("data", 4, 4, 3, '-', false);
    save_bytes("data/t10k-labels-idx1-ubyte", changed(idx_labels(5, 3), 8 + 4, 11));
    rl_dataset *dataset = open_in_root("data");
    assert_int_equal(rl_dataset_class_count(dataset), 12);
    assert_string_equal(rl_dataset_class_name(dataset, 0), "0");
    assert_string_equal(rl_dataset_class_name(dataset, 11), "11");
    assert_false(dataset->flip_keeps_label);
    rl_dataset_free(dataset);
}

static void expect_names(const char *names, size_t size, const char *file, const char *why) {
    write_file("data/classes.txt", names, size);
    ASSERT_OPEN_FAILS("data", RL_ERROR_FORMAT, file, why);
}

static void test_names_from_classes_txt(void **state) {
    (void)state;
    write_idx_folder("data", 4, 4, 3, '-', false);
    static const char names[] = "\xef\xbb\xbfzero\r\none\nzwei \xe2\x82\xac\nnever seen\r\n\n";
    write_file("data/classes.txt", names, strlen(names));
    rl_dataset *dataset = open_in_root("data");
    assert_int_equal(rl_dataset_class_count(dataset), 4); /* one more than occur */
    assert_string_equal(rl_dataset_class_name(dataset, 0), "zero");
    assert_string_equal(rl_dataset_class_name(dataset, 1), "one");
    assert_string_equal(rl_dataset_class_name(dataset, 2), "zwei \xe2\x82\xac");
    assert_string_equal(rl_dataset_class_name(dataset, 3), "never seen");
    assert_false(dataset->flip_keeps_label);
    rl_dataset_free(dataset);

    expect_names("a\nb\n", 4, "train-labels-idx1-ubyte: label 2 of image 2, expected 0 to 1",
                 "classes.txt has 2 classes");
    expect_names("a\n\nc\n", 5, "classes.txt", "class 1 has an empty name");
    expect_names("a\nb\na\n", 6, "classes.txt", "classes 0 and 2 are both named 'a'");
    expect_names("a\nb\nc\x1b[0m\n", 10, "classes.txt", "not printable UTF-8");
    expect_names("a\nb\0\nc\n", 7, "classes.txt", "holds a NUL byte");
    expect_names("", 0, "classes.txt", "0 class names, expected 1 to 256");
    expect_names("\r\n\n", 3, "classes.txt", "0 class names, expected 1 to 256");
    char many[2 * 257];
    for (size_t i = 0; i < sizeof many; i++)
        many[i] = i % 2 ? '\n' : 'x';
    expect_names(many, sizeof many, "classes.txt", "257 class names, expected 1 to 256");
}

static void test_one_class_is_too_few(void **state) {
    (void)state;
    write_idx_folder("data", 4, 4, 1, '-', false);
    ASSERT_OPEN_FAILS("data", RL_ERROR_FORMAT, "data'", "found 1 class, expected at least 2");
}

/* ---- Fashion-MNIST, from Debian's package dataset-fashion-mnist ---- */

#define PACKAGED RL_PACKAGES_PLACE "/fashion-mnist/"

static const char *const fashion_files[] = {
    "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz"};

/* A folder of any name with links to the package's files; skips the test where there are none. */
static void link_fashion(const char *folder) {
    make_folder(folder);
    for (size_t f = 0; f < 4; f++) {
        char target[PATH_MAX], name[PATH_MAX];
        snprintf(target, sizeof target, PACKAGED "%s", fashion_files[f]);
        snprintf(name, sizeof name, "%s/%s", folder, fashion_files[f]);
        if (access(target, R_OK) != 0) {
            print_message("skipped: %s is not there; Debian's dataset-fashion-mnist brings it\n",
                          target);
            skip();
        }
        assert_int_equal(symlink(target, in_root(name)), 0);
    }
}

static void test_fashion_is_known_by_content(void **state) {
    (void)state;
    link_fashion("clothes");
    rl_dataset *dataset = open_in_root("clothes");
    assert_int_equal(rl_dataset_count(dataset, RL_SPLIT_TRAIN), 60000);
    assert_int_equal(rl_dataset_count(dataset, RL_SPLIT_TEST), 10000);
    assert_int_equal(rl_dataset_class_count(dataset), 10);
    assert_string_equal(rl_dataset_class_name(dataset, 0), "T-shirt/top");
    assert_string_equal(rl_dataset_class_name(dataset, 9), "Ankle boot");
    assert_true(dataset->flip_keeps_label);
    rl_dataset_free(dataset);

    static const char names[] = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
    write_file("clothes/classes.txt", names, strlen(names));
    dataset = open_in_root("clothes");
    assert_string_equal(rl_dataset_class_name(dataset, 0), "a");
    assert_true(dataset->flip_keeps_label); /* which its names do not change */
    rl_dataset_free(dataset);
}

static void test_fashion_with_a_label_too_many(void **state) {
    (void)state;
    link_fashion("clothes");
    assert_int_equal(unlink(in_root("clothes/train-labels-idx1-ubyte.gz")), 0);
    save_bytes("clothes/train-labels-idx1-ubyte", idx_labels(11, 11));
    ASSERT_OPEN_FAILS("clothes", RL_ERROR_FORMAT, "train-labels-idx1-ubyte: label 10 of image 10",
                      "expected 0 to 9, as Fashion-MNIST has 10 classes");
}

/* ---- Broken folders ---- */

static void test_each_missing_file(void **state) {
    (void)state;
    static const char *const files[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                        "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
    for (size_t f = 0; f < 4; f++) {
        char name[64];
        write_idx_folder("data", 4, 4, 3, '-', false);
        snprintf(name, sizeof name, "data/%s", files[f]);
        assert_int_equal(unlink(in_root(name)), 0);
        ASSERT_OPEN_FAILS("data", RL_ERROR_IO, in_root(name), "no such file, nor with .gz",
                          "must hold train-images-idx3-ubyte, ");
    }
}

static void test_counts_must_agree(void **state) {
    (void)state;
    write_idx_folder("data", 4, 4, 3, '-', false);
    save_bytes("data/t10k-images-idx3-ubyte", idx_images(0, 6, 4, 4));
    ASSERT_OPEN_FAILS("data", RL_ERROR_FORMAT, "t10k-images-idx3-ubyte: 6 images, expected 5",
                      "t10k-labels-idx1-ubyte");
    write_idx_folder("data", 4, 4, 3, '-', false);
    save_bytes("data/train-labels-idx1-ubyte", idx_labels(13, 3));
    ASSERT_OPEN_FAILS("data", RL_ERROR_FORMAT, "train-images-idx3-ubyte: 12 images, expected 13",
                      "train-labels-idx1-ubyte");
}

static void test_damage_names_the_file(void **state) {
    (void)state;
    write_idx_folder("data", 4, 4, 3, '-', false);
    cut_file("data/t10k-images-idx3-ubyte", 16 + 5 * 16 - 1);
    ASSERT_OPEN_FAILS("data", RL_ERROR_FORMAT, in_root("data/t10k-images-idx3-ubyte"),
                      "too short for the 5 images of 4 x 4 bytes");
    write_idx_folder("data", 4, 4, 3, '-', false);
    cut_file("data/train-images-idx3-ubyte", 16 + 12 * 16 + 1);
    ASSERT_OPEN_FAILS("data", RL_ERROR_FORMAT, in_root("data/train-images-idx3-ubyte"),
                      "goes on after the 12 images");
    write_idx_folder("packed", 4, 4, 3, '-', true);
    cut_file("packed/train-labels-idx1-ubyte.gz", 20);
    ASSERT_OPEN_FAILS("packed", RL_ERROR_FORMAT, in_root("packed/train-labels-idx1-ubyte.gz"),
                      "cut short");
    write_idx_folder("data", 4, 4, 3, '-', false);
    cut_file("data/t10k-labels-idx1-ubyte", (size_t)65 << 20); /* sparse */
    ASSERT_OPEN_FAILS("data", RL_ERROR_FORMAT, in_root("data/t10k-labels-idx1-ubyte"),
                      "expected at most");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_images_are_centred),          TEST(test_larger_images_are_fitted),
        TEST(test_spellings_and_gzip),          TEST(test_content_decides_over_the_name),
        TEST(test_plain_wins_over_packed),      TEST(test_numerals),
        TEST(test_names_from_classes_txt),      TEST(test_one_class_is_too_few),
        TEST(test_fashion_is_known_by_content), TEST(test_fashion_with_a_label_too_many),
        TEST(test_each_missing_file),           TEST(test_counts_must_agree),
        TEST(test_damage_names_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
