/* Batch normalisation by chunks, as the sink of a convolution runs it: whatever the size of the
 * chunks, and however their channels are split, the moments and the sums of the backward pass agree
 * with sums over all pixels in double. */
#include "nn/passes.h"

#include "nn/batch_norm.h"

enum { ROWS = 333, C = 37, LD = C + 3 };

/* Of vectors that a network would keep in its slabs. */
enum { GAMMA, BETA, RUNNING_MEAN, RUNNING_VAR, SCALE, SHIFT, MEAN, INV_STD, A, B, D, VECTORS };

typedef struct {
    float vectors[VECTORS][C];
    float d_gamma[C], d_beta[C];
    rl_batch_norm norm;
    pixels x, residual, dy;
    rl_engine engine;
} problem;

/* Channel means of many deviations, where sums of squares would have lost the variance. */
static double offset_of(size_t c) {
    return c % 3 == 0 ? 0 : c % 3 == 1 ? -7 : 300;
}

static void new_problem(problem *p, size_t rows, size_t chunk, int threads) {
    memset(p, 0, sizeof *p);
    p->x = random_pixels(rows, C, LD, 1);
    p->residual = random_pixels(rows, C, LD, 2);
    p->dy = random_pixels(rows, C, LD, 3);
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < C; c++)
            p->x.values[i * LD + c] += (float)offset_of(c);
    for (size_t c = 0; c < C; c++) {
        p->vectors[GAMMA][c] = 0.5F + (float)c / C;
        p->vectors[BETA][c] = (float)(c % 5) - 2;
        p->vectors[RUNNING_MEAN][c] = 0.25F;
        p->vectors[RUNNING_VAR][c] = 1.5F;
    }
    p->norm = (rl_batch_norm){.rows = rows,
                              .C = C,
                              .gamma = p->vectors[GAMMA],
                              .beta = p->vectors[BETA],
                              .running_mean = p->vectors[RUNNING_MEAN],
                              .running_var = p->vectors[RUNNING_VAR],
                              .activation = RL_ACTIVATION_SIGMOID,
                              .scale = p->vectors[SCALE],
                              .shift = p->vectors[SHIFT],
                              .mean = p->vectors[MEAN],
                              .inv_std = p->vectors[INV_STD],
                              .a = p->vectors[A],
                              .b = p->vectors[B],
                              .d = p->vectors[D]};
    rl_engine_needs needs = {0};
    rl_batch_norm_needs(rows, C, chunk, &needs);
    p->engine = test_engine(rl_engine_kernels(NULL)->name, &needs, threads);
}

static void free_problem(problem *p) {
    rl_free(p->x.values);
    rl_free(p->residual.values);
    rl_free(p->dy.values);
    rl_engine_clear(&p->engine);
}

static void assert_close(double value, double expected, double bound, const char *what, size_t c,
                         size_t chunk) {
    if (!(fabs(value - expected) <= bound))
        fail_msg("%s of channel %zu in chunks of %zu: %.9g, expected %.9g within %.3g", what, c,
                 chunk, value, expected, bound);
}

/* Chunk by chunk, the last one first, in two ranges of channels. */
static void measure_by_chunks(problem *p, size_t chunk) {
    const size_t rows = p->norm.rows, split = C / 2;
    for (size_t i = rl_divide_up(rows, chunk); i-- > 0;) {
        const size_t first = i * chunk, count = rl_min(chunk, rows - first);
        const float *x = p->x.values + first * LD;
        rl_batch_norm_measure_chunk(&p->engine, &p->norm, chunk, x, LD, first, count, 0, split);
        rl_batch_norm_measure_chunk(&p->engine, &p->norm, chunk, x + split, LD, first, count, split,
                                    C - split);
    }
    rl_batch_norm_finish(&p->engine, &p->norm, chunk);
}

typedef struct {
    double mean, variance; /* biased */
} moments;

