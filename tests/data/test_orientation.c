/* The eight orientations against drawings of what is meant, and EXIF data in JPEG and PNG files:
 * whole, damaged, and of the preview only. */
#include "data/fixtures.h"

#include "base/memory.h"
#include "data/exif.h"
#include "data/image_decode.h"
#include "data/orientation.h"

#include <zlib.h>

/* What EXIF 2.3 says where the first row and column are: "0th row / 0th column". */
static const struct {
    unsigned orientation;
    const char *rows[3]; /* of the stored image abc/def */
} drawings[] = {
    {1, {"abc", "def"}},     /* top, left */
    {2, {"cba", "fed"}},     /* top, right */
    {3, {"fed", "cba"}},     /* bottom, right */
    {4, {"def", "abc"}},     /* bottom, left */
    {5, {"ad", "be", "cf"}}, /* left, top */
    {6, {"da", "eb", "fc"}}, /* right, top */
    {7, {"fc", "eb", "da"}}, /* right, bottom */
    {8, {"cf", "be", "ad"}}, /* left, bottom */
};

static void test_drawings(void **state) {
    (void)state;
    uint8_t stored[18], out[18];
    for (size_t i = 0; i < sizeof stored; i++)
        stored[i] = (uint8_t)(10 * (i / 3) + i % 3); /* letter i / 3, channel i % 3 */
    for (size_t d = 0; d < sizeof drawings / sizeof *drawings; d++) {
        const unsigned orientation = drawings[d].orientation;
        assert_true(rl_orientation_is_known(orientation));
        const size_t width = strlen(drawings[d].rows[0]);
        assert_int_equal(rl_orientation_transposes(orientation), width == 2);
        rl_orientation_apply(orientation, stored, 3, 2, out);
        for (size_t i = 0; i < sizeof out; i++) {
            const size_t pixel = i / 3;
            const char letter = drawings[d].rows[pixel / width][pixel % width];
            if (out[i] != 10 * (letter - 'a') + (int)(i % 3))
                fail_msg("orientation %u, pixel %zu: %d, expected '%c'", orientation, pixel, out[i],
                         letter);
        }
    }
    assert_false(rl_orientation_is_known(0));
    assert_false(rl_orientation_is_known(9));
}

/* ---- EXIF data ---- */

typedef struct {
    uint8_t bytes[128];
    size_t size;
    bool big_endian;
} exif_writer;

static void put(exif_writer *w, size_t count, uint32_t value) {
    for (size_t i = 0; i < count; i++)
        w->bytes[w->size++] = (uint8_t)(value >> 8 * (w->big_endian ? count - 1 - i : i));
}

/* One directory with an orientation, `next` the place of the one after it. */
static void put_directory(exif_writer *w, uint32_t orientation, uint32_t next) {
    put(w, 2, 1);
    put(w, 2, 0x0112);
    put(w, 2, 3);
    put(w, 4, 1);
    put(w, 2, orientation);
    put(w, 2, 0);
    put(w, 4, next);
}

/* The marker and the data. preview: the orientation of a second directory, 0 for none. */
static exif_writer make_exif(uint32_t orientation, uint32_t preview, bool big_endian) {
    exif_writer w = {.big_endian = big_endian};
    memcpy(w.bytes, RL_EXIF_MARKER, 6);
    memcpy(w.bytes + 6, big_endian ? "MM" : "II", 2);
    w.size = 8;
    put(&w, 2, 42);
    put(&w, 4, 8);
    if (orientation) {
        put_directory(&w, orientation, preview ? 26 : 0);
    } else {
        put(&w, 2, 0);
        put(&w, 4, preview ? 14 : 0);
    }
    if (preview)
        put_directory(&w, preview, 0);
    return w;
}

static void test_exif_data(void **state) {
    (void)state;
    for (uint32_t orientation = 0; orientation < 12; orientation++)
        for (int big = 0; big < 2; big++) {
            const exif_writer w = make_exif(orientation, 3, big);
            const unsigned expected = orientation >= 1 && orientation <= 8 ? orientation : 1;
            assert_int_equal(rl_exif_orientation(w.bytes, w.size), expected);
        }
    /* Wherever they are cut, they say what they said, or nothing. */
    const exif_writer w = make_exif(6, 0, true);
    for (size_t size = 0; size < w.size; size++) {
        uint8_t *exact = malloc(size + 1); /* so that a sanitizer sees what is read past the end */
        assert_non_null(exact);
        memcpy(exact, w.bytes, size);
        exact = realloc(exact, size ? size : 1);
        const unsigned found = rl_exif_orientation(exact, size);
        assert_true(found == 6 || found == RL_UPRIGHT);
        if (size < 6 + 8 + 12)
            assert_int_equal(found, RL_UPRIGHT);
        free(exact);
    }
    /* Another type or more than one value is not what the standard says. */
    exif_writer wrong = make_exif(6, 0, true);
    wrong.bytes[23] = 2; /* the number of values */
    assert_int_equal(rl_exif_orientation(wrong.bytes, wrong.size), RL_UPRIGHT);
}

/* ---- In files ---- */

typedef struct {
    uint8_t *bytes;
    size_t size;
} content;

static content read_content(const char *name) {
    content c = {.size = file_size(name)};
    FILE *file = fopen(in_root(name), "rb");
    c.bytes = malloc(c.size);
    assert_true(file && c.bytes);
    assert_int_equal(fread(c.bytes, 1, c.size, file), c.size);
    fclose(file);
    return c;
}

