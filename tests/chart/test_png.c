/* SVG to PNG: size, pixels where the line is, and what is refused. */
#include "charts.h"

#include "base/file.h"
#include "base/memory.h"

#include <cairo.h>
#include <stdio.h>
#include <unistd.h>

static char path[] = "/tmp/reslab-test-XXXXXX";

/* A pixel of the picture, 0xrrggbb. */
static uint32_t pixel(cairo_surface_t *picture, int x, int y) {
    const unsigned char *data = cairo_image_surface_get_data(picture);
    uint32_t value;
    memcpy(&value, data + (ptrdiff_t)y * cairo_image_surface_get_stride(picture) + 4 * x,
           sizeof value);
    return value & 0xFFFFFF;
}

static void chart_as_png(void **state) {
    (void)state;
    static const double flat[] = {1, 1, 1, 1};
    const rl_series series = {"relu", 4, epochs, flat, NULL, NULL, 0, NULL};
    const rl_chart chart = chart_of(&series, 1);
    rl_buffer svg = svg_of(&chart, RL_SVG_PRINT);
    double points[4][2];
    assert_int_equal(points_of(line_of(svg.text, 0), points, 4), 4);
    rl_error error;
    if (rl_svg_to_png(svg.text, svg.length, 2, path, &error) != RL_OK)
        fail_msg("%s", error.message);
    cairo_surface_t *picture = cairo_image_surface_create_from_png(path);
    assert_int_equal(cairo_surface_status(picture), CAIRO_STATUS_SUCCESS);
    const int width = cairo_image_surface_get_width(picture);
    const int height = cairo_image_surface_get_height(picture);
    assert_int_equal(width, (int)ceil(2 * attribute(svg.text, "width")));
    assert_int_equal(height, (int)ceil(2 * attribute(svg.text, "height")));
    const int x = (int)(points[0][0] + points[1][0]), y = (int)(2 * points[0][1]);
    assert_int_equal(pixel(picture, x, y), 0x0072b2);
    assert_int_equal(pixel(picture, x, y - 40), 0xffffff);
    assert_int_equal(pixel(picture, 0, 0), 0xffffff);
    cairo_surface_destroy(picture);
    rl_buffer_clear(&svg);
}

static void what_is_no_svg(void **state) {
    (void)state;
    static const char *const wrong[] = {"", "no drawing", "<svg", "<html></html>",
                                        "<svg xmlns=\"http://www.w3.org/2000/svg\">"};
    assert_int_equal(rl_file_replace_bytes(path, "old", 3, NULL), RL_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        rl_error error;
        assert_int_equal(rl_svg_to_png(wrong[i], strlen(wrong[i]), 1, path, &error),
                         RL_ERROR_FORMAT);
        assert_non_null(strstr(error.message, path));
        assert_null(strchr(error.message, '\n'));
    }
    static const char good[] =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\"/>";
    assert_int_equal(rl_svg_to_png(good, strlen(good), 1e6, path, NULL), RL_ERROR_ARGUMENT);
    assert_int_equal(rl_svg_to_png(good, strlen(good), 0, path, NULL), RL_ERROR_ARGUMENT);
    assert_int_equal(rl_svg_to_png(good, strlen(good), NAN, path, NULL), RL_ERROR_ARGUMENT);
    assert_int_equal(rl_svg_to_png(good, strlen(good), 1, "/nowhere/x.png", NULL), RL_ERROR_IO);
    uint8_t *data;
    size_t size;
    assert_int_equal(rl_file_read(path, 100, &data, &size, NULL), RL_OK);
    assert_string_equal((const char *)data, "old");
    rl_free(data);
}

/* A drawing cannot bring in files of the machine. */
static void no_file_is_followed(void **state) {
    (void)state;
    static const char red[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"8\" height=\"8\">"
                              "<rect width=\"8\" height=\"8\" fill=\"red\"/></svg>";
    char inner[] = "/tmp/reslab-inner-XXXXXX", outer[400];
    const int file = mkstemp(inner);
    assert_true(file >= 0);
    assert_int_equal(write(file, red, strlen(red)), strlen(red));
    close(file);
    snprintf(outer, sizeof outer,
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"8\" height=\"8\">"
             "<image href=\"file://%s\" width=\"8\" height=\"8\"/></svg>",
             inner);
    assert_int_equal(rl_svg_to_png(outer, strlen(outer), 1, path, NULL), RL_OK);
    cairo_surface_t *picture = cairo_image_surface_create_from_png(path);
    assert_int_equal(cairo_surface_status(picture), CAIRO_STATUS_SUCCESS);
    assert_int_equal(pixel(picture, 4, 4), 0);
    cairo_surface_destroy(picture);
    unlink(inner);
}

int main(void) {
    const int file = mkstemp(path);
    if (file < 0)
        return 1;
    close(file);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chart_as_png),
        cmocka_unit_test(what_is_no_svg),
        cmocka_unit_test(no_file_is_followed),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