static moments moments_of(const problem *p, size_t c) {
    const double rows = (double)p->norm.rows;
    moments m = {0};
    for (size_t i = 0; i < p->norm.rows; i++)
        m.mean += p->x.values[i * LD + c] / rows;
    for (size_t i = 0; i < p->norm.rows; i++) {
        const double off = p->x.values[i * LD + c] - m.mean;
        m.variance += off * off / rows;
    }
    return m;
}

/* A chunk's sums are of at most `chunk` floats. Its mean is a float, whose rounding meets the
 * deviations of the chunks in the variance; sums of squares would lose `mean` times more. */
static void check_moments(const problem *p, size_t chunk) {
    const float(*v)[C] = p->vectors;
    const double eps = FLT_EPSILON / 2, rows = (double)p->norm.rows;
    const double terms = (double)rl_min(chunk, p->norm.rows) + 4;
    for (size_t c = 0; c < C; c++) {
        const moments m = moments_of(p, c);
        const double mean_bound = terms * eps * (fabs(m.mean) + sqrt(m.variance));
        const double variance_bound = 2 * terms * eps * (m.variance + RL_BATCH_NORM_EPS) +
                                      (2 * sqrt(m.variance) + mean_bound) * mean_bound;
        const double inv_std = 1 / sqrt(m.variance + RL_BATCH_NORM_EPS);
        const double inv_bound = inv_std * inv_std * inv_std * variance_bound + 2 * eps * inv_std;
        const double gamma = v[GAMMA][c], beta = v[BETA][c];
        assert_close(v[MEAN][c], m.mean, mean_bound, "mean", c, chunk);
        assert_close(v[INV_STD][c], inv_std, inv_bound, "inv_std", c, chunk);
        assert_close(v[SCALE][c], gamma * inv_std, gamma * inv_bound, "scale", c, chunk);
        assert_close(v[SHIFT][c], beta - m.mean * gamma * inv_std,
                     gamma * (fabs(m.mean) * inv_bound + mean_bound * inv_std) +
                         2 * eps * (fabs(beta) + gamma * fabs(m.mean) * inv_std),
                     "shift", c, chunk);
        const double unbiased = m.variance * (rows > 1 ? rows / (rows - 1) : 1);
        assert_close(v[RUNNING_MEAN][c], 0.9 * 0.25 + 0.1 * m.mean, mean_bound + 2 * eps,
                     "running mean", c, chunk);
        assert_close(v[RUNNING_VAR][c], 0.9 * 1.5 + 0.1 * unbiased,
                     variance_bound * 2 + 2 * eps * (1.5 + unbiased), "running variance", c, chunk);
    }
}

static void moments_by_chunks(void **state) {
    (void)state;
    static const size_t rows[] = {ROWS, 1, 256};
    static const size_t chunks[] = {1, 3, 16, 64, 256, ROWS, 1000};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
            problem p;
            new_problem(&p, rows[r], chunks[i], 1);
            measure_by_chunks(&p, chunks[i]);
            check_moments(&p, chunks[i]);
            free_problem(&p);
        }
}

/* The pass over x, whose chunks are its own, from memory and computed, on 1 to 3 threads. */
static void moments_by_a_pass(void **state) {
    (void)state;
    float first[VECTORS][C];
    for (int threads = 1; threads <= 3; threads++) {
        problem p;
        const size_t chunk = rl_batch_norm_chunk(C);
        new_problem(&p, ROWS, chunk, threads);
        const rl_pixel_source x = threads == 2 ? computed(&p.x) : in_memory(&p.x);
        rl_batch_norm_measure(&p.engine, &p.norm, &x);
        check_moments(&p, chunk);
        if (threads == 1)
            memcpy(first, p.vectors, sizeof first);
        assert_memory_equal(first, p.vectors, sizeof first);
        free_problem(&p);
    }
}

