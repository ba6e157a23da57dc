/* Image files with flaws: those that cost no pixel decode to the pixels of the good file and have a
 * remark, those that cost any are refused, as viewers would show pixels that are made up. */
#include "data/fixtures.h"

#include "base/memory.h"
#include "data/image_decode.h"

#include <jpeglib.h>
#include <webp/encode.h>
#include <zlib.h>

enum { SIDE = 48, ROOM = 1 << 16 };

typedef struct {
    uint8_t bytes[ROOM];
    size_t size;
} content;

static const char *forms[] = {"baseline", "progressive", "restarts", "two scans"};
enum { BASELINE, PROGRESSIVE, RESTARTS, TWO_SCANS, FORM_COUNT };

static void fill(uint8_t rgb[SIDE * SIDE * 3]) {
    for (size_t y = 0; y < SIDE; y++)
        for (size_t x = 0; x < SIDE; x++)
            for (size_t c = 0; c < 3; c++)
                rgb[(y * SIDE + x) * 3 + c] = (uint8_t)((x * 37 + y * 11 + c * 59 + x * y) % 251);
}

/* Luminance in a scan of its own, then both others. */
static const jpeg_scan_info two_scans[] = {{1, {0}, 0, 63, 0, 0}, {2, {1, 2}, 0, 63, 0, 0}};

static content jpeg_of(int form) {
    uint8_t rgb[SIDE * SIDE * 3];
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    content c = {.size = 0};
    fill(rgb);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &bytes, &size);
    jpeg.image_width = jpeg.image_height = SIDE;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    if (form == PROGRESSIVE)
        jpeg_simple_progression(&jpeg);
    if (form == RESTARTS)
        jpeg.restart_interval = 2;
    if (form == TWO_SCANS) {
        jpeg.scan_info = two_scans;
        jpeg.num_scans = 2;
    }
    jpeg_start_compress(&jpeg, TRUE);
    for (size_t y = 0; y < SIDE; y++) {
        JSAMPROW row = rgb + y * SIDE * 3;
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    assert_in_range(size, 1, ROOM);
    memcpy(c.bytes, bytes, size);
    c.size = size;
    free(bytes);
    return c;
}

/* From a block of exactly that size, so that a sanitizer sees what is read past it. */
static rl_status decode(const content *c, rl_bitmap *bitmap, rl_error *error) {
    uint8_t *exact = malloc(c->size);
    assert_non_null(exact);
    memcpy(exact, c->bytes, c->size);
    const rl_status status = rl_image_decode(&(rl_image_file){exact, c->size, "x"}, bitmap, error);
    free(exact);
    return status;
}

static void assert_good(const content *c, const content *good, const char *remark) {
    rl_bitmap found, expected;
    rl_error error;
    assert_int_equal(decode(good, &expected, NULL), RL_OK);
    assert_string_equal(expected.remark, "");
    if (decode(c, &found, &error) != RL_OK)
        fail_msg("'%s', expected the remark '%s'", error.message, remark);
    assert_int_equal(found.width, expected.width);
    assert_int_equal(found.height, expected.height);
    assert_memory_equal(found.rgb, expected.rgb, found.width * found.height * 3);
    if (*remark ? !strstr(found.remark, remark) : found.remark[0])
        fail_msg("remark '%s', expected '%s'", found.remark, remark);
    rl_free(found.rgb);
    rl_free(expected.rgb);
}

static void assert_refused(const content *c, const char *why) {
    rl_bitmap bitmap;
    rl_error error;
    const rl_status status = decode(c, &bitmap, &error);
    if (status == RL_OK)
        fail_msg("decoded with the remark '%s', expected '%s'", bitmap.remark, why);
    assert_error(&error, status, RL_ERROR_FORMAT, why, NULL);
    assert_null(bitmap.rgb);
}

static void insert(content *c, size_t at, const void *bytes, size_t size) {
    assert_true(c->size + size <= ROOM);
    memmove(c->bytes + at + size, c->bytes + at, c->size - at);
    memcpy(c->bytes + at, bytes, size);
    c->size += size;
}

/* Where the marker stands the first time from `from` on. */
static size_t find_marker(const content *c, size_t from, uint8_t marker) {
    for (size_t i = from; i + 1 < c->size; i++)
        if (c->bytes[i] == 0xff && c->bytes[i + 1] == marker)
            return i;
    fail_msg("no marker %02x", marker);
    return 0;
}

