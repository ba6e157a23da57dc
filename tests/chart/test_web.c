/* What pages take from the charts: JSON, style sheet and its contrasts, scripts, the diagram. */
#include "charts.h"

#include "base/memory.h"
#include "chart/diagrams.h"
#include "chart/style.h"

#include <stdio.h>

static void rows_of_several_series(void **state) {
    (void)state;
    static const double x[] = {2, 4}, y[] = {7, NAN};
    static const double low[] = {1.5, 0.5, NAN, 0}, high[] = {2.5, 1.5, 1, 1};
    static const bool marked[] = {false, true, false, true};
    const rl_series series[] = {{"</script>\"", 4, epochs, falling, low, high, 9, marked},
                                {NULL, 2, x, y, NULL, NULL, 1, NULL}};
    rl_chart chart = chart_of(series, 2);
    chart.log_y = true; /* not with a bound at 0 */
    rl_buffer json = {0};
    rl_chart_json(&json, &chart);
    assert_false(json.failed);
    assert_string_equal(
        json.text,
        "{\"id\":\"test\",\"title\":\"Loss\",\"x_title\":\"Epoch\",\"y_title\":\"Training loss\","
        "\"percent\":false,\"integer_x\":true,\"log_x\":false,\"log\":false,\"log_allowed\":false,"
        "\"labels\":[\"\\u003c/script\\u003e\\u0022\",\"\"],\"colors\":[2,1],"
        "\"dashes\":[[10,3,2.5,3],[8,4]],\"marks\":[[2,4],[]],\"rows\":["
        "[1,[1.5,2,2.5],null],[2,[0.5,1,1.5],[7,7,7]],[3,[0.5,0.5,0.5],null],"
        "[4,[0,0.25,1],null]]}");
    rl_buffer_clear(&json);
    chart.series_count = 0;
    rl_chart_json(&json, &chart);
    assert_non_null(
        strstr(json.text, "\"labels\":[],\"colors\":[],\"dashes\":[],\"marks\":[],\"rows\":[]}"));
    rl_buffer_clear(&json);
}

/* Colour `name` in the rules of `css`, as "#rrggbb". */
static void find_color(const char *css, const char *name, char color[8]) {
    char start[40];
    snprintf(start, sizeof start, "--rl-%s: #", name);
    const char *at = strstr(css, start);
    if (!at)
        fail_msg("no %s", name);
    snprintf(color, 8, "%s", at + strlen(start) - 1);
}

