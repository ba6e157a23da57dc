/* The sheet of sample images, read back pixel by pixel. */
#include "data/fixtures.h"

#include "base/memory.h"
#include "data/sheet.h"

typedef struct {
    png_image image;
    uint8_t *pixels; /* RGBA */
} png_pixels;

static png_pixels read_png(const char *path) {
    png_pixels png = {.image = {.version = PNG_IMAGE_VERSION}};
    assert_true(png_image_begin_read_from_file(&png.image, path));
    png.image.format = PNG_FORMAT_RGBA;
    png.pixels = malloc(PNG_IMAGE_SIZE(png.image));
    assert_non_null(png.pixels);
    assert_true(png_image_finish_read(&png.image, NULL, png.pixels, 0, NULL));
    return png;
}

/* The index of the image number `rank` of a class, in file order; -1 when there is none. */
static long image_of_class(const rl_dataset *dataset, rl_split split, size_t class, size_t rank) {
    for (size_t i = 0; i < rl_dataset_count(dataset, split); i++) {
        size_t label;
        rl_dataset_image(dataset, split, i, &label);
        if (label == class && rank-- == 0)
            return (long)i;
    }
    return -1;
}

/* What the sheet must show at (row, column) of it: four bytes, all zero where there is nothing. */
static void expected_pixel(const rl_dataset *dataset, const rl_sheet *sheet, size_t row,
                           size_t column, uint8_t expected[4]) {
    const size_t pitch = 32 + 2;
    memset(expected, 0, 4);
    if (row % pitch >= 32 || column % pitch >= 32)
        return;
    const size_t rank = sheet->augment ? 0 : column / pitch;
    const long index = image_of_class(dataset, sheet->split, row / pitch, rank);
    if (index < 0)
        return;
    const uint8_t *image = rl_dataset_image(dataset, sheet->split, (size_t)index, NULL);
    uint8_t drawn[RL_IMAGE_BYTES];
    if (sheet->augment) {
        const rl_augment_sample sample = {.seed = sheet->seed,
                                          .epoch = (uint32_t)(column / pitch),
                                          .index = (size_t)index,
                                          .may_flip = dataset->flip_keeps_label};
        rl_augment_bytes(sheet->augment, &sample, image, drawn);
        image = drawn;
    }
    memcpy(expected, image + ((row % pitch) * 32 + column % pitch) * 3, 3);
    expected[3] = 255;
}

static void check_sheet(const rl_dataset *dataset, const rl_sheet *sheet, size_t rows) {
    rl_error error;
    const char *path = in_root("sheet.png");
    assert_int_equal(rl_sheet_write(dataset, sheet, path, &error), RL_OK);
    png_pixels png = read_png(path);
    assert_int_equal(png.image.width, sheet->columns * 34 - 2);
    assert_int_equal(png.image.height, rows * 34 - 2);
    for (size_t y = 0; y < png.image.height; y += 3) /* a third of the rows says as much */
        for (size_t x = 0; x < png.image.width; x++) {
            uint8_t expected[4];
            expected_pixel(dataset, sheet, y, x, expected);
            assert_memory_equal(png.pixels + (y * png.image.width + x) * 4, expected, 4);
        }
    free(png.pixels);
}

static const rl_sheet usual = {.columns = 10, .rows = 10};

/* A data set in memory of `count` varied images; image i has label (i * i) % classes, so that some
 * classes have many images and some have none. */
static void fill(rl_dataset *dataset, rl_split split, size_t classes, size_t count) {
    rl_image_set *train = &dataset->split[split];
    dataset->class_count = classes;
    train->count = count;
    train->pixels = rl_alloc(count, RL_IMAGE_BYTES);
    train->labels = rl_alloc(count, sizeof *train->labels);
    assert_true(train->pixels && train->labels);
    for (size_t i = 0; i < count; i++) {
        train->labels[i] = (uint16_t)(i * i % classes);
        for (size_t p = 0; p < RL_IMAGE_BYTES; p++)
            train->pixels[i * RL_IMAGE_BYTES + p] = test_pixel(i, p / 96, p / 3 % 32, p % 3);
    }
}

static void clear(rl_dataset *dataset) {
    for (size_t s = 0; s < 2; s++) {
        rl_free(dataset->split[s].pixels);
        rl_free(dataset->split[s].labels);
    }
}

static void test_few_classes(void **state) {
    (void)state;
    rl_dataset dataset = {0};
    fill(&dataset, RL_SPLIT_TRAIN, 5,
         40); /* labels 0, 1 and 4 only: rows with too few images, and none */
    check_sheet(&dataset, &usual, 5);
    clear(&dataset);
}

static void test_many_classes(void **state) {
    (void)state;
    rl_dataset dataset = {0};
    fill(&dataset, RL_SPLIT_TRAIN, 13,
         60); /* classes 10 to 12 have no row, and must not be drawn past the end */
    check_sheet(&dataset, &usual, 10);
    clear(&dataset);
}

static void test_sizes_and_splits(void **state) {
    (void)state;
    rl_dataset dataset = {0};
    fill(&dataset, RL_SPLIT_TRAIN, 13, 60);
    fill(&dataset, RL_SPLIT_TEST, 13, 7);
    check_sheet(&dataset, &(rl_sheet){.columns = 1, .rows = 1}, 1);
    check_sheet(&dataset, &(rl_sheet){.columns = 3, .rows = 20}, 13);
    check_sheet(&dataset, &(rl_sheet){.split = RL_SPLIT_TEST, .columns = 12, .rows = 4}, 4);
    clear(&dataset);
}

/* Rows are one image in one epoch after another; where mirroring would change what is seen, none is
 * mirrored. */
static void test_augmented(void **state) {
    (void)state;
    rl_dataset dataset = {0};
    fill(&dataset, RL_SPLIT_TRAIN, 5, 40);
    rl_augment_options options = {.enabled = true, .pad = 4};
    const rl_sheet sheet = {.columns = 9, .rows = 5, .augment = &options, .seed = 7};
    check_sheet(&dataset, &sheet, 5);
    dataset.flip_keeps_label = true;
    check_sheet(&dataset, &sheet, 5);
    png_pixels png = read_png(in_root("sheet.png"));
    size_t unlike_first = 0; /* of the images of the first row: draws differ */
    for (size_t column = 1; column < sheet.columns; column++)
        for (size_t y = 0; y < 32; y++) {
            const uint8_t *row = png.pixels + y * png.image.width * 4;
            if (memcmp(row, row + column * 34 * 4, 32 * 4) != 0) {
                unlike_first++;
                break;
            }
        }
    assert_true(unlike_first >= 6);
    free(png.pixels);
    clear(&dataset);
}

static void test_failures(void **state) {
    (void)state;
    rl_dataset dataset = {0};
    rl_error error;
    fill(&dataset, RL_SPLIT_TRAIN, 2, 4);
    rl_status status = rl_sheet_write(&dataset, &usual, in_root("no/folder.png"), &error);
    assert_error(&error, status, RL_ERROR_IO, "no/folder.png", "cannot write", NULL);

    write_file("old.png", "old", 3);
    for (long allocation = 0; allocation < 2; allocation++) {
        rl_memory_fail_after(allocation);
        status = rl_sheet_write(&dataset, &usual, in_root("old.png"), &error);
        rl_memory_fail_after(-1);
        assert_error(&error, status, RL_ERROR_MEMORY, "sheet", NULL);
        assert_int_equal(file_size("old.png"), 3);
    }
    clear(&dataset);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_few_classes), TEST(test_many_classes), TEST(test_sizes_and_splits),
        TEST(test_augmented),   TEST(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