static void jpeg_strays_cost_nothing(void **state) {
    (void)state;
    static const uint8_t strays[30] = {1, 2, 3, 4, 5};
    for (int form = 0; form < FORM_COUNT; form++) {
        const content good = jpeg_of(form);
        content c = good;
        insert(&c, c.size - 2, strays, 30); /* before the end: some are taken for bits to come */
        assert_good(&c, &good, "extraneous bytes before marker 0xd9");
        c = good;
        insert(&c, find_marker(&c, 2, 0xdb), strays, 3); /* between the head's parts */
        assert_good(&c, &good, "3 extraneous bytes before marker 0xdb");
        c = good;
        insert(&c, 2, strays, 2); /* behind the start */
        assert_good(&c, &good, "2 extraneous bytes before marker 0xe0");
        c = good;
        c.size -= 2; /* no end marker */
        assert_good(&c, &good, "Premature end");
        c = good;
        insert(&c, c.size, strays, 5); /* behind the end, where cameras put things, too */
        assert_good(&c, &good, "");
        c = good;
        insert(&c, 2, "\xff\xef\0\4ab", 6); /* an application's marker that nobody knows */
        assert_good(&c, &good, "");
        c = good;
        c.bytes[11] = 9; /* JFIF 9 */
        assert_good(&c, &good, "JFIF revision");
    }
}

/* Wherever a file ends: no pixel is made up, whether the end is in a scan or between two. */
static void jpeg_cuts_are_refused(void **state) {
    (void)state;
    for (int form = 0; form < FORM_COUNT; form++) {
        const content good = jpeg_of(form);
        size_t refused = 0;
        for (size_t cut = 3; cut < good.size - 4; cut++) {
            content c = good;
            rl_bitmap bitmap;
            c.size = cut;
            if (decode(&c, &bitmap, NULL) == RL_OK)
                fail_msg("%s: cut to %zu of %zu bytes and decoded", forms[form], cut, good.size);
            refused++;
        }
        assert_true(refused > 100);
    }
    content c = jpeg_of(PROGRESSIVE); /* cut between scans, and closed as if it were whole */
    c.size = find_marker(&c, find_marker(&c, 0, 0xda) + 2, 0xc4);
    assert_refused(&c, "before its last scan");
    c = jpeg_of(TWO_SCANS);
    c.size = find_marker(&c, find_marker(&c, 0, 0xda) + 2, 0xda);
    assert_refused(&c, "before its last scan");
    insert(&c, c.size, "\xff\xd9", 2);
    assert_refused(&c, "before its last scan");
}

static void jpeg_corrupt_data_are_refused(void **state) {
    (void)state;
    const content good = jpeg_of(RESTARTS);
    const size_t first = find_marker(&good, 0, 0xd0);
    uint8_t strays[30];
    content c = good;
    memset(strays, 0x55, sizeof strays);
    insert(&c, first, strays, sizeof strays); /* an interval of more bytes than its pixels need */
    assert_refused(&c, "extraneous");
    c = good;
    c.bytes[first + 1] = 0xd4; /* an interval that does not come next */
    assert_refused(&c, "RST");
    c = good;
    memmove(c.bytes + first - 9, c.bytes + first, c.size - first); /* bytes are lost */
    c.size -= 9;
    assert_refused(&c, "Corrupt JPEG data");
    c = jpeg_of(BASELINE); /* bytes are lost within the scan */
    memmove(c.bytes + c.size - 400, c.bytes + c.size - 200, 200);
    c.size -= 200;
    assert_refused(&c, "Corrupt JPEG data");
}

/* ---- PNG ---- */

static content png_of(void) {
    uint8_t rgb[SIDE * SIDE * 3];
    content c = {.size = 0};
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = SIDE, .height = SIDE, .format = PNG_FORMAT_RGB};
    png_alloc_size_t size = ROOM;
    fill(rgb);
    assert_true(png_image_write_to_memory(&image, c.bytes, &size, 0, rgb, 0, NULL));
    c.size = size;
    return c;
}

