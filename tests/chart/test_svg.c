/* Charts as SVG: values lie where the ticks say, words neither overlap nor act, and data of any
 * kind gives a drawing. */
#include "charts.h"

#include "chart/layout.h"

#include <locale.h>

static const double base_line = 0.36 * RL_TEXT_SIZE;

/* Holds a line against the ticks: its points lie where two labels, linear between, put them. */
static void lines_agree_with_ticks(void **state) {
    (void)state;
    const rl_series series = {"relu", 4, epochs, falling, NULL, NULL, 0, NULL};
    const rl_chart chart = chart_of(&series, 1);
    rl_buffer svg = svg_of(&chart, RL_SVG_PRINT);
    double one_x, three_x, half_y, two_y, other, points[8][2];
    place_of(svg.text, "1", &one_x, &other);
    place_of(svg.text, "3", &three_x, &other);
    place_of(svg.text, "0.5", &other, &half_y);
    place_of(svg.text, "2.0", &other, &two_y);
    assert_int_equal(points_of(line_of(svg.text, 0), points, 8), 4);
    for (size_t i = 0; i < 4; i++) {
        const double x = one_x + (epochs[i] - 1) / 2 * (three_x - one_x);
        const double y = half_y - base_line + (falling[i] - 0.5) / 1.5 * (two_y - half_y);
        assert_true(fabs(points[i][0] - x) < 0.03);
        assert_true(fabs(points[i][1] - y) < 0.03);
    }
    assert_null(strstr(svg.text, "class="));
    assert_null(strstr(svg.text, "<style"));
    assert_non_null(strstr(svg.text, "role=\"img\""));
    assert_non_null(strstr(svg.text, "<title id=\"test-title\">Loss</title>"));
    assert_non_null(strstr(svg.text, "<desc id=\"test-desc\">A test.</desc>"));
    assert_non_null(strstr(svg.text, ">Epoch</text>"));
    assert_non_null(strstr(svg.text, ">Training loss</text>"));
    assert_non_null(strstr(svg.text, ">relu</text>"));
    rl_buffer_clear(&svg);
}

static void log_scale(void **state) {
    (void)state;
    static const double decades[] = {1000, 10, 0.1, 0.001};
    rl_series series = {"relu", 4, epochs, decades, NULL, NULL, 0, NULL};
    rl_chart chart = chart_of(&series, 1);
    chart.log_y = true;
    rl_buffer svg = svg_of(&chart, RL_SVG_PRINT);
    double hundred, ten, tenth, thousandth, x, points[8][2];
    place_of(svg.text, "100", &x, &hundred);
    place_of(svg.text, "10", &x, &ten);
    place_of(svg.text, "0.1", &x, &tenth);
    place_of(svg.text, "0.001", &x, &thousandth);
    assert_true(fabs((tenth - ten) - 2 * (ten - hundred)) < 0.05);
    assert_int_equal(points_of(line_of(svg.text, 0), points, 8), 4);
    assert_true(fabs(points[1][1] - (ten - base_line)) < 0.03);
    assert_true(fabs(points[3][1] - (thousandth - base_line)) < 0.03);
    rl_buffer_clear(&svg);
    series.y = (const double[]){3, 1, 0, 2}; /* 0 has no logarithm: a linear scale */
    svg = svg_of(&chart, RL_SVG_PRINT);
    place_of(svg.text, "0", &x, &tenth);
    rl_buffer_clear(&svg);
}

/* Equal factors are equal distances; the marked point has a ring, the others none. */
static void log_scale_of_x(void **state) {
    (void)state;
    static const double rates[] = {0.001, 0.01, 0.1, 1};
    static const bool marked[] = {false, true, false, false};
    rl_series series = {"relu", 4, rates, falling, NULL, NULL, 0, marked};
    rl_chart chart = chart_of(&series, 1);
    chart.integer_x = false;
    chart.log_x = true;
    rl_buffer svg = svg_of(&chart, RL_SVG_PRINT);
    double points[8][2], tick, y;
    assert_int_equal(points_of(line_of(svg.text, 0), points, 8), 4);
    place_of(svg.text, "0.01", &tick, &y);
    assert_true(fabs(points[1][0] - tick) < 0.03);
    for (size_t i = 2; i < 4; i++)
        assert_true(fabs(points[i][0] - points[i - 1][0] - (points[1][0] - points[0][0])) < 0.03);
    assert_int_equal(count_of(svg.text, "a7 7 0 1 0"), 2);
    rl_buffer_clear(&svg);
    static const double from_zero[] = {0, 1, 2, 3}; /* a linear scale */
    series.x = from_zero;
    series.marked = NULL;
    svg = svg_of(&chart, RL_SVG_PRINT);
    assert_int_equal(points_of(line_of(svg.text, 0), points, 8), 4);
    assert_true(fabs(points[2][0] - points[1][0] - (points[1][0] - points[0][0])) < 0.03);
    assert_int_equal(count_of(svg.text, "a7 7 0 1 0"), 0);
    rl_buffer_clear(&svg);
}