static rl_bitmap decode(const char *name) {
    const content c = read_content(name);
    rl_bitmap bitmap;
    rl_error error;
    if (rl_image_decode(&(rl_image_file){c.bytes, c.size, name}, &bitmap, &error) != RL_OK)
        fail_msg("%s", error.message);
    free(c.bytes);
    return bitmap;
}

/* Puts `added` at byte `at` of a copy of a file. */
static void write_spliced(const char *name, const char *from, size_t at, const void *added,
                          size_t added_size) {
    const content c = read_content(from);
    uint8_t *bytes = malloc(c.size + added_size);
    assert_non_null(bytes);
    memcpy(bytes, c.bytes, at);
    memcpy(bytes + at, added, added_size);
    memcpy(bytes + at + added_size, c.bytes + at, c.size - at);
    write_file(name, bytes, c.size + added_size);
    free(bytes);
    free(c.bytes);
}

/* An APP1 segment behind the start of the JPEG. */
static void write_exif_jpeg(const char *name, const char *from, const exif_writer *exif) {
    uint8_t segment[160] = {0xff, 0xe1, 0, (uint8_t)(exif->size + 2)};
    memcpy(segment + 4, exif->bytes, exif->size);
    write_spliced(name, from, 2, segment, exif->size + 4);
}

/* A chunk behind IHDR, which ends at byte 33; damage is xored into its CRC. */
static void write_exif_png(const char *name, const char *from, const exif_writer *exif,
                           uint8_t damage) {
    const size_t size = exif->size - 6;
    uint8_t chunk[160] = {0, 0, 0, (uint8_t)size, 'e', 'X', 'I', 'f'};
    memcpy(chunk + 8, exif->bytes + 6, size);
    const uLong crc = crc32(0, chunk + 4, (uInt)(size + 4));
    for (size_t i = 0; i < 4; i++)
        chunk[8 + size + i] = (uint8_t)(crc >> (24 - 8 * i)) ^ damage;
    write_spliced(name, from, 33, chunk, size + 12);
}

static void assert_turned(const char *name, const rl_bitmap *plain, unsigned orientation) {
    uint8_t *expected = malloc(plain->width * plain->height * 3);
    assert_non_null(expected);
    rl_orientation_apply(orientation, plain->rgb, plain->width, plain->height, expected);
    rl_bitmap turned = decode(name);
    const bool transposes = rl_orientation_transposes(orientation);
    assert_int_equal(turned.width, transposes ? plain->height : plain->width);
    assert_int_equal(turned.height, transposes ? plain->width : plain->height);
    assert_memory_equal(turned.rgb, expected, plain->width * plain->height * 3);
    rl_free(turned.rgb);
    free(expected);
}

static void write_plain_files(void) {
    uint8_t rgb[20 * 36 * 3];
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = test_pixel(1, i / 60, i / 3 % 20, i % 3);
    write_jpeg("plain.jpg", TJPF_RGB, 20, 36, rgb, TJSAMP_444);
    write_png("plain.png", PNG_FORMAT_RGB, 20, 36, rgb);
}

static void test_files_are_turned(void **state) {
    (void)state;
    write_plain_files();
    rl_bitmap jpeg = decode("plain.jpg"), png = decode("plain.png");
    for (unsigned orientation = 1; orientation <= 8; orientation++) {
        const exif_writer exif = make_exif(orientation, 0, orientation % 2);
        write_exif_jpeg("exif.jpg", "plain.jpg", &exif);
        assert_turned("exif.jpg", &jpeg, orientation);
        write_exif_png("exif.png", "plain.png", &exif, 0);
        assert_turned("exif.png", &png, orientation);
    }
    exif_writer exif = make_exif(6, 0, true);
    write_exif_png("exif.png", "plain.png", &exif, 1); /* a chunk of a wrong CRC says nothing */
    assert_turned("exif.png", &png, RL_UPRIGHT);
    memset(exif.bytes + 6, 0xff, exif.size - 6);
    write_exif_jpeg("exif.jpg", "plain.jpg", &exif);
    assert_turned("exif.jpg", &jpeg, RL_UPRIGHT);
    write_exif_png("exif.png", "plain.png", &exif, 0);
    assert_turned("exif.png", &png, RL_UPRIGHT);
    rl_free(jpeg.rgb);
    rl_free(png.rgb);
}

/* Without memory an image is an error, and never a sideways one. */
static void test_memory(void **state) {
    (void)state;
    write_plain_files();
    const exif_writer exif = make_exif(8, 0, true);
    write_exif_jpeg("exif.jpg", "plain.jpg", &exif);
    uint8_t expected[RL_IMAGE_BYTES], pixels[RL_IMAGE_BYTES];
    assert_int_equal(rl_image_load(in_root("exif.jpg"), expected, NULL), RL_OK);
    long failures = 0;
    for (rl_status status = RL_ERROR_MEMORY; status != RL_OK; failures++) {
        rl_error error;
        rl_memory_fail_after(failures);
        status = rl_image_load(in_root("exif.jpg"), pixels, &error);
        rl_memory_fail_after(-1);
        if (status != RL_OK)
            assert_error(&error, status, RL_ERROR_MEMORY, NULL);
    }
    assert_true(failures > 4); /* the file, its pixels, those turned, two buffers of the resizing */
    assert_memory_equal(pixels, expected, sizeof pixels);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_drawings),
        TEST(test_exif_data),
        TEST(test_files_are_turned),
        TEST(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