/* A chunk behind the header. */
static void insert_chunk(content *c, const char *type, const void *data, uint32_t size,
                         uint32_t crc_change) {
    uint8_t chunk[64] = {0, 0, 0, (uint8_t)size};
    memcpy(chunk + 4, type, 4);
    memcpy(chunk + 8, data, size);
    const uint32_t crc = (uint32_t)crc32(0, chunk + 4, size + 4) + crc_change;
    for (size_t i = 0; i < 4; i++)
        chunk[8 + size + i] = (uint8_t)(crc >> (24 - 8 * i));
    insert(c, 33, chunk, 12 + size);
}

static size_t find_text(const content *c, const char *text) {
    for (size_t i = 0; i + 4 <= c->size; i++)
        if (memcmp(c->bytes + i, text, 4) == 0)
            return i;
    fail_msg("no %s", text);
    return 0;
}

static void png_flaws(void **state) {
    (void)state;
    const content good = png_of();
    content c = good;
    insert_chunk(&c, "tEXt", "a\0b", 3, 1); /* the checksum of a chunk that viewers do not need */
    assert_good(&c, &good, "tEXt: CRC error");
    c = good;
    insert_chunk(&c, "zzZz", "a\0b", 3, 0); /* a private chunk */
    assert_good(&c, &good, "");
    c = good;
    insert_chunk(&c, "iCCP", "a\0\0not zlib", 11, 0);
    assert_good(&c, &good, "iCCP");
    c = good;
    insert_chunk(&c, "acTL", "\0\0\0\1\0\0\0\0", 8, 0);
    assert_good(&c, &good, "animated");
    c = good;
    insert(&c, c.size, "more", 4);
    assert_good(&c, &good, "");
    c = good;
    c.size -= 12; /* no end chunk */
    assert_good(&c, &good, "");

    c = good;
    c.bytes[c.size - 13] ^= 1; /* of the checksum of the last pixels */
    assert_refused(&c, "IDAT");
    c = good;
    c.bytes[find_text(&c, "IDAT") + 40] ^= 1;
    assert_refused(&c, "IDAT");
    c = good;
    c.size -= 12 + 30;
    assert_refused(&c, "damaged PNG");
    c = good;
    c.bytes[19] ^= 1; /* of the header */
    assert_refused(&c, "IHDR");
}

/* ---- WebP ---- */

static content webp_of(const uint8_t *rgba, bool lossless) {
    uint8_t *bytes = NULL;
    content c = {.size = lossless ? WebPEncodeLosslessRGBA(rgba, SIDE, SIDE, SIDE * 4, &bytes)
                                  : WebPEncodeRGBA(rgba, SIDE, SIDE, SIDE * 4, 90, &bytes)};
    assert_in_range(c.size, 1, ROOM);
    memcpy(c.bytes, bytes, c.size);
    WebPFree(bytes);
    return c;
}

static void with_alpha(uint8_t rgba[SIDE * SIDE * 4], bool transparent) {
    uint8_t rgb[SIDE * SIDE * 3];
    fill(rgb);
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        memcpy(rgba + 4 * i, rgb + 3 * i, 3);
        rgba[4 * i + 3] = transparent ? (uint8_t)(i % 3 == 0   ? 0
                                                  : i % 3 == 1 ? 255
                                                               : 128 + i % 128)
                                      : 255;
    }
}

/* Transparent pixels are as those of a PNG file, but for the 8 bits that libpng rounds dark ones to
 * between its steps. */
static void webp_pixels(void **state) {
    (void)state;
    uint8_t rgba[SIDE * SIDE * 4], rgb[SIDE * SIDE * 3];
    rl_bitmap found, expected;
    with_alpha(rgba, false);
    fill(rgb);
    content c = webp_of(rgba, true);
    assert_int_equal(decode(&c, &found, NULL), RL_OK);
    assert_int_equal(found.width, SIDE);
    assert_int_equal(found.height, SIDE);
    assert_memory_equal(found.rgb, rgb, sizeof rgb);
    rl_free(found.rgb);

    with_alpha(rgba, true);
    c = webp_of(rgba, true);
    assert_int_equal(decode(&c, &found, NULL), RL_OK);
    write_png("alpha.png", PNG_FORMAT_RGBA, SIDE, SIDE, rgba);
    FILE *file = fopen(in_root("alpha.png"), "rb");
    assert_non_null(file);
    c.size = fread(c.bytes, 1, ROOM, file);
    fclose(file);
    assert_int_equal(decode(&c, &expected, NULL), RL_OK);
    size_t partial = 0;
    double sum = 0;
    for (size_t i = 0; i < sizeof rgb; i++) {
        const int alpha = rgba[i / 3 * 4 + 3], difference = abs(found.rgb[i] - expected.rgb[i]);
        assert_in_range(difference, 0, alpha == 0 || alpha == 255 ? 0 : 15);
        sum += difference;
        partial += found.rgb[i] != 0 && found.rgb[i] != rgb[i];
    }
    assert_true(sum / (double)partial < 2);
    assert_true(partial > 1000);
    rl_free(found.rgb);
    rl_free(expected.rgb);
}

