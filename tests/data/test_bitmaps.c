/* BMP and Netpbm files, made here byte by byte: every kind of pixel, and everything that a head can
 * get wrong. */
#include "data/fixtures.h"

#include "base/memory.h"
#include "data/image_decode.h"

typedef struct {
    uint8_t bytes[2048];
    size_t size;
} content;

/* Decodes from a block of exactly that size, so that a sanitizer sees what is read past it. */
static rl_status decode(const void *bytes, size_t size, rl_bitmap *bitmap, rl_error *error) {
    uint8_t *exact = malloc(size);
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    const rl_status status = rl_image_decode(&(rl_image_file){exact, size, "x"}, bitmap, error);
    if (status != RL_OK)
        assert_null(bitmap->rgb);
    free(exact);
    return status;
}

static void assert_pixels(const void *bytes, size_t size, size_t width, size_t height,
                          const uint8_t *rgb) {
    rl_bitmap bitmap;
    rl_error error;
    if (decode(bytes, size, &bitmap, &error) != RL_OK)
        fail_msg("%s", error.message);
    assert_int_equal(bitmap.width, width);
    assert_int_equal(bitmap.height, height);
    for (size_t i = 0; i < width * height * 3; i++)
        if (bitmap.rgb[i] != rgb[i])
            fail_msg("byte %zu: %d, expected %d", i, bitmap.rgb[i], rgb[i]);
    rl_free(bitmap.rgb);
}

static void assert_refused(const void *bytes, size_t size, const char *why) {
    rl_bitmap bitmap;
    rl_error error;
    const rl_status status = decode(bytes, size, &bitmap, &error);
    assert_error(&error, status, RL_ERROR_FORMAT, why, NULL);
}

/* No pixel is made up where a file is cut; the last `padding` bytes hold none. */
static void assert_cuts_are_refused(const void *bytes, size_t size, size_t padding) {
    rl_bitmap bitmap;
    for (size_t cut = 3; cut < size - padding; cut++)
        assert_refused(bytes, cut, "damaged");
    for (size_t cut = size - padding; cut < size; cut++) {
        assert_int_equal(decode(bytes, cut, &bitmap, NULL), RL_OK);
        assert_string_equal(bitmap.remark, "its last row is not padded");
        rl_free(bitmap.rgb);
    }
}

/* ---- BMP ---- */

static void put(content *c, size_t count, uint32_t value) {
    for (size_t i = 0; i < count; i++)
        c->bytes[c->size++] = (uint8_t)(value >> 8 * i);
}

/* Both heads, with `between` bytes to follow before the pixels. */
static content bmp(uint32_t head_size, int32_t height, uint32_t bits, uint32_t compression,
                   uint32_t between) {
    content c = {.bytes = "BM", .size = 10};
    put(&c, 4, 14 + head_size + between);
    put(&c, 4, head_size);
    put(&c, head_size == 12 ? 2 : 4, 3);
    put(&c, head_size == 12 ? 2 : 4, (uint32_t)height);
    put(&c, 2, 1);
    put(&c, 2, bits);
    if (head_size > 12)
        put(&c, 4, compression);
    c.size = 14 + rl_min(head_size, 40); /* masks come next, in later heads as behind the first */
    return c;
}

static void end_head(content *c) {
    c->size = c->bytes[10];
}

static const uint8_t colors[18] = {255, 0,  0,   0,   255, 0,   0, 0,   255, /* upper row */
                                   8,   16, 250, 255, 255, 255, 0, 123, 77};

/* Rows of three colours as BMP has them: from below, blue first, padded to four bytes. */
static void put_colors(content *c, bool from_top, size_t pixel_bytes) {
    for (size_t r = 0; r < 2; r++) {
        for (size_t x = 0; x < 3; x++) {
            const uint8_t *p = colors + ((from_top ? r : 1 - r) * 3 + x) * 3;
            put(c, pixel_bytes, (uint32_t)(p[0] << 16 | p[1] << 8 | p[2]));
        }
        while (pixel_bytes == 3 && c->size % 4 != (14u + c->bytes[14]) % 4)
            put(c, 1, 0xee);
    }
}

