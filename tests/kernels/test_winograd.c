/* Winograd convolutions, all passes, against plain sums in double. */
#include "kernels/winograd.h"

/* The transforms share out a tile's roundings over all its pixels (and those of a filter over its
 * taps), so an error is measured against the largest sum of magnitudes in the tile: a pixel at the
 * border, or one that stride 2 gives a single tap, may have a sum a hundred times smaller. In units
 * of eps / 2 of that, the largest errors seen in all_passes were 22 forward, 31 in the data
 * gradient and 20 in the weight gradient, in all instruction sets; they fall as channels are added.
 */
enum { WINOGRAD_TERMS = 128 };

/* Pixels of a tile, or taps, are `width` apart from row to row; `count` magnitudes of each. */
static void spread_over_square(double *magnitude, size_t square, size_t width, size_t count) {
    for (size_t c = 0; c < count; c++) {
        double most = 0;
        for (size_t i = 0; i < square * square; i++)
            most = fmax(most, magnitude[(i / square * width + i % square) * count + c]);
        for (size_t i = 0; i < square * square; i++)
            magnitude[(i / square * width + i % square) * count + c] = most;
    }
}

/* Every magnitude becomes the largest of its tile and channel, or of its filter. */
static void spread_magnitudes(const problem *p, pass which, reference *r) {
    if (which == WEIGHT_GRADIENT) {
        spread_over_square(r->magnitude, 3, 3, p->C * p->K);
        return;
    }
    const size_t square = which == FORWARD ? 4 : 4 * p->stride, width = square * p->tiles;
    const size_t channels = which == FORWARD ? p->K : p->C;
    for (size_t i = 0; i < p->strips; i++)
        for (size_t j = 0; j < p->tiles; j++)
            spread_over_square(r->magnitude + (i * width + j) * square * channels, square, width,
                               channels);
}

static void check_gaps(const problem *p, pass which, const guarded *result) {
    const char *name = p->kernels->name;
    if (which == FORWARD)
        assert_gaps_nan(result, y_pixels(p), p->K, p->ldy, name);
    else if (which == DATA_GRADIENT)
        assert_gaps_nan(result, x_pixels(p), p->C, p->ldx, name);
    else
        for (size_t tap = 0; tap < 9; tap++) {
            const size_t first = tap * gradient_tap_stride(p);
            const guarded rows = {.data = result->data + first, .count = result->count - first};
            assert_gaps_nan(&rows, p->C, p->K, p->K + GAP, name);
        }
}

static void check_pass(const problem *p, pass which, bool accumulate) {
    guarded result = winograd_result(p, which, accumulate);
    reference r = new_reference(p, which);
    spread_magnitudes(p, which, &r);
    const double start = accumulate && which != WEIGHT_GRADIENT ? START : 0;
    char what[160];
    snprintf(what, sizeof what, "%s, %s, stride %zu, %zux%zu tiles, %zu to %zu channels",
             p->kernels->name, pass_names[which], p->stride, p->strips, p->tiles, p->C, p->K);
    for (size_t i = 0; i < r.count; i++)
        assert_near(result.data[place_of(p, which, i)], r.sum[i] + start, WINOGRAD_TERMS,
                    r.magnitude[i] + start, what);
    check_gaps(p, which, &result);
    free_reference(&r);
    guarded_free(&result);
}

static void check_shape(const rl_kernels *kernels, size_t stride, size_t size, size_t C, size_t K) {
    problem p = new_problem(kernels, stride, size / 3 + 1, size % 3 + 1, C, K);
    const bool accumulate = (size + C) % 2;
    const size_t unit = stride == 1 ? 1 : kernels->panel / 2; /* of the filters' columns */
    if (K % unit == 0)
        check_pass(&p, FORWARD, accumulate);
    if (C % unit == 0)
        check_pass(&p, DATA_GRADIENT, !accumulate);
    check_pass(&p, WEIGHT_GRADIENT, false);
    free_problem(&p);
}

static void all_passes(void **state) {
    (void)state;
    static const size_t channels[] = {1, 3, 5, 16, 17, 33, 48};
    enum { COUNT = sizeof channels / sizeof *channels };
    FOR_EACH_TABLE(kernels)
    for (size_t stride = 1; stride <= 2; stride++)
        for (size_t size = 0; size < 9; size++)
            for (size_t c = 0; c < COUNT; c++)
                for (size_t k = (size + c) % 2; k < COUNT; k += 2)
                    check_shape(kernels, stride, size, channels[c], channels[k]);
}

/* Normal numbers of this deviation; the negative ones become zero when `positive`. */
static void fill_normal(guarded *g, size_t pixels, size_t channels, size_t ld, double deviation,
                        bool positive, uint64_t seed) {
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < channels; c++) {
            const double u = (noise(&seed) + 1) / 2, turn = noise(&seed);
            const double value = deviation * sqrt(-2 * log(1 - u)) * cos(acos(-1) * turn);
            g->data[i * ld + c] = positive && value < 0 ? 0 : (float)value;
        }
}

static double relative_error(const problem *p, pass which, const reference *r) {
    guarded result = winograd_result(p, which, false);
    double error = 0, norm = 0;
    for (size_t i = 0; i < r->count; i++) {
        const double off = result.data[place_of(p, which, i)] - r->sum[i];
        error += off * off;
        norm += r->sum[i] * r->sum[i];
    }
    guarded_free(&result);
    return sqrt(error / norm);
}

/* A layer as networks have it: 256 channels, and what ReLU leaves of the input. Measured: at most
 * 1.7e-6 in the data gradient, 1.4e-6 forward and 4e-7 in the weight gradient. */
static void relative_errors_of_a_layer(void **state) {
    (void)state;
    enum { C = 256 };
    if (guard_in_front) /* makes no difference to values */
        return;
    for (size_t stride = 1; stride <= 2; stride++)
        for (pass which = 0; which < PASSES; which++) {
            reference r = {0};
            FOR_EACH_TABLE(kernels) {
                problem p = new_problem(kernels, stride, 2, 2, C, C);
                fill_normal(&p.x, x_pixels(&p), C, p.ldx, 1, true, 1);
                fill_normal(&p.dy, y_pixels(&p), C, p.ldy, 1, false, 2);
                fill_normal(&p.w, 9, C * C, C * C, sqrt(2.0 / (9 * C)), false, 3);
                if (!r.sum)
                    r = new_reference(&p, which);
                const double error = relative_error(&p, which, &r);
                if (!(error < 5e-6))
                    fail_msg("%s, %s, stride %zu: relative error %.3g", kernels->name,
                             pass_names[which], stride, error);
                free_problem(&p);
            }
            free_reference(&r);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_passes),
        cmocka_unit_test(relative_errors_of_a_layer),
    };
    RETURN_RUN_GUARDED(tests);
}
