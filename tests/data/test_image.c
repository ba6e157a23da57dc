/* Decoding and resizing of single images, against values known by construction and a resize written
 * in another way in double precision. */
#include "data/fixtures.h"

#include "data/image_decode.h"

#include <math.h>

/* ---- The reference filter: a direct double sum over all source pixels of each output pixel ----
 */

static double triangle(double x) {
    return fabs(x) < 1 ? 1 - fabs(x) : 0;
}

/* Sum over the source of w(x) w(y) p / sum of w(x) w(y), no separation, no tap lists. */
static double reference_pixel(const uint8_t *rgb, size_t width, size_t x0, size_t y0, size_t side,
                              size_t oy, size_t ox, size_t c) {
    double scale = (double)side / 32, support = scale > 1 ? scale : 1, sum = 0, total = 0;
    for (size_t y = 0; y < side; y++) {
        double wy = triangle(((double)y + 0.5 - ((double)oy + 0.5) * scale) / support);
        for (size_t x = 0; wy > 0 && x < side; x++) {
            double w = wy * triangle(((double)x + 0.5 - ((double)ox + 0.5) * scale) / support);
            sum += w * rgb[((y0 + y) * width + x0 + x) * 3 + c];
            total += w;
        }
    }
    return sum / total;
}

static void check_fit(size_t width, size_t height) {
    uint8_t *rgb = malloc(width * height * 3), pixels[RL_IMAGE_BYTES];
    assert_non_null(rgb);
    for (size_t i = 0; i < width * height * 3; i++)
        rgb[i] = (uint8_t)((i * 2654435761u >> 13) & 255);
    assert_int_equal(rl_image_fit(rgb, width, height, pixels, NULL), RL_OK);

    const size_t side = width < height ? width : height;
    const size_t x0 = (width - side) / 2, y0 = (height - side) / 2;
    /* Rounding to the nearest integer, plus the error of two float sums of `taps` products of
     * weights that sum to 1 and pixels up to 255: taps + 2 roundings each way. */
    const double taps = 2.0 * ceil(fmax((double)side / 32, 1)) + 1;
    const double bound = 0.5 + 255 * 2 * (taps + 2) * 0x1p-24;
    for (size_t y = 0; y < 32; y++)
        for (size_t x = 0; x < 32; x++)
            for (size_t c = 0; c < 3; c++) {
                double expected = reference_pixel(rgb, width, x0, y0, side, y, x, c);
                double difference = fabs(pixels[(y * 32 + x) * 3 + c] - expected);
                if (difference > bound)
                    fail_msg("%zux%zu at (%zu,%zu,%zu): %d, expected %f", width, height, y, x, c,
                             pixels[(y * 32 + x) * 3 + c], expected);
            }
    free(rgb);
}

