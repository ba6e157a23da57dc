/* Products over row pointers, as convolutions use them, against sums in double. */
#include "kernels/check.h"

enum { MAX_ROWS = 30, MAX_TAPS = 9, MAX_PAIRS = 300 };

/* K values of one output row in double, with the sum of magnitudes. */
static void reference_row(const float *const *x, size_t rows, size_t row, const size_t *tap,
                          size_t tap_count, size_t C, size_t K, const float *w, size_t k,
                          double *sum, double *magnitude) {
    *sum = *magnitude = 0;
    for (size_t i = 0; i < tap_count; i++)
        for (size_t c = 0; c < C; c++) {
            const double product = (double)x[i * rows + row][c] * w[(tap[i] * C + c) * K + k];
            *sum += product;
            *magnitude += fabs(product);
        }
}

/* Weights [taps][C][K]; a choice of taps; input rows picked at random from a pool that ends at a
 * guard page, some of them the row of zeros. */
static void check_gemm(const rl_kernels *kernels, size_t rows, size_t C, size_t K, size_t taps,
                       size_t tap_count, bool accumulate, uint64_t seed) {
    const size_t ld = K + seed % 3, pool = rows + 3;
    guarded w = random_floats(taps * C * K, seed), input = random_floats(pool * C, seed + 1);
    guarded zeros = guarded_floats(C), y = poisoned_floats(rows * ld);
    guarded packed = poisoned_floats(rl_packed_size(kernels, taps, C, K));
    const size_t panels = (K + kernels->panel - 1) / kernels->panel;
    const float *x[MAX_ROWS * MAX_TAPS];
    float *out[MAX_ROWS];
    size_t tap[MAX_TAPS];
    uint64_t state = seed + 77;
    for (size_t i = 0; i < tap_count; i++)
        tap[i] = (i * 2 + seed) % taps;
    for (size_t i = 0; i < rows * tap_count; i++) {
        const size_t pick = (size_t)((noise(&state) + 1) / 2 * (float)pool);
        x[i] = pick >= pool ? zeros.data : input.data + pick * C;
    }
    for (size_t r = 0; r < rows; r++) {
        out[r] = y.data + r * ld;
        for (size_t k = 0; accumulate && k < K; k++)
            out[r][k] = (float)k;
    }
    kernels->pack_weights(taps, C, K, w.data, C * K, K, 1, 0, panels, packed.data);
    /* In two calls: panels must be independent. */
    kernels->gemm_rows(rows, tap_count, tap, taps, C, K, x, packed.data, 0, panels / 2, out,
                       accumulate);
    kernels->gemm_rows(rows, tap_count, tap, taps, C, K, x, packed.data, panels / 2, panels, out,
                       accumulate);
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0; k < K; k++) {
            double sum, magnitude;
            reference_row(x, rows, r, tap, tap_count, C, K, w.data, k, &sum, &magnitude);
            const double start = accumulate ? (double)k : 0;
            assert_near(out[r][k], sum + start, (double)(tap_count * C + 2), magnitude + start,
                        kernels->name);
        }
    assert_gaps_kept(&y, rows, K, ld);
    guarded_free(&w);
    guarded_free(&input);
    guarded_free(&zeros);
    guarded_free(&y);
    guarded_free(&packed);
}

static void gemm_rows(void **state) {
    (void)state;
    static const size_t row_counts[] = {0, 1, 2, 5, 6, 7, 12, 13, 25, 29};
    static const size_t channels[] = {1, 3, 8, 17, 64};
    static const size_t outputs[] = {1, 7, 8, 15, 16, 17, 31, 32, 33, 65};
    FOR_EACH_TABLE(kernels)
    for (size_t r = 0; r < sizeof row_counts / sizeof *row_counts; r++)
        for (size_t c = 0; c < sizeof channels / sizeof *channels; c++)
            for (size_t k = 0; k < sizeof outputs / sizeof *outputs; k++)
                for (size_t kind = 0; kind < 3; kind++) {
                    const size_t taps = kind == 0 ? 1 : 9, used = kind == 2 ? 4 : taps;
                    check_gemm(kernels, row_counts[r], channels[c], outputs[k], taps, used,
                               (r + c + k) % 2, 100 * r + 10 * c + k + kind);
                }
}

/* No tap at all must write zeros: input pixels that a strided convolution skips. */
static void no_taps(void **state) {
    (void)state;
    FOR_EACH_TABLE(kernels) {
        guarded packed = guarded_floats(rl_packed_size(kernels, 1, 2, 3)), y = poisoned_floats(3);
        float *out = y.data;
        kernels->gemm_rows(1, 0, NULL, 1, 2, 3, NULL, packed.data, 0, 1, &out, false);
        for (size_t k = 0; k < 3; k++)
            assert_true(y.data[k] == 0);
        guarded_free(&packed);
        guarded_free(&y);
    }
}

