/* Activations and batch normalisation's passes, against double. */
#include "kernels/check.h"

static const char *const names[RL_ACTIVATION_COUNT] = {"none", "sigmoid", "relu", "leaky_relu",
                                                       "gelu"};

static double exact_value(rl_activation_kind kind, double z, double slope) {
    switch (kind) {
    case RL_ACTIVATION_SIGMOID:
        return 1 / (1 + exp(-z));
    case RL_ACTIVATION_RELU:
        return z > 0 ? z : 0;
    case RL_ACTIVATION_LEAKY_RELU:
        return z > 0 ? z : slope * z;
    case RL_ACTIVATION_GELU:
        return z * 0.5 * erfc(-z / sqrt(2));
    default:
        return z;
    }
}

static double exact_derivative(rl_activation_kind kind, double z, double slope) {
    const double e = exp(-fabs(z));
    switch (kind) {
    case RL_ACTIVATION_SIGMOID:
        return e / ((1 + e) * (1 + e));
    case RL_ACTIVATION_RELU:
        return z > 0;
    case RL_ACTIVATION_LEAKY_RELU:
        return z > 0 ? 1 : slope;
    case RL_ACTIVATION_GELU:
        return 0.5 * erfc(-z / sqrt(2)) + z * exp(-z * z / 2) / sqrt(2 * M_PI);
    default:
        return 1;
    }
}

/* The error bounds that activation.h states, relative to the value. In gelu's lower tail the
 * rounding of z^2 / 2, the argument of exp, adds its own. */
static double value_bound(rl_activation_kind kind, double z) {
    const double value = fabs(exact_value(kind, z, 0));
    switch (kind) {
    case RL_ACTIVATION_SIGMOID:
        return 4e-7 * value + 1.3e-38;
    case RL_ACTIVATION_GELU:
        return (8e-7 + (z < 0 ? z * z * FLT_EPSILON / 2 : 0)) * value + 1e-36;
    default:
        return FLT_EPSILON * fabs(z) + FLT_TRUE_MIN;
    }
}

static void activate(const rl_kernels *kernels, rl_activation_kind kind, const float *z,
                     size_t count, float *y) {
    static const float one = 1, zero = 0;
    const rl_affine affine = {&one, &zero, 0.01F, false};
    kernels->affine_activation[kind](count, 1, z, 1, &affine, NULL, 0, y, 1);
}

static void derive(const rl_kernels *kernels, rl_activation_kind kind, const float *z, size_t count,
                   float *g) {
    static const float one = 1, zero = 0;
    const rl_activation_tape tape = {
        .affine = {&one, &zero, 0.01F, false}, .x = z, .ldx = 1, .mean = &zero};
    float sum_g, sum_gx;
    for (size_t i = 0; i < count; i++)
        g[i] = 1;
    kernels->affine_activation_backward[kind](count, 1, &tape, g, 1, NULL, 0, false, &sum_g,
                                              &sum_gx);
}

enum { SWEEP = 1 << 16 };

/* Every 2^16th bit pattern of a float: all exponents, both signs. */
static size_t sweep(float *z) {
    size_t count = 0;
    for (uint32_t i = 0; i < SWEEP; i++) {
        const uint32_t bits = i << 16 | (i * 40503U & 0xffff);
        memcpy(&z[count], &bits, sizeof bits);
        count += isfinite(z[count]) != 0;
    }
    return count;
}

static void values_and_derivatives(void **state) {
    (void)state;
    static float z[SWEEP + 1], y[SWEEP], g[SWEEP];
    const size_t count = sweep(z);
    FOR_EACH_TABLE(kernels)
    for (int kind = 0; kind < RL_ACTIVATION_COUNT; kind++) {
        activate(kernels, (rl_activation_kind)kind, z, count, y);
        derive(kernels, (rl_activation_kind)kind, z, count, g);
        for (size_t i = 0; i < count; i++) {
            const double value = exact_value((rl_activation_kind)kind, z[i], 0.01F);
            const double slope = exact_derivative((rl_activation_kind)kind, z[i], 0.01F);
            if (!(fabs(y[i] - value) <= value_bound((rl_activation_kind)kind, z[i])))
                fail_msg("%s %s(%.9g) = %.9g, expected %.9g", kernels->name, names[kind],
                         (double)z[i], (double)y[i], value);
            if (!(fabs(g[i] - slope) <= 1e-6 * fmin(1, fabs(slope) + 0.5)))
                fail_msg("%s %s'(%.9g) = %.9g, expected %.9g", kernels->name, names[kind],
                         (double)z[i], (double)g[i], slope);
        }
    }
}

/* Where rounding and limits matter most: near zero and in the tails the values keep their digits.
 */