static void test_fit_matches_reference(void **state) {
    (void)state;
    static const size_t sizes[][2] = {{1, 1},   {1, 9},   {2, 3},   {31, 31}, {33, 33},
                                      {32, 40}, {41, 32}, {64, 64}, {97, 75}, {50, 173}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_fit(sizes[i][0], sizes[i][1]);
}

static void test_fit_keeps_constant_images(void **state) {
    (void)state;
    enum { WIDTH = 301, HEIGHT = 257 };
    uint8_t *rgb = malloc(WIDTH * HEIGHT * 3), pixels[RL_IMAGE_BYTES];
    assert_non_null(rgb);
    static const int values[] = {0, 1, 127, 254, 255};
    for (size_t v = 0; v < 5; v++) {
        memset(rgb, values[v], WIDTH * HEIGHT * 3);
        assert_int_equal(rl_image_fit(rgb, WIDTH, HEIGHT, pixels, NULL), RL_OK);
        for (size_t i = 0; i < RL_IMAGE_BYTES; i++)
            assert_int_equal(pixels[i], values[v]);
    }
    free(rgb);
}

static void test_fit_passes_32x32_and_refuses_nothing(void **state) {
    (void)state;
    uint8_t rgb[RL_IMAGE_BYTES], pixels[RL_IMAGE_BYTES];
    rl_error error;
    for (size_t i = 0; i < RL_IMAGE_BYTES; i++)
        rgb[i] = (uint8_t)(i * 37);
    assert_int_equal(rl_image_fit(rgb, 32, 32, pixels, NULL), RL_OK);
    assert_memory_equal(rgb, pixels, RL_IMAGE_BYTES);
    rl_status status = rl_image_fit(rgb, 32, 0, pixels, &error);
    assert_error(&error, status, RL_ERROR_ARGUMENT, "32 x 0", NULL);
}

/* ---- Decoding ---- */

static void decode(const char *name, uint8_t pixels[RL_IMAGE_BYTES]) {
    rl_error error;
    if (rl_image_load(in_root(name), pixels, &error) != RL_OK)
        fail_msg("%s", error.message);
}

static void fill_rgb(uint8_t pixels[RL_IMAGE_BYTES]) {
    for (size_t y = 0; y < 32; y++)
        for (size_t x = 0; x < 32; x++)
            for (size_t c = 0; c < 3; c++)
                pixels[(y * 32 + x) * 3 + c] = test_pixel(1, y, x, c);
}

static void test_png_color_types(void **state) {
    (void)state;
    uint8_t rgb[RL_IMAGE_BYTES], gray[1024], rgba[4096], pixels[RL_IMAGE_BYTES];
    fill_rgb(rgb);
    write_png("rgb.png", PNG_FORMAT_RGB, 32, 32, rgb);
    decode("rgb.png", pixels);
    assert_memory_equal(pixels, rgb, RL_IMAGE_BYTES);

    for (size_t i = 0; i < 1024; i++) {
        gray[i] = (uint8_t)i;
        memcpy(rgba + 4 * i, rgb + 3 * i, 3);
        rgba[4 * i + 3] = i % 2 ? 255 : 0;
    }
    write_png("gray.png", PNG_FORMAT_GRAY, 32, 32, gray);
    decode("gray.png", pixels);
    for (size_t i = 0; i < RL_IMAGE_BYTES; i++)
        assert_int_equal(pixels[i], gray[i / 3]);

    write_png("rgba.png", PNG_FORMAT_RGBA, 32, 32, rgba); /* over black */
    decode("rgba.png", pixels);
    for (size_t i = 0; i < RL_IMAGE_BYTES; i++)
        assert_int_equal(pixels[i], (i / 3) % 2 ? rgb[i] : 0);
}

/* 16 bits a channel are sRGB like 8 bits, not linear light: mid-grey stays mid-grey. Written with
 * libpng's full interface, since the simplified one writes linear 16-bit files with a gAMA chunk.
 */
static void test_png_16_bit(void **state) {
    (void)state;
    uint8_t row[64], pixels[RL_IMAGE_BYTES];
    memset(row, 0x80, sizeof row);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    FILE *file = fopen(in_root("gray16.png"), "wb");
    assert_non_null(file);
    if (setjmp(png_jmpbuf(png)))
        fail_msg("libpng cannot write");
    png_init_io(png, file);
    png_set_IHDR(png, info, 32, 32, 16, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (size_t y = 0; y < 32; y++)
        png_write_row(png, row);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    assert_int_equal(fclose(file), 0);

    decode("gray16.png", pixels);
    for (size_t i = 0; i < RL_IMAGE_BYTES; i++)
        assert_int_equal(pixels[i], 0x80);
}

/* Quality 100 divides by 1, so what is lost is roundings: of YCbCr (0.5 each, up to 1.772 times in
 * RGB), of the coefficients (0.5 on each of 64, orthonormal: 0.5 rms in pixels), and of RGB. */
static void assert_near(const uint8_t *pixels, const uint8_t *expected, int bound) {
    for (size_t i = 0; i < RL_IMAGE_BYTES; i++)
        if (abs(pixels[i] - expected[i]) > bound)
            fail_msg("byte %zu: %d, expected %d", i, pixels[i], expected[i]);
}

static void test_jpeg_color_spaces(void **state) {
    (void)state;
    uint8_t rgb[RL_IMAGE_BYTES], cmyk[4096], pixels[RL_IMAGE_BYTES];
    for (size_t y = 0; y < 32; y++)
        for (size_t x = 0; x < 32; x++) {
            uint8_t *p = rgb + (y * 32 + x) * 3, *q = cmyk + (y * 32 + x) * 4;
            p[0] = (uint8_t)(40 + 5 * y), p[1] = (uint8_t)(60 + 4 * x), p[2] = (uint8_t)(y + x);
            memcpy(q, p, 3);
            q[3] = 255; /* no black ink, in the inverted storage of Adobe */
        }
    write_jpeg("rgb.jpg", TJPF_RGB, 32, 32, rgb, TJSAMP_444);
    decode("rgb.jpg", pixels);
    assert_near(pixels, rgb, 4);
    write_jpeg("cmyk.jpeg", TJPF_CMYK, 32, 32, cmyk, TJSAMP_444);
    decode("cmyk.jpeg", pixels);
    assert_near(pixels, rgb, 4);
    for (size_t i = 0; i < 1024; i++)
        cmyk[i * 4 + 3] = 0; /* all black */
    write_jpeg("black.jpeg", TJPF_CMYK, 32, 32, cmyk, TJSAMP_444);
    decode("black.jpeg", pixels);
    memset(rgb, 0, sizeof rgb);
    assert_near(pixels, rgb, 4);

    uint8_t gray[1024];
    for (size_t i = 0; i < 1024; i++)
        rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = gray[i] = (uint8_t)(i / 8);
    write_jpeg("gray.JPG", TJPF_GRAY, 32, 32, gray, TJSAMP_GRAY);
    decode("gray.JPG", pixels);
    assert_near(pixels, rgb, 4);
}

static void expect_bad(const char *name, rl_status code, const char *why) {
    uint8_t pixels[RL_IMAGE_BYTES];
    rl_error error;
    rl_status status = rl_image_load(in_root(name), pixels, &error);
    assert_error(&error, status, code, name, why, NULL);
}

/* Wherever a file is cut: an error, or nothing was lost (the last bytes are checksums and end
 * marks). Pixels that the decoder made up would be neither. */
static void check_cuts(const char *name) {
    uint8_t whole[RL_IMAGE_BYTES], pixels[RL_IMAGE_BYTES];
    decode(name, whole);
    const size_t size = file_size(name);
    size_t failures = 0;
    for (size_t cut = size - 1; cut > 0; cut -= cut + 40 > size ? 1 : cut > 37 ? 37 : cut) {
        rl_error error;
        cut_file(name, cut);
        rl_status status = rl_image_load(in_root(name), pixels, &error);
        if (status == RL_OK && cut + 40 > size) {
            assert_memory_equal(pixels, whole, RL_IMAGE_BYTES);
            continue;
        }
        assert_error(&error, status, RL_ERROR_FORMAT, name, cut < 8 ? "" : "damaged", NULL);
        failures++;
    }
    assert_true(failures > size / 40);
}

static void test_truncation_never_makes_up_pixels(void **state) {
    (void)state;
    uint8_t rgb[RL_IMAGE_BYTES];
    fill_rgb(rgb);
    write_png("a.png", PNG_FORMAT_RGB, 32, 32, rgb);
    check_cuts("a.png");
    write_jpeg("a.jpg", TJPF_RGB, 32, 32, rgb, TJSAMP_420);
    check_cuts("a.jpg");
}

static void test_not_an_image(void **state) {
    (void)state;
    write_file("text.png", "hello", 5);
    expect_bad("text.png", RL_ERROR_FORMAT, "expected a JPEG, PNG, BMP, Netpbm or WebP file");
    write_file("empty.jpg", "", 0);
    expect_bad("empty.jpg", RL_ERROR_FORMAT,
               "an empty file, expected a JPEG, PNG, BMP, Netpbm or WebP file");
    expect_bad("missing.jpg", RL_ERROR_IO, "No such file");
    make_folder("folder.png");
    expect_bad("folder.png", RL_ERROR_IO, "folder");
}

/* Headers that promise more pixels than the caps allow fail before anything is allocated. */
static void test_size_caps(void **state) {
    (void)state;
    uint8_t *plain = calloc(16385, 3);
    assert_non_null(plain);
    write_png("wide.png", PNG_FORMAT_RGB, 16385, 1, plain);
    expect_bad("wide.png", RL_ERROR_FORMAT, "16385 x 1 pixels");
    write_jpeg("tall.jpg", TJPF_RGB, 1, 16385, plain, TJSAMP_444);
    expect_bad("tall.jpg", RL_ERROR_FORMAT, "1 x 16385 pixels");

    write_jpeg("bomb.jpg", TJPF_RGB, 8, 8, plain, TJSAMP_444);
    FILE *file = fopen(in_root("bomb.jpg"), "r+b");
    assert_non_null(file);
    int before = 0, byte;
    while ((byte = fgetc(file)) != EOF && !(before == 0xff && byte == 0xc0))
        before = byte;
    static const uint8_t size[] = {0x40, 0x00, 0x3f, 0xff}; /* 16384 x 16383 */
    assert_int_equal(fseek(file, 3, SEEK_CUR), 0);
    assert_int_equal(fwrite(size, 1, sizeof size, file), sizeof size);
    assert_int_equal(fclose(file), 0);
    expect_bad("bomb.jpg", RL_ERROR_FORMAT, "16383 x 16384 pixels");
    free(plain);
}

static void test_image_names(void **state) {
    (void)state;
    static const char *const yes[] = {"a.jpg", "a.JPEG", "b.c.Png", ".png",   "a.bmp", "a.PPM",
                                      "a.pgm", "a.pbm",  "a.pnm",   "a.WebP", "a.jfif"};
    static const char *const no[] = {"a", "a.jpg.txt", "jpg", "a.gif", "png", ""};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(rl_image_name(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(rl_image_name(no[i]));
    char endings[100], cut[8];
    rl_image_endings(endings, sizeof endings);
    assert_string_equal(endings,
                        ".jpg, .jpeg, .jpe, .jfif, .png, .bmp, .ppm, .pgm, .pbm, .pnm or .webp");
    rl_image_endings(cut, sizeof cut);
    assert_int_equal(strlen(cut), sizeof cut - 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_fit_matches_reference),
        TEST(test_fit_keeps_constant_images),
        TEST(test_fit_passes_32x32_and_refuses_nothing),
        TEST(test_png_color_types),
        TEST(test_png_16_bit),
        TEST(test_jpeg_color_spaces),
        TEST(test_truncation_never_makes_up_pixels),
        TEST(test_not_an_image),
        TEST(test_size_caps),
        TEST(test_image_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