static void test_bmp_heads(void **state) {
    (void)state;
    static const uint32_t heads[] = {12, 40, 52, 56, 64, 108, 124};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        for (int from_top = 0; from_top < (heads[i] == 12 ? 1 : 2); from_top++) {
            content c = bmp(heads[i], from_top ? -2 : 2, 24, 0, 0);
            end_head(&c);
            put_colors(&c, from_top, 3);
            assert_pixels(c.bytes, c.size, 3, 2, colors);
            assert_cuts_are_refused(c.bytes, c.size, 3);
        }
}

static void test_bmp_masks(void **state) {
    (void)state;
    content c = bmp(40, 2, 32, 0, 0);
    put_colors(&c, false, 4);
    assert_pixels(c.bytes, c.size, 3, 2, colors);

    uint8_t swapped[18]; /* red and blue */
    for (size_t i = 0; i < 18; i++)
        swapped[i] = colors[i / 3 * 3 + 2 - i % 3];
    for (uint32_t head = 40; head <= 124; head += 84) {
        c = bmp(head, -2, 32, 3, head == 40 ? 12 : 0);
        put(&c, 4, 0x0000ff);
        put(&c, 4, 0x00ff00);
        put(&c, 4, 0xff0000);
        end_head(&c);
        put_colors(&c, true, 4);
        assert_pixels(c.bytes, c.size, 3, 2, swapped);
        assert_cuts_are_refused(c.bytes, c.size, 0);
    }
    c.bytes[54] = 0xfb;
    assert_refused(c.bytes, c.size, "gaps");
    memset(c.bytes + 54, 0, 12); /* no channel at all: black */
    const uint8_t black[18] = {0};
    assert_pixels(c.bytes, c.size, 3, 2, black);
}

/* 16 bits a pixel: 5 each, or as the masks say 5, 6, 5. */
static void test_bmp_16_bits(void **state) {
    (void)state;
    const uint8_t expected[18] = {255, 255, 255, 0, 0, 0,   255, 0,   0,
                                  0,   255, 0,   0, 0, 255, 8,   132, 247}; /* 1, 16, 30 of 31 */
    content c = bmp(40, -2, 16, 0, 0);
    const uint16_t plain[] = {0x7fff, 0, 0x7c00, 0x03e0, 0x001f, 1 << 10 | 16 << 5 | 30};
    for (size_t i = 0; i < 6; i++) {
        put(&c, 2, plain[i]);
        if (i % 3 == 2)
            put(&c, 2, 0xffff);
    }
    assert_pixels(c.bytes, c.size, 3, 2, expected);

    uint8_t finer[18];
    memcpy(finer, expected, 18);
    finer[16] = 130; /* 32 of 63 */
    c = bmp(40, -2, 16, 3, 12);
    put(&c, 4, 0xf800), put(&c, 4, 0x07e0), put(&c, 4, 0x001f);
    const uint16_t masked[] = {0xffff, 0, 0xf800, 0x07e0, 0x001f, 1 << 11 | 32 << 5 | 30};
    for (size_t i = 0; i < 6; i++) {
        put(&c, 2, masked[i]);
        if (i % 3 == 2)
            put(&c, 2, 0xffff);
    }
    assert_pixels(c.bytes, c.size, 3, 2, finer);
}

/* `used` colours of a palette, 0 for all of them; pixel i has colour i % modulus. */
static content palette_bmp(uint32_t head, uint32_t bits, uint32_t used, uint32_t modulus) {
    const uint32_t count = used ? used : 1u << bits, entry = head == 12 ? 3 : 4;
    content c = bmp(head, 2, bits, 0, count * entry);
    if (head != 12)
        c.bytes[46] = (uint8_t)used;
    c.bytes[10] = (uint8_t)(14 + head + count * entry);
    c.bytes[11] = (uint8_t)((14 + head + count * entry) >> 8);
    c.size = 14 + head;
    for (uint32_t i = 0; i < count; i++)
        put(&c, entry, (i * 7 % 256) << 16 | (i * 11 % 256) << 8 | (255 - i));
    for (size_t row = 2; row-- > 0;) {
        uint32_t line = 0;
        for (uint32_t x = 0; x < 3; x++)
            line |= (uint32_t)((row * 3 + x) % modulus) << (32 - bits * (x + 1));
        for (size_t i = 0; i < 4; i++)
            c.bytes[c.size++] = (uint8_t)(line >> (24 - 8 * i));
    }
    return c;
}