static void percent_axis(void **state) {
    (void)state;
    static const double rising[] = {0.1, 0.5, 0.8, 1};
    const rl_series series = {"relu", 4, epochs, rising, NULL, NULL, 0, NULL};
    rl_chart chart = chart_of(&series, 1);
    chart.percent = true;
    rl_buffer svg = svg_of(&chart, RL_SVG_INLINE);
    double x, y;
    place_of(svg.text, "20%", &x, &y);
    place_of(svg.text, "100%", &x, &y);
    assert_null(strstr(svg.text, ">120%<"));
    assert_null(strstr(svg.text, "<style")); /* the page has one */
    assert_non_null(strstr(svg.text, "class=\"rl-c0\""));
    rl_buffer_clear(&svg);
}

static void gaps_and_lonely_points(void **state) {
    (void)state;
    static const double holes[] = {1, 2, NAN, 4, INFINITY, 1e300, 3, 2};
    static const double x[] = {1, 2, 3, 4, 5, 6, 7, 8};
    const rl_series series = {"relu", 8, x, holes, NULL, NULL, 0, NULL};
    const rl_chart chart = chart_of(&series, 1);
    rl_buffer svg = svg_of(&chart, RL_SVG_PRINT);
    double points[9][2];
    const char *line = line_of(svg.text, 0);
    assert_int_equal(points_of(line, points, 9), 2);
    const char *end = strstr(line, "</g>");
    assert_non_null(end);
    char group[1000];
    snprintf(group, sizeof group, "%.*s", (int)(end - line), line);
    assert_int_equal(count_of(group, "a4 4"), 2);  /* one circle, of two arcs: epoch 4 */
    assert_int_equal(count_of(group, "<path"), 2); /* the circle, and epochs 7 to 8 */
    rl_buffer_clear(&svg);
}

static void bands(void **state) {
    (void)state;
    static const double low[] = {1.5, 0.8, NAN, -1e99}, high[] = {2.5, 1.2, 1, 1e99};
    rl_series series = {"relu", 2, epochs, falling, low, high, 0, NULL};
    const rl_chart chart = chart_of(&series, 1);
    rl_buffer svg = svg_of(&chart, RL_SVG_PRINT);
    const char *band = strstr(svg.text, "fill-opacity=\"0.16\"><path d=\"");
    assert_non_null(band);
    double points[9][2], line[9][2];
    assert_int_equal(points_of(strchr(band, 'M'), points, 9), 4);
    assert_int_equal(points_of(line_of(svg.text, 0), line, 9), 2);
    assert_true(points[0][1] < line[0][1] && points[3][1] > line[0][1]);
    assert_true(fabs(points[0][1] + points[3][1] - 2 * line[0][1]) < 0.05);
    rl_buffer_clear(&svg);
    series.count = 4; /* a bound out of all measure leaves the axis alone, and the file finite */
    svg = svg_of(&chart, RL_SVG_PRINT);
    assert_int_equal(points_of(line_of(svg.text, 0), line, 9), 4);
    assert_true(line[0][1] < line[1][1] - 40);
    rl_buffer_clear(&svg);
}

/* Six lines that end in one place: labels keep apart and within the drawing, in order. */
static void labels_keep_apart(void **state) {
    (void)state;
    static const char *const names[] = {"a0", "a1", "a2", "a3", "a4", "a5"};
    double values[6][4];
    rl_series series[6];
    for (size_t s = 0; s < 6; s++) {
        memcpy(values[s], falling, sizeof falling);
        values[s][3] += 0.001 * (double)s;
        series[s] = (rl_series){names[s], 4, epochs, values[s], NULL, NULL, s, NULL};
    }
    const rl_chart chart = chart_of(series, 6);
    rl_buffer svg = svg_of(&chart, RL_SVG_PRINT);
    const double height = attribute(svg.text, "height"), width = attribute(svg.text, "width");
    double before = height;
    for (size_t s = 0; s < 6; s++) {
        double x, y;
        place_of(svg.text, names[s], &x, &y);
        assert_true(y <= before - RL_TEXT_SIZE);
        assert_true(y > 0 && x > 0 && x < width - 20);
        before = y;
    }
    rl_buffer_clear(&svg);
}

static void spreading(void **state) {
    (void)state;
    double apart[] = {10, 40, 90};
    rl_spread_labels(apart, 3, 18, 0, 100);
    assert_true(apart[0] == 10 && apart[1] == 40 && apart[2] == 90);
    double near[] = {50, 52};
    rl_spread_labels(near, 2, 18, 0, 100);
    assert_true(fabs(near[0] - 42) < 1e-9 && fabs(near[1] - 60) < 1e-9);
    double edge[] = {0, 0, 1, 99, 100, 100};
    rl_spread_labels(edge, 6, 10, 0, 100);
    const double expected[] = {0, 10, 20, 80, 90, 100};
    for (size_t i = 0; i < 6; i++)
        assert_true(fabs(edge[i] - expected[i]) < 1e-9);
}

