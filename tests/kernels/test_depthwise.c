/* Depthwise convolutions, all passes, against loops in double. */
#include "kernels/check.h"

typedef struct {
    const rl_kernels *kernels;
    rl_depthwise_shape s;
    size_t K;
    guarded x, w, dy;
} problem;

/* Calls the body for every (output pixel i, j; input pixel y, z; tap t; output channel k). */
#define FOR_EACH_PRODUCT(p, i, j, y, z, t, k)                                                      \
    for (size_t i = 0; i < (p)->s.height; i++)                                                     \
        for (size_t j = 0; j < (p)->s.width; j++)                                                  \
            for (size_t t = 0; t < (p)->s.kernel * (p)->s.kernel; t++)                             \
                for (size_t y = i + t / (p)->s.kernel - (p)->s.kernel / 2,                         \
                            z = j + t % (p)->s.kernel - (p)->s.kernel / 2, k = 0;                  \
                     y < (p)->s.height && z < (p)->s.width && k < (p)->K; k++)

static float x_at(const problem *p, size_t y, size_t z, size_t k) {
    return p->x.data[(y * p->s.width + z) * p->s.ldx + k / p->s.multiplier];
}

static float dy_at(const problem *p, size_t i, size_t j, size_t k) {
    return p->dy.data[(i * p->s.width + j) * p->s.ldy + k];
}

/* Sums in double and sums of magnitudes, one each for `count` results. */
typedef struct {
    double *sum, *magnitude;
} reference;

static reference new_reference(size_t count) {
    reference r = {calloc(count + 1, sizeof(double)), calloc(count + 1, sizeof(double))};
    assert_true(r.sum && r.magnitude);
    return r;
}

static void add_product(reference *r, size_t at, double product) {
    r->sum[at] += product;
    r->magnitude[at] += fabs(product);
}

static void check_rows(const problem *p, const guarded *result, size_t channels, size_t ld,
                       double start, reference *r, double terms) {
    for (size_t pixel = 0; pixel < p->s.height * p->s.width; pixel++)
        for (size_t c = 0; c < channels; c++) {
            const size_t at = pixel * channels + c;
            assert_near(result->data[pixel * ld + c], r->sum[at] + start, terms,
                        r->magnitude[at] + fabs(start), p->kernels->name);
        }
    assert_gaps_kept(result, p->s.height * p->s.width, channels, ld);
    free(r->sum);
    free(r->magnitude);
}

static void check_forward(const problem *p, size_t split) {
    const double terms = (double)(p->s.kernel * p->s.kernel + 2);
    guarded y = poisoned_floats(p->s.height * p->s.width * p->s.ldy);
    p->kernels->depthwise_forward(&p->s, p->x.data, p->w.data, 0, split, y.data);
    p->kernels->depthwise_forward(&p->s, p->x.data, p->w.data, split, p->s.height, y.data);
    reference r = new_reference(p->s.height * p->s.width * p->K);
    FOR_EACH_PRODUCT(p, i, j, v, z, t, k)
    add_product(&r, (i * p->s.width + j) * p->K + k,
                (double)x_at(p, v, z, k) * p->w.data[t * p->K + k]);
    check_rows(p, &y, p->K, p->s.ldy, 0, &r, terms);
    guarded_free(&y);
}

static void check_data_gradient(const problem *p, size_t split, bool accumulate) {
    const double terms = (double)(p->s.kernel * p->s.kernel * p->s.multiplier + 3);
    const size_t pixels = p->s.height * p->s.width;
    guarded dx = poisoned_floats(pixels * p->s.ldx);
    for (size_t i = 0; accumulate && i < pixels; i++)
        for (size_t c = 0; c < p->s.channels; c++)
            dx.data[i * p->s.ldx + c] = 0.25F;
    p->kernels->depthwise_data_gradient(&p->s, p->dy.data, p->w.data, 0, split, dx.data,
                                        accumulate);
    p->kernels->depthwise_data_gradient(&p->s, p->dy.data, p->w.data, split, p->s.height, dx.data,
                                        accumulate);
    reference r = new_reference(pixels * p->s.channels);
    FOR_EACH_PRODUCT(p, i, j, v, z, t, k)
    add_product(&r, (v * p->s.width + z) * p->s.channels + k / p->s.multiplier,
                (double)dy_at(p, i, j, k) * p->w.data[t * p->K + k]);
    check_rows(p, &dx, p->s.channels, p->s.ldx, accumulate ? 0.25 : 0, &r, terms);
    guarded_free(&dx);
}

static void check_weight_gradient(const problem *p, size_t split) {
    const size_t count = p->s.kernel * p->s.kernel * p->K;
    guarded dw = guarded_floats(count);
    for (size_t i = 0; i < count; i++)
        dw.data[i] = 0.125F;
    p->kernels->depthwise_weight_gradient(&p->s, p->x.data, p->dy.data, 0, split, dw.data);
    p->kernels->depthwise_weight_gradient(&p->s, p->x.data, p->dy.data, split, p->s.height,
                                          dw.data);
    reference r = new_reference(count);
    FOR_EACH_PRODUCT(p, i, j, v, z, t, k)
    add_product(&r, t * p->K + k, (double)dy_at(p, i, j, k) * x_at(p, v, z, k));
    for (size_t i = 0; i < count; i++)
        assert_near(dw.data[i], r.sum[i] + 0.125, (double)(p->s.height * p->s.width + 2),
                    r.magnitude[i] + 0.125, p->kernels->name);
    free(r.sum);
    free(r.magnitude);
    guarded_free(&dw);
}

static void check_shape(const rl_kernels *kernels, size_t side, size_t channels, size_t multiplier,
                        size_t kernel) {
    problem p = {.kernels = kernels,
                 .s = {.height = side,
                       .width = side + 1,
                       .channels = channels,
                       .multiplier = multiplier,
                       .kernel = kernel,
                       .ldx = channels + 3,
                       .ldy = channels * multiplier + 1},
                 .K = channels * multiplier};
    const size_t pixels = p.s.height * p.s.width;
    p.x = random_floats(pixels * p.s.ldx, side + channels);
    p.dy = random_floats(pixels * p.s.ldy, side + channels + 1);
    p.w = random_floats(kernel * kernel * p.K, kernel);
    check_forward(&p, side / 2);
    check_data_gradient(&p, side / 2, false);
    check_data_gradient(&p, side / 3, true);
    check_weight_gradient(&p, side / 2);
    guarded_free(&p.x);
    guarded_free(&p.dy);
    guarded_free(&p.w);
}

static void all_passes(void **state) {
    (void)state;
    static const size_t channels[] = {1, 4, 7, 8, 9, 16, 19, 32, 33};
    FOR_EACH_TABLE(kernels)
    for (size_t side = 1; side <= 7; side += 2)
        for (size_t c = 0; c < sizeof channels / sizeof *channels; c++)
            for (size_t kernel = 1; kernel <= 7; kernel += 2)
                for (size_t multiplier = 1; multiplier <= 3; multiplier++)
                    check_shape(kernels, side, channels[c], multiplier, kernel);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_passes)};
    RETURN_RUN_GUARDED(tests);
}