/* Relative luminance of WCAG 2. */
static double luminance(const char *color) {
    static const double weights[] = {0.2126, 0.7152, 0.0722};
    const unsigned long rgb = strtoul(color + 1, NULL, 16);
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        const double c = (double)(rgb >> (16 - 8 * i) & 255) / 255;
        sum += weights[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double contrast(const char *a, const char *b) {
    const double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
    return x > y ? x / y : y / x;
}

static void contrasts(void **state) {
    (void)state;
    assert_true(fabs(contrast("#ffffff", "#000000") - 21) < 1e-9);
    const char *light = rl_chart_css(), *dark = strstr(light, "prefers-color-scheme: dark");
    assert_non_null(dark);
    const char *const grounds[] = {light, dark};
    for (size_t ground = 0; ground < 2; ground++) {
        char paper[8], color[8], name[8];
        find_color(grounds[ground], "ground", paper);
        find_color(grounds[ground], "ink", color);
        assert_true(contrast(paper, color) >= 7);
        find_color(grounds[ground], "muted", color);
        assert_true(contrast(paper, color) >= 4.5);
        for (size_t i = 0; i < RL_COLORS; i++) {
            snprintf(name, sizeof name, "c%zu", i);
            find_color(grounds[ground], name, color);
            if (contrast(paper, color) < 3)
                fail_msg("%s on %s: %.2f", color, paper, contrast(paper, color));
            if (ground == 0)
                assert_string_equal(color, rl_palette(i));
        }
    }
}

/* No two of the first 42 arms have the same colour and the same dashes. */
static void looks_differ(void **state) {
    (void)state;
    for (size_t i = 0; i < RL_COLORS * RL_DASHES; i++)
        for (size_t j = 0; j < i; j++) {
            const double *a, *b;
            rl_dashes(i, &a);
            rl_dashes(j, &b);
            assert_true(a != b || rl_palette(i) != rl_palette(j));
        }
}

static void scripts_are_there(void **state) {
    (void)state;
    assert_non_null(strstr(rl_chart_script(), "new Dygraph("));
    assert_non_null(strstr(rl_dygraphs_script(), "@license"));
    assert_non_null(strstr(rl_dygraphs_css(), ".dygraph-axis-label"));
    assert_null(strstr(rl_dygraphs_script(), "sourceMappingURL"));
    assert_null(strstr(rl_dygraphs_css(), "sourceMappingURL"));
    const char *const texts[] = {rl_chart_script(), rl_dygraphs_script(), rl_dygraphs_css(),
                                 rl_chart_css()};
    for (size_t i = 0; i < 4; i++) {
        assert_null(strstr(texts[i], "</script"));
        assert_null(strstr(texts[i], "</style"));
    }
    assert_null(strstr(rl_chart_script(), "eval("));
    assert_null(strstr(rl_chart_script(), "innerHTML"));
}

static void ghost_diagram(void **state) {
    (void)state;
    const rl_ghost_words words = {
        "Ghost <Module>",           "Input",
        "Primary convolution",      "3x3, half of the channels of a layer",
        "Cheap operation",          "depthwise 3x3",
        "\xe6\x8b\xbc\xe6\x8e\xa5", "</svg>"};
    for (rl_svg_form form = RL_SVG_STANDALONE; form <= RL_SVG_PRINT; form++) {
        rl_buffer svg = {0};
        rl_ghost_diagram(&svg, &words, form);
        assert_false(svg.failed);
        RsvgHandle *handle = rsvg_handle_new_from_data((const guint8 *)svg.text, svg.length, NULL);
        assert_non_null(handle);
        g_object_unref(handle);
        double input, primary, cheap, concatenated, output, y;
        place_of(svg.text, words.input, &input, &y);
        place_of(svg.text, words.primary, &primary, &y);
        place_of(svg.text, words.cheap, &cheap, &y);
        place_of(svg.text, words.concatenate, &concatenated, &y);
        place_of(svg.text, "&lt;/svg&gt;", &output, &y);
        assert_true(input < primary && primary < cheap && cheap < concatenated &&
                    concatenated < output && output < attribute(svg.text, "width"));
        assert_non_null(strstr(svg.text, words.primary_detail)); /* not cut */
        assert_int_equal(count_of(svg.text, "</svg>"), 1);
        rl_buffer_clear(&svg);
    }
}

/* Each allocation fails once: the buffer says so, and nothing else happens. */
static void failing_memory(void **state) {
    (void)state;
    const rl_series series = {"a label that is much too long for the place that it is given, "
                              "so that it has to be cut to what fits into this chart",
                              4,
                              epochs,
                              falling,
                              NULL,
                              NULL,
                              0,
                              NULL};
    const rl_chart chart = chart_of(&series, 1);
    bool failed = true;
    for (long after = 0; failed; after++) {
        assert_true(after < 500);
        rl_buffer out = {0};
        rl_memory_fail_after(after);
        rl_chart_svg(&out, &chart, RL_SVG_PRINT);
        rl_chart_json(&out, &chart);
        rl_memory_fail_after(-1);
        failed = out.failed;
        assert_true(failed == (rl_buffer_status(&out, "chart", NULL) == RL_ERROR_MEMORY));
        rl_buffer_clear(&out);
        if (!failed)
            assert_true(after > 10);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_several_series), cmocka_unit_test(contrasts),
        cmocka_unit_test(looks_differ),           cmocka_unit_test(scripts_are_there),
        cmocka_unit_test(ghost_diagram),          cmocka_unit_test(failing_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