static void test_bmp_palettes(void **state) {
    (void)state;
    static const struct {
        uint32_t head, bits, used, modulus;
    } cases[] = {{40, 1, 0, 2}, {40, 2, 0, 4}, {40, 4, 0, 6}, {40, 8, 0, 6}, {40, 8, 6, 6},
                 {12, 1, 0, 2}, {12, 4, 0, 6}, {12, 8, 0, 6}, {108, 8, 0, 6}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const content c =
            palette_bmp(cases[i].head, cases[i].bits, cases[i].used, cases[i].modulus);
        uint8_t expected[18];
        for (size_t p = 0; p < 6; p++) {
            const size_t color = p % cases[i].modulus;
            expected[p * 3] = (uint8_t)(color * 7);
            expected[p * 3 + 1] = (uint8_t)(color * 11);
            expected[p * 3 + 2] = (uint8_t)(255 - color);
        }
        assert_pixels(c.bytes, c.size, 3, 2, expected);
        assert_cuts_are_refused(c.bytes, c.size, 4 - rl_divide_up(3 * cases[i].bits, 8));
    }
    const content few = palette_bmp(40, 8, 5, 6);
    assert_refused(few.bytes, few.size, "no colour in the palette");
}

static void test_bmp_refusals(void **state) {
    (void)state;
    content good = bmp(40, 2, 24, 0, 0);
    put_colors(&good, false, 3);
    static const struct {
        size_t at;
        uint8_t value;
        const char *why;
    } changes[] = {{14, 39, "head of no known version"},
                   {14, 125, "head of no known version"},
                   {10, 53, "pixels are said"},
                   {11, 0xff, "pixels are said"},
                   {13, 0xff, "pixels are said"},
                   {18, 0, "0 x 2 pixels"},
                   {22, 0, "3 x 0 pixels"},
                   {21, 0xff, "pixels, expected sides"},
                   {25, 0x80, "pixels, expected sides"},
                   {19, 0x10, "ends before its last pixel"},
                   {28, 7, "number of bits"},
                   {28, 0, "number of bits"},
                   {28, 8, "palette that reaches"},
                   {30, 1, "compressed"},
                   {30, 3, "number of bits"},
                   {31, 1, "compressed"}};
    assert_pixels(good.bytes, good.size, 3, 2, colors);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        content c = good;
        c.bytes[changes[i].at] = changes[i].value;
        assert_refused(c.bytes, c.size, changes[i].why);
    }
    content c = bmp(40, 2, 32, 3, 0); /* masks where the pixels begin */
    put_colors(&c, false, 4);
    assert_refused(c.bytes, c.size, "masks that reach");
}

/* ---- Netpbm ---- */

#define ASSERT_NETPBM(text, width, height, ...)                                                    \
    do {                                                                                           \
        const uint8_t expected_[] = {__VA_ARGS__};                                                 \
        assert_pixels(text, sizeof(text) - 1, width, height, expected_);                           \
        assert_int_equal(sizeof expected_, (width) * (height)*3);                                  \
    } while (0)