static void many_series_have_a_legend(void **state) {
    (void)state;
    char names[20][20];
    rl_series series[20];
    for (size_t s = 0; s < 20; s++) {
        snprintf(names[s], sizeof names[s], "arm number %zu", s + 10);
        series[s] = (rl_series){names[s], 4, epochs, falling, NULL, NULL, s, NULL};
    }
    const rl_chart chart = chart_of(series, 20);
    rl_buffer svg = svg_of(&chart, RL_SVG_PRINT);
    double places[20][2], top, x;
    place_of(svg.text, "2.0", &x, &top);
    for (size_t s = 0; s < 20; s++) {
        place_of(svg.text, names[s], &places[s][0], &places[s][1]);
        assert_true(places[s][1] < top); /* above the plot */
        for (size_t other = 0; other < s; other++)
            assert_true(places[other][1] < places[s][1] - RL_TEXT_SIZE ||
                        (places[other][1] == places[s][1] && places[other][0] < places[s][0] - 80));
    }
    rl_buffer_clear(&svg);
}

static void hostile_words(void **state) {
    (void)state;
    static const char evil[] = "</svg><script>alert(1)</script>\n\"'`\xff\x01&amp;";
    rl_series series[8];
    for (size_t s = 0; s < 8; s++)
        series[s] = (rl_series){evil, 4, epochs, falling, NULL, NULL, s, NULL};
    rl_chart chart = chart_of(series, 1);
    chart.id = chart.title = chart.x_title = chart.y_title = chart.caption = evil;
    for (size_t count = 1; count <= 8; count += 7) {
        chart.series_count = count;
        for (rl_svg_form form = RL_SVG_STANDALONE; form <= RL_SVG_PRINT; form++) {
            rl_buffer svg = svg_of(&chart, form);
            assert_null(strstr(svg.text, "<script"));
            assert_int_equal(count_of(svg.text, "</svg>"), 1);
            assert_null(strchr(svg.text, '\x01'));
            assert_null(strchr(svg.text, '\xff'));
            rl_buffer_clear(&svg);
        }
    }
    char endless[5000];
    memset(endless, 'W', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    series[0].label = chart.title = chart.x_title = chart.y_title = endless;
    chart.series_count = 1;
    rl_buffer svg = svg_of(&chart, RL_SVG_PRINT);
    assert_non_null(strstr(svg.text, "WW\xe2\x80\xa6</text>"));
    double points[8][2]; /* the plot keeps its half of the width */
    assert_int_equal(points_of(line_of(svg.text, 0), points, 8), 4);
    assert_true(points[3][0] - points[0][0] > 300);
    rl_buffer_clear(&svg);
}

/* All of them must be drawn without a number that is none; what they look like is checked by eye.
 */
static void degenerate_data(void **state) {
    (void)state;
    static const double sets[][4] = {
        {0, 0, 0, 0},         {5, 5, 5, 5},           {-5, -5, -5, -5},     {NAN, NAN, NAN, NAN},
        {1e99, -1e99, 0, 1},  {1e-99, 2e-99, 0, 0},   {1e-300, 0, 0, 0},    {1e308, -1e308, 1, 1},
        {1, 1 + 1e-16, 1, 1}, {1e15, 1e15 + 1, 1, 1}, {INFINITY, 1, 2, -1}, {-1, -2, -3, -4}};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        for (size_t count = 0; count <= 4; count++) {
            const rl_series series = {NULL, count, epochs, sets[i], sets[i], sets[3], 0, NULL};
            const rl_series swapped = {"x", count, sets[i], epochs, sets[i], epochs, 1, NULL};
            const rl_series both[] = {series, swapped};
            rl_chart chart = {.series = both, .series_count = 2};
            for (unsigned flags = 0; flags < 8; flags++) {
                chart.percent = flags & 1;
                chart.log_y = flags & 2;
                chart.integer_x = flags & 4;
                rl_buffer svg = svg_of(&chart, RL_SVG_STANDALONE);
                assert_true(svg.length < 30000);
                rl_buffer_clear(&svg);
            }
        }
    }
    const rl_chart none = {0};
    rl_buffer svg = svg_of(&none, RL_SVG_PRINT);
    rl_buffer_clear(&svg);
}

static void locale_has_no_say(void **state) {
    (void)state;
    const rl_series series = {"relu", 4, epochs, falling, NULL, NULL, 1, NULL};
    const rl_chart chart = chart_of(&series, 1);
    rl_buffer plain = svg_of(&chart, RL_SVG_STANDALONE), other;
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        skip();
    other = svg_of(&chart, RL_SVG_STANDALONE);
    setlocale(LC_ALL, "C");
    assert_string_equal(plain.text, other.text);
    rl_buffer_clear(&plain);
    rl_buffer_clear(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_agree_with_ticks),
        cmocka_unit_test(log_scale),
        cmocka_unit_test(log_scale_of_x),
        cmocka_unit_test(percent_axis),
        cmocka_unit_test(gaps_and_lonely_points),
        cmocka_unit_test(bands),
        cmocka_unit_test(labels_keep_apart),
        cmocka_unit_test(spreading),
        cmocka_unit_test(many_series_have_a_legend),
        cmocka_unit_test(hostile_words),
        cmocka_unit_test(degenerate_data),
        cmocka_unit_test(locale_has_no_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