static void special_values(void **state) {
    (void)state;
    FOR_EACH_TABLE(kernels)
    for (int kind = 0; kind < RL_ACTIVATION_COUNT; kind++) {
        const float z[] = {NAN, INFINITY, 0, -0.0F, 200, -200, -INFINITY};
        float y[7], g[7];
        activate(kernels, (rl_activation_kind)kind, z, 7, y);
        derive(kernels, (rl_activation_kind)kind, z, 7, g);
        assert_true(isnan(y[0]) && (kind == RL_ACTIVATION_NONE || isnan(g[0])));
        assert_true(y[1] == (kind == RL_ACTIVATION_SIGMOID ? 1 : INFINITY));
        assert_true(y[2] == (kind == RL_ACTIVATION_SIGMOID ? 0.5F : 0));
        assert_true(isfinite(y[4]) && isfinite(y[5]) && isfinite(g[4]) && isfinite(g[5]));
        if (kind == RL_ACTIVATION_GELU)
            assert_true(isnan(y[6])); /* -inf * 0, as in PyTorch */
        else
            assert_true(y[6] == (float)exact_value((rl_activation_kind)kind, -INFINITY, 0.01));
    }
}

typedef struct {
    size_t rows, C, ld;
    guarded x, residual, dy, scale, shift, mean;
} problem;

static problem new_problem(size_t rows, size_t C) {
    problem p = {.rows = rows, .C = C, .ld = C + 2};
    p.x = random_floats(rows * p.ld, rows + C);
    p.residual = random_floats(rows * p.ld, rows + C + 1);
    p.dy = random_floats(rows * p.ld, rows + C + 2);
    p.scale = random_floats(C, C + 3);
    p.shift = random_floats(C, C + 4);
    p.mean = random_floats(C, C + 5);
    return p;
}

static void free_problem(problem *p) {
    guarded_free(&p->x);
    guarded_free(&p->residual);
    guarded_free(&p->dy);
    guarded_free(&p->scale);
    guarded_free(&p->shift);
    guarded_free(&p->mean);
}

static double pre_activation(const problem *p, size_t r, size_t c, bool residual) {
    return (double)p->x.data[r * p->ld + c] * p->scale.data[c] + p->shift.data[c] +
           (residual ? p->residual.data[r * p->ld + c] : 0);
}

/* At ReLU's kink float and double may see different signs: leave out what is that near. */
static bool at_kink(rl_activation_kind kind, double z) {
    return (kind == RL_ACTIVATION_RELU || kind == RL_ACTIVATION_LEAKY_RELU) && fabs(z) < 1e-6;
}

static void check_forward(const rl_kernels *kernels, const problem *p, rl_activation_kind kind,
                          bool residual) {
    const rl_affine affine = {p->scale.data, p->shift.data, 0.01F, false};
    guarded y = poisoned_floats(p->rows * (p->C + 1));
    kernels->affine_activation[kind](p->rows, p->C, p->x.data, p->ld, &affine,
                                     residual ? p->residual.data : NULL, p->ld, y.data, p->C + 1);
    for (size_t r = 0; r < p->rows; r++)
        for (size_t c = 0; c < p->C; c++)
            /* Inputs of order one: a few roundings of z, and the activation's own error. */
            assert_near(y.data[r * (p->C + 1) + c],
                        exact_value(kind, pre_activation(p, r, c, residual), 0.01F), 16, 3,
                        names[kind]);
    assert_gaps_kept(&y, p->rows, p->C, p->C + 1);
    guarded_free(&y);
}

/* Rows of 64 bytes and more at aligned addresses, past the caches: the same to the last bit, and
 * there when the kernel returns. */
static void check_streamed(const rl_kernels *kernels, const problem *p, rl_activation_kind kind,
                           bool residual) {
    enum { FLOATS = 1 << 12 };
    static float near[FLOATS] __attribute__((aligned(64)));
    static float far[FLOATS] __attribute__((aligned(64)));
    const size_t ld = (p->C + 31) / 16 * 16;
    assert_true(p->rows * ld <= FLOATS);
    rl_affine affine = {p->scale.data, p->shift.data, 0.01F, false};
    float *const results[] = {near, far};
    for (size_t i = 0; i < 2; i++) {
        affine.stream = i == 1;
        for (size_t at = 0; at < FLOATS; at++)
            results[i][at] = POISON;
        kernels->affine_activation[kind](p->rows, p->C, p->x.data, p->ld, &affine,
                                         residual ? p->residual.data : NULL, p->ld, results[i], ld);
    }
    assert_memory_equal(near, far, sizeof near);
}