/* Two parts whose chunks are measured together, each with sums of its own. */
static void parts_are_the_whole(void **state) {
    (void)state;
    static const size_t chunks[] = {16, 256, ROWS};
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        const size_t chunk = chunks[i], split = C / 3;
        problem whole, parts;
        new_problem(&whole, ROWS, chunk, 1);
        new_problem(&parts, ROWS, chunk, 1);
        measure_by_chunks(&whole, chunk);
        const rl_batch_norm lower = rl_batch_norm_part(&parts.norm, 0, split);
        rl_batch_norm upper = rl_batch_norm_part(&parts.norm, split, C - split);
        upper.first_sum = rl_batch_norm_sum_floats(&lower, chunk);
        for (size_t first = 0; first < ROWS; first += chunk) {
            const float *x = parts.x.values + first * LD;
            const size_t count = rl_min(chunk, ROWS - first);
            rl_batch_norm_measure_chunk(&parts.engine, &lower, chunk, x, LD, first, count, 0,
                                        split);
            rl_batch_norm_measure_chunk(&parts.engine, &upper, chunk, x + split, LD, first, count,
                                        0, C - split);
        }
        rl_batch_norm_finish(&parts.engine, &lower, chunk);
        rl_batch_norm_finish(&parts.engine, &upper, chunk);
        assert_memory_equal(whole.vectors, parts.vectors, sizeof whole.vectors);
        free_problem(&whole);
        free_problem(&parts);
    }
}

/* --- Backward --- */

/* Of a channel, in double: sums of g and of g * (x - mean), with their magnitudes. */
typedef struct {
    double g, gx, g_magnitude, gx_magnitude;
} sums;

/* What the backward pass makes of dy: g = dy * act'(z), of the scale, shift and mean it is given.
 */
static double gradient_at(const problem *p, const float *dy, size_t i, size_t c) {
    const float(*v)[C] = p->vectors;
    const double z = (double)p->x.values[i * LD + c] * v[SCALE][c] + v[SHIFT][c] +
                     p->residual.values[i * LD + c];
    const double s = 1 / (1 + exp(-z));
    return dy[i * LD + c] * s * (1 - s);
}

static sums sums_of(const problem *p, const float *dy, size_t c) {
    sums s = {0};
    for (size_t i = 0; i < p->norm.rows; i++) {
        const double g = gradient_at(p, dy, i, c);
        const double gx = g * (p->x.values[i * LD + c] - (double)p->vectors[MEAN][c]);
        s.g += g;
        s.gx += gx;
        s.g_magnitude += fabs(g);
        s.gx_magnitude += fabs(gx);
    }
    return s;
}

/* z is a float, and 300 * scale + shift cancels: its error counts through act'' <= 0.1. */
static double z_error(const problem *p, size_t c) {
    const float(*v)[C] = p->vectors;
    return 4 * (FLT_EPSILON / 2) *
           ((fabs(offset_of(c)) + 5) * fabs((double)v[SCALE][c]) + fabs((double)v[SHIFT][c]) + 5);
}

static void check_sums(const problem *p, const float *dy, size_t chunk) {
    const float(*v)[C] = p->vectors;
    const double eps = FLT_EPSILON / 2, rows = (double)p->norm.rows;
    const double terms = (double)rl_min(chunk, p->norm.rows) + 16;
    for (size_t c = 0; c < C; c++) {
        const sums s = sums_of(p, dy, c);
        /* act' = s (1 - s) changes by at most a factor 1 + z_error. */
        const double relative = terms * eps + z_error(p, c);
        const double g_bound = relative * s.g_magnitude, gx_bound = relative * s.gx_magnitude;
        const double inv_std = v[INV_STD][c], scale = v[GAMMA][c] * inv_std;
        assert_close(p->d_beta[c], s.g, g_bound, "d_beta", c, chunk);
        assert_close(p->d_gamma[c], s.gx * inv_std, gx_bound * inv_std, "d_gamma", c, chunk);
        assert_close(v[A][c], scale, 2 * eps * scale, "a", c, chunk);
        assert_close(v[B][c], -scale * inv_std * inv_std * s.gx / rows,
                     scale * inv_std * inv_std * gx_bound / rows, "b", c, chunk);
        assert_close(v[D][c], -scale * s.g / rows, scale * g_bound / rows, "d", c, chunk);
    }
}