/* Packing with the strides of the data gradient: input and output channel exchanged. */
static void packing_takes_any_strides(void **state) {
    (void)state;
    enum { TAPS = 3, C = 5, K = 19 };
    FOR_EACH_TABLE(kernels) {
        const size_t N = kernels->panel, panels = (K + N - 1) / N;
        guarded w = random_floats(TAPS * C * K, 4);
        guarded packed = poisoned_floats(rl_packed_size(kernels, TAPS, C, K));
        kernels->pack_weights(TAPS, C, K, w.data, C * K, 1, C, 0, panels, packed.data);
        for (size_t t = 0; t < TAPS; t++)
            for (size_t c = 0; c < C; c++)
                for (size_t k = 0; k < panels * N; k++) {
                    const float expected = k < K ? w.data[t * C * K + c + k * C] : 0;
                    const size_t at = ((k / N * TAPS + t) * C + c) * N + k % N;
                    assert_true(packed.data[at] == expected);
                }
        guarded_free(&w);
        guarded_free(&packed);
    }
}

static void check_outer(const rl_kernels *kernels, size_t pairs, size_t C, size_t K) {
    const size_t ld = K + 2;
    guarded x = random_floats((pairs + 1) * C, 5), dy = random_floats((pairs + 1) * K, 6);
    guarded dw = poisoned_floats(C * ld);
    const float *a[MAX_PAIRS], *b[MAX_PAIRS];
    for (size_t p = 0; p < pairs; p++) {
        a[p] = x.data + (pairs - p) * C; /* any order */
        b[p] = dy.data + (p * 7 % (pairs + 1)) * K;
    }
    for (size_t c = 0; c < C; c++)
        for (size_t k = 0; k < K; k++)
            dw.data[c * ld + k] = 0.5F;
    kernels->outer_rows(pairs, C, K, a, b, dw.data, ld);
    for (size_t c = 0; c < C; c++)
        for (size_t k = 0; k < K; k++) {
            double sum = 0.5, magnitude = 0.5;
            for (size_t p = 0; p < pairs; p++) {
                sum += (double)a[p][c] * b[p][k];
                magnitude += fabs((double)a[p][c] * b[p][k]);
            }
            assert_near(dw.data[c * ld + k], sum, (double)pairs + 2, magnitude, kernels->name);
        }
    assert_gaps_kept(&dw, C, K, ld);
    guarded_free(&x);
    guarded_free(&dy);
    guarded_free(&dw);
}

static void outer_rows(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 3, 6, 7, 12, 13, 16, 25, 33, 64, 65};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    FOR_EACH_TABLE(kernels)
    for (size_t p = 0; p < MAX_ROWS; p += 7)
        for (size_t c = 0; c < COUNT; c++)
            for (size_t k = 0; k < COUNT; k++)
                check_outer(kernels, p, sizes[c], sizes[k]);
    FOR_EACH_TABLE(kernels)
    for (size_t p = 127; p < MAX_PAIRS; p += 43)
        check_outer(kernels, p, 17, 35);
}

/* Pairs are added in order, so that one call and many calls give the same bits. */
static void outer_rows_in_order(void **state) {
    (void)state;
    enum { C = 19, K = 37 };
    guarded x = random_floats((size_t)MAX_PAIRS * C, 8),
            dy = random_floats((size_t)MAX_PAIRS * K, 9);
    const float *a[MAX_PAIRS], *b[MAX_PAIRS];
    for (size_t p = 0; p < MAX_PAIRS; p++) {
        a[p] = x.data + p * C;
        b[p] = dy.data + p * K;
    }
    FOR_EACH_TABLE(kernels) {
        guarded once = guarded_floats((size_t)C * K), many = guarded_floats((size_t)C * K);
        kernels->outer_rows(MAX_PAIRS, C, K, a, b, once.data, K);
        for (size_t p = 0, n = 1; p < MAX_PAIRS; p += n, n++)
            kernels->outer_rows(p + n > MAX_PAIRS ? MAX_PAIRS - p : n, C, K, a + p, b + p,
                                many.data, K);
        assert_memory_equal(once.data, many.data, sizeof(float) * C * K);
        guarded_free(&once);
        guarded_free(&many);
    }
    guarded_free(&x);
    guarded_free(&dy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gemm_rows),
        cmocka_unit_test(no_taps),
        cmocka_unit_test(packing_takes_any_strides),
        cmocka_unit_test(outer_rows),
        cmocka_unit_test(outer_rows_in_order),
    };
    RETURN_RUN_GUARDED(tests);
}