static void put_chunk(content *c, const char *name, const void *data, uint32_t size) {
    const uint8_t head[8] = {(uint8_t)name[0], (uint8_t)name[1], (uint8_t)name[2], (uint8_t)name[3],
                             (uint8_t)size};
    insert(c, c->size, head, 8);
    insert(c, c->size, data, size);
    if (size % 2)
        insert(c, c->size, "", 1);
    const uint32_t riff = (uint32_t)c->size - 8;
    for (size_t i = 0; i < 4; i++)
        c->bytes[4 + i] = (uint8_t)(riff >> 8 * i);
}

/* The extended form: a head that says what there is, the image's own chunk, and EXIF data. */
static content extended_webp(uint8_t flags, const char *marker, size_t marker_size) {
    uint8_t rgba[SIDE * SIDE * 4], exif[64];
    with_alpha(rgba, false);
    const content simple = webp_of(rgba, true);
    content c = {.bytes = "RIFF....WEBP", .size = 12};
    const uint8_t head[10] = {flags, 0, 0, 0, SIDE - 1, 0, 0, SIDE - 1, 0, 0};
    /* Little-endian TIFF: one entry, Orientation (0x0112), a short: 6, the first row at the right.
     */
    static const uint8_t tiff[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3,
                                   0,   1,   0,  0, 0, 6, 0, 0, 0, 0, 0,    0,    0};
    put_chunk(&c, "VP8X", head, 10);
    insert(&c, c.size, simple.bytes + 12, simple.size - 12);
    memcpy(exif, marker, marker_size);
    memcpy(exif + marker_size, tiff, sizeof tiff);
    put_chunk(&c, "EXIF", exif, (uint32_t)(marker_size + sizeof tiff));
    return c;
}

static void webp_orientation(void **state) {
    (void)state;
    for (int marked = 0; marked < 2; marked++) {
        const content c = extended_webp(8, "Exif\0", marked ? 6 : 0);
        uint8_t rgb[SIDE * SIDE * 3];
        rl_bitmap found;
        fill(rgb);
        assert_int_equal(decode(&c, &found, NULL), RL_OK);
        for (size_t y = 0; y < SIDE; y++) /* turned to the right */
            for (size_t x = 0; x < SIDE; x++)
                assert_memory_equal(found.rgb + (y * SIDE + x) * 3,
                                    rgb + ((SIDE - 1 - x) * SIDE + y) * 3, 3);
        rl_free(found.rgb);
    }
}

static void webp_flaws(void **state) {
    (void)state;
    uint8_t rgba[SIDE * SIDE * 4];
    for (int lossless = 0; lossless < 2; lossless++) {
        with_alpha(rgba, false);
        const content good = webp_of(rgba, lossless);
        content c = good;
        insert(&c, c.size, "more", 4);
        assert_good(&c, &good, "");
        for (size_t cut = 12; cut < good.size; cut += cut < 60 || cut + 20 > good.size ? 1 : 13) {
            c = good;
            c.size = cut;
            assert_refused(&c, "damaged WebP");
        }
        c = good;
        memset(c.bytes + 20, 0xff, 8);
        assert_refused(&c, "damaged WebP");
    }
    const content c = extended_webp(8 | 2, "", 0);
    assert_refused(&c, "an animated WebP, expected a still image");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(jpeg_strays_cost_nothing),
        TEST(jpeg_cuts_are_refused),
        TEST(jpeg_corrupt_data_are_refused),
        TEST(png_flaws),
        TEST(webp_pixels),
        TEST(webp_orientation),
        TEST(webp_flaws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