/* The backward pass over one chunk after the other, in two ranges of channels. */
static void activation_by_chunks(problem *p, const rl_batch_norm_gradient *gradient, size_t chunk) {
    const size_t rows = p->norm.rows, split = C / 2;
    float *scratch = rl_alloc_floats(chunk * C);
    assert_non_null(scratch);
    for (size_t i = rl_divide_up(rows, chunk); i-- > 0;) {
        const size_t first = i * chunk, count = rl_min(chunk, rows - first);
        rl_batch_norm_activation_chunk(&p->engine, &p->norm, gradient, chunk, first, count, 0,
                                       split, scratch);
        rl_batch_norm_activation_chunk(&p->engine, &p->norm, gradient, chunk, first, count, split,
                                       C - split, scratch);
    }
    rl_free(scratch);
    rl_batch_norm_coefficients(&p->engine, &p->norm, gradient, chunk);
}

static rl_batch_norm_gradient gradient_of(problem *p, const pixels *d_residual, bool is_computed) {
    return (rl_batch_norm_gradient){.x = is_computed ? computed(&p->x) : in_memory(&p->x),
                                    .residual = p->residual.values,
                                    .ld_residual = LD,
                                    .dy = p->dy.values,
                                    .ldy = LD,
                                    .d_residual = d_residual->values,
                                    .ld_d_residual = LD,
                                    .accumulate_residual = true,
                                    .d_gamma = p->d_gamma,
                                    .d_beta = p->d_beta};
}

/* g took the place of dy, and was added to what was there for the residual. */
static void check_gradients(const problem *p, const float *dy, const pixels *before,
                            const pixels *d_residual, size_t chunk) {
    for (size_t i = 0; i < p->norm.rows; i++)
        for (size_t c = 0; c < C; c++) {
            const double g = gradient_at(p, dy, i, c);
            const double bound = fabs(g) * (16 * FLT_EPSILON + z_error(p, c));
            const double start = before->values[i * LD + c];
            assert_close(p->dy.values[i * LD + c], g, bound, "g", c, chunk);
            assert_close(d_residual->values[i * LD + c], start + g,
                         bound + FLT_EPSILON * (fabs(start) + fabs(g)), "d_residual", c, chunk);
        }
    assert_gaps_nan(&p->dy, "g");
    assert_gaps_nan(d_residual, "d_residual");
}

static void check_backward(size_t rows, size_t chunk, bool own_pass, int threads) {
    problem p;
    new_problem(&p, rows, chunk, threads);
    measure_by_chunks(&p, chunk);
    fill_nan(p.engine.sums, p.engine.sum_floats);
    pixels dy = random_pixels(rows, C, LD, 3); /* dy as it was */
    pixels before = random_pixels(rows, C, LD, 4), d_residual = random_pixels(rows, C, LD, 4);
    const rl_batch_norm_gradient gradient = gradient_of(&p, &d_residual, threads == 2);
    if (own_pass)
        rl_batch_norm_activation(&p.engine, &p.norm, &gradient);
    else
        activation_by_chunks(&p, &gradient, chunk);
    check_sums(&p, dy.values, chunk);
    check_gradients(&p, dy.values, &before, &d_residual, chunk);
    rl_free(dy.values);
    rl_free(before.values);
    rl_free(d_residual.values);
    free_problem(&p);
}

static void backward_by_chunks(void **state) {
    (void)state;
    static const size_t chunks[] = {1, 3, 16, 64, 256, ROWS, 1000};
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        check_backward(ROWS, chunks[i], false, 1);
        check_backward(ROWS, chunks[i], false, 2); /* with x computed */
        check_backward(1, chunks[i], false, 1);
    }
}

static void backward_by_a_pass(void **state) {
    (void)state;
    for (int threads = 1; threads <= 3; threads++)
        check_backward(ROWS, rl_batch_norm_chunk(C), true, threads);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_by_chunks),   cmocka_unit_test(moments_by_a_pass),
        cmocka_unit_test(parts_are_the_whole), cmocka_unit_test(backward_by_chunks),
        cmocka_unit_test(backward_by_a_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