static void check_backward(const rl_kernels *kernels, const problem *p, rl_activation_kind kind,
                           bool residual, bool accumulate) {
    const rl_activation_tape tape = {.affine = {p->scale.data, p->shift.data, 0.01F, false},
                                     .x = p->x.data,
                                     .ldx = p->ld,
                                     .residual = residual ? p->residual.data : NULL,
                                     .ld_residual = p->ld,
                                     .mean = p->mean.data};
    guarded g = poisoned_floats(p->rows * p->ld), d_residual = poisoned_floats(p->rows * p->ld);
    guarded sums = poisoned_floats(2 * p->C);
    for (size_t r = 0; r < p->rows; r++)
        for (size_t c = 0; c < p->C; c++) {
            g.data[r * p->ld + c] = p->dy.data[r * p->ld + c];
            if (accumulate)
                d_residual.data[r * p->ld + c] = 0.5F;
        }
    kernels->affine_activation_backward[kind](p->rows, p->C, &tape, g.data, p->ld, d_residual.data,
                                              p->ld, accumulate, sums.data, sums.data + p->C);
    for (size_t c = 0; c < p->C; c++) {
        double sum = 0, sum_x = 0;
        for (size_t r = 0; r < p->rows; r++) {
            const size_t at = r * p->ld + c;
            const double z = pre_activation(p, r, c, residual);
            const double expected = p->dy.data[at] * exact_derivative(kind, z, 0.01F);
            if (!at_kink(kind, z))
                assert_near(g.data[at], expected, 24, 2, names[kind]);
            assert_near(d_residual.data[at], g.data[at] + (accumulate ? 0.5 : 0), 1, 2, "residual");
            sum += g.data[at];
            sum_x += g.data[at] * ((double)p->x.data[at] - p->mean.data[c]);
        }
        assert_near(sums.data[c], sum, (double)p->rows + 1, (double)p->rows * 2, "sum g");
        assert_near(sums.data[p->C + c], sum_x, (double)p->rows + 2, (double)p->rows * 4,
                    "sum g (x - mean)");
    }
    assert_gaps_kept(&g, p->rows, p->C, p->ld);
    assert_gaps_kept(&d_residual, p->rows, p->C, p->ld);
    guarded_free(&g);
    guarded_free(&d_residual);
    guarded_free(&sums);
}

static void affine_passes(void **state) {
    (void)state;
    static const size_t channels[] = {1, 3, 4, 5, 8, 11, 16, 17, 31, 33, 64, 113};
    FOR_EACH_TABLE(kernels)
    for (size_t rows = 0; rows < 8; rows += 3)
        for (size_t c = 0; c < sizeof channels / sizeof *channels; c++) {
            problem p = new_problem(rows, channels[c]);
            for (int kind = 0; kind < RL_ACTIVATION_COUNT; kind++)
                for (int residual = 0; residual < 2; residual++) {
                    check_forward(kernels, &p, (rl_activation_kind)kind, residual);
                    check_streamed(kernels, &p, (rl_activation_kind)kind, residual);
                    check_backward(kernels, &p, (rl_activation_kind)kind, residual, c % 2);
                }
            free_problem(&p);
        }
}

static void input_gradient(void **state) {
    (void)state;
    FOR_EACH_TABLE(kernels)
    for (size_t C = 1; C < 40; C += 6)
        for (int accumulate = 0; accumulate < 2; accumulate++) {
            problem p = new_problem(5, C);
            const guarded d = random_floats(C, 9);
            guarded dx = poisoned_floats(5 * p.ld);
            for (size_t i = 0; accumulate && i < 5 * p.ld; i++)
                dx.data[i] = i % p.ld < C ? 0.5F : POISON;
            kernels->affine_gradient(5, C, p.dy.data, p.ld, p.x.data, p.ld, p.scale.data,
                                     p.shift.data, p.mean.data, d.data, dx.data, p.ld, accumulate);
            for (size_t i = 0; i < 5 * p.ld; i++) {
                const size_t c = i % p.ld;
                if (c >= C)
                    continue;
                const double expected = (double)p.scale.data[c] * p.dy.data[i] +
                                        p.shift.data[c] * ((double)p.x.data[i] - p.mean.data[c]) +
                                        d.data[c];
                assert_near(dx.data[i], expected + (accumulate ? 0.5 : 0), 6, 5, kernels->name);
            }
            assert_gaps_kept(&dx, 5, C, p.ld);
            guarded_free((guarded *)&d);
            guarded_free(&dx);
            free_problem(&p);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_derivatives),
        cmocka_unit_test(special_values),
        cmocka_unit_test(affine_passes),
        cmocka_unit_test(input_gradient),
    };
    RETURN_RUN_GUARDED(tests);
}