static void test_netpbm_kinds(void **state) {
    (void)state;
    ASSERT_NETPBM("P1\n# a comment 9 9\n2 2\n01\n1 0\n", 2, 2, 255, 255, 255, 0, 0, 0, 0, 0, 0, 255,
                  255, 255);
    ASSERT_NETPBM("P2 2#width\n#\n 1 15 3\t15", 2, 1, 51, 51, 51, 255, 255, 255);
    ASSERT_NETPBM("P3\n1 2\n255\n1 2 3 250 251 252\n", 1, 2, 1, 2, 3, 250, 251, 252);
    ASSERT_NETPBM("P5 2 1 255\n\x0a\xc8", 2, 1, 10, 10, 10, 200, 200, 200);
    ASSERT_NETPBM("P5 2 1 65535\n\x80\x80\x00\x01", 2, 1, 128, 128, 128, 0, 0, 0);
    ASSERT_NETPBM("P6 1 2 255 \x01\x02\x03\n\x05\x06", 1, 2, 1, 2, 3, 10, 5, 6);
    ASSERT_NETPBM("P6 1 1 1000\n\x00\x00\x01\xf4\x03\xe8 more", 1, 1, 0, 128, 255);
    ASSERT_NETPBM("P6 1 1 1\n\x00\x01\x01", 1, 1, 0, 255, 255);
}

/* Eight pixels a byte, the first in its highest bit; rows end with a byte of their own. */
static void test_netpbm_bits(void **state) {
    (void)state;
    uint8_t expected[2 * 9 * 3];
    memset(expected, 0, sizeof expected);
    memset(expected + 3, UINT8_MAX, 3);         /* the second of the first row */
    memset(expected + 9 * 3, UINT8_MAX, 8 * 3); /* all but the last of the second */
    assert_pixels("P4\n9 2\n\xbf\xff\x00\x80", 11, 9, 2, expected);
}

static void test_netpbm_refusals(void **state) {
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {{"P5 \n", "no size"},
                 {"P5 2\n", "no size"},
                 {"P5 -2 1 255\n12", "no size"},
                 {"P5 99999999999999999999 1 255\n", "no size"},
                 {"P5 2 1\n", "no largest value"},
                 {"P5 2 1 x", "no largest value"},
                 {"P5 2 1 0\n12", "not in 1 to 65535"},
                 {"P5 2 1 65536\n1234", "not in 1 to 65535"},
                 {"P5 2 1 255", "no pixels"},
                 {"P5 2 1 255x12", "no pixels"},
                 {"P5 0 1 255\n", "0 x 1 pixels"},
                 {"P6 16385 1 255\n", "16385 x 1 pixels"},
                 {"P6 16384 16384 255\n", "pixels, expected"},
                 {"P6 16384 8192 255\n", "ends before its last pixel"},
                 {"P1 16384 8192\n", "ends before its last pixel"},
                 {"P5 2 1 65535\n123", "ends before its last pixel"},
                 {"P4 9 1\n1", "ends before its last pixel"},
                 {"P2 2 1 9\n10 9", "no number up to the largest"},
                 {"P2 2 1 9\n1 -9", "no number up to the largest"},
                 {"P2 2 1 9\n1 x9", "no number up to the largest"},
                 {"P2 2 1 9\n1     ", "no number up to the largest"},
                 {"P1 2 1\n12", "no number up to the largest"},
                 {"P1 2 1\n1/", "no number up to the largest"},
                 {"P5 2 1 9\n\t\n", "no number up to the largest"},
                 {"P7 2 1 255\n12", "not an image"},
                 {"P0 2 1 255\n12", "not an image"},
                 {"P5", "not an image"},
                 {"Pigs can fly", "not an image"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(cases[i].text, strlen(cases[i].text), cases[i].why);
    static const char *const whole[] = {"P1 3 2\n010101", "P2 2 1 255\n1 2",  "P3 1 1 9\n1 2 3",
                                        "P4 9 2\nabcd",   "P5 2 2 255\nabcd", "P6 1 2 255\nabcdef"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        assert_cuts_are_refused(whole[i], strlen(whole[i]), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bmp_heads),    cmocka_unit_test(test_bmp_masks),
        cmocka_unit_test(test_bmp_16_bits),  cmocka_unit_test(test_bmp_palettes),
        cmocka_unit_test(test_bmp_refusals), cmocka_unit_test(test_netpbm_kinds),
        cmocka_unit_test(test_netpbm_bits),  cmocka_unit_test(test_netpbm_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
