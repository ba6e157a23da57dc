/* Moments, pooling, flat slabs, loss: against double. Update rules are checked against PyTorch in
 * tests/golden; here against their formulas, for tails and padding. */
#include "kernels/check.h"

static void moments(void **state) {
    (void)state;
    FOR_EACH_TABLE(kernels)
    for (size_t rows = 1; rows < 300; rows = rows * 3 + 1)
        for (size_t C = 1; C < 120; C += 7) {
            const size_t ld = C + 3;
            guarded x = random_floats(rows * ld, rows + C);
            guarded mean = poisoned_floats(C), m2 = poisoned_floats(C);
            for (size_t i = 0; i < rows * ld; i++)
                x.data[i] += 1000; /* a large mean must cost no digits of the deviation */
            kernels->moments(rows, C, x.data, ld, mean.data, m2.data);
            for (size_t c = 0; c < C; c++) {
                double sum = 0, squares = 0;
                for (size_t r = 0; r < rows; r++)
                    sum += x.data[r * ld + c];
                for (size_t r = 0; r < rows; r++)
                    squares += pow(x.data[r * ld + c] - sum / (double)rows, 2);
                assert_near(mean.data[c], sum / (double)rows, (double)rows + 1, 1001, "mean");
                /* m2 about the rounded mean: off by rows * (error of the mean)^2 at most. */
                const double shift = (double)rows * 1001 * FLT_EPSILON;
                assert_true(fabs(m2.data[c] - squares) <=
                            (double)rows * (FLT_EPSILON * squares + shift * shift) + FLT_MIN);
            }
            guarded_free(&x);
            guarded_free(&mean);
            guarded_free(&m2);
        }
}

static void pooling(void **state) {
    (void)state;
    FOR_EACH_TABLE(kernels)
    for (size_t rows = 1; rows < 20; rows += 6)
        for (size_t C = 1; C < 120; C += 7) {
            const size_t ld = C + 1;
            guarded x = random_floats(rows * ld, 3), y = poisoned_floats(C);
            guarded dx = poisoned_floats(rows * ld);
            kernels->average_rows(rows, C, x.data, ld, y.data);
            kernels->spread_rows(rows, C, y.data, dx.data, ld, false);
            kernels->spread_rows(rows, C, y.data, dx.data, ld, true);
            for (size_t c = 0; c < C; c++) {
                double sum = 0;
                for (size_t r = 0; r < rows; r++)
                    sum += x.data[r * ld + c];
                assert_near(y.data[c], sum / (double)rows, (double)rows + 1, 1, "average");
                for (size_t r = 0; r < rows; r++)
                    assert_near(dx.data[r * ld + c], 2.0 * y.data[c] / (double)rows, 4,
                                fabsf(y.data[c]), "spread");
            }
            assert_gaps_kept(&dx, rows, C, ld);
            guarded_free(&x);
            guarded_free(&y);
            guarded_free(&dx);
        }
}

static void slabs(void **state) {
    (void)state;
    FOR_EACH_TABLE(kernels)
    for (size_t count = 0; count < 40; count++) {
        guarded x = random_floats(count, 1), y = random_floats(count, 2);
        guarded before = random_floats(count, 2);
        double squares = 0;
        kernels->add(count, x.data, y.data);
        for (size_t i = 0; i < count; i++)
            assert_true(y.data[i] == before.data[i] + x.data[i]);
        fill(&y, 2);
        kernels->approach(count, 0.3F, x.data, y.data);
        for (size_t i = 0; i < count; i++)
            assert_near(y.data[i], before.data[i] + 0.3 * ((double)x.data[i] - before.data[i]), 4,
                        2, "approach");
        fill(&y, 2);
        kernels->scale(count, 0.3F, y.data);
        for (size_t i = 0; i < count; i++)
            assert_true(y.data[i] == before.data[i] * 0.3F);
        for (size_t i = 0; i < count; i++)
            squares += (double)x.data[i] * x.data[i];
        assert_true(fabs(kernels->sum_of_squares(count, x.data) - squares) <= 1e-12 * squares);
        if (count) {
            x.data[count - 1] = NAN;
            assert_false(isfinite(kernels->sum_of_squares(count, x.data)));
            x.data[count - 1] = 3e38F; /* large, but finite: must not overflow */
            assert_true(isfinite(kernels->sum_of_squares(count, x.data)));
        }
        guarded_free(&x);
        guarded_free(&y);
        guarded_free(&before);
    }
}

/* One step of each rule, from given state. */
static void updates(void **state) {
    (void)state;
    const rl_update_rule rule = {.lr = 0.1,
                                 .weight_decay = 0.01,
                                 .momentum = 0.9,
                                 .dampening = 0.2,
                                 .nesterov = true,
                                 .beta1 = 0.9,
                                 .beta2 = 0.999,
                                 .eps = 1e-8,
                                 .bias_correction1 = 0.271,
                                 .bias_correction2 = 0.002997001};
    FOR_EACH_TABLE(kernels)
    for (size_t count = 1; count < 40; count += 3) {
        guarded g = random_floats(count, 1), start = random_floats(count, 2);
        guarded w = random_floats(count, 2), m = random_floats(count, 3),
                v = random_floats(count, 4);
        guarded m0 = random_floats(count, 3), v0 = random_floats(count, 4);
        kernels->update_sgd(count, &rule, w.data, g.data);
        for (size_t i = 0; i < count; i++)
            assert_near(w.data[i], start.data[i] - 0.1 * (g.data[i] + 0.01 * start.data[i]), 4, 2,
                        "sgd");
        fill(&w, 2);
        kernels->update_momentum(count, &rule, w.data, g.data, m.data);
        for (size_t i = 0; i < count; i++) {
            const double gradient = g.data[i] + 0.01 * start.data[i];
            const double velocity = 0.9 * m0.data[i] + 0.8 * gradient;
            assert_near(m.data[i], velocity, 4, 2, "momentum's buffer");
            assert_near(w.data[i], start.data[i] - 0.1 * (gradient + 0.9 * velocity), 6, 2,
                        "momentum");
        }
        fill(&w, 2);
        fill(&m, 3);
        for (size_t i = 0; i < count; i++)
            v.data[i] = v0.data[i] = fabsf(v0.data[i]);
        kernels->update_adam(count, &rule, w.data, g.data, m.data, v.data);
        for (size_t i = 0; i < count; i++) {
            const double gradient = g.data[i] + 0.01 * start.data[i];
            const double first = 0.9 * m0.data[i] + 0.1 * gradient;
            const double second = 0.999 * v0.data[i] + 0.001 * gradient * gradient;
            const double step = 0.1 / 0.271 * first / (sqrt(second) / sqrt(0.002997001) + 1e-8);
            assert_near(w.data[i], start.data[i] - step, 12, 1 + fabs(step), "adam");
        }
        guarded_free(&g);
        guarded_free(&start);
        guarded_free(&w);
        guarded_free(&m);
        guarded_free(&v);
        guarded_free(&m0);
        guarded_free(&v0);
    }
}

/* -sum target log p by definition; the gradient by central differences of it. */
static double plain_loss(const float *logits, size_t classes, const rl_label_target *target,
                         size_t moved, double by) {
    double sum = 0, loss = 0;
    for (size_t k = 0; k < classes; k++)
        sum += exp(logits[k] + (k == moved ? by : 0));
    const size_t labels[2] = {target->label, target->partner};
    const double shares[2] = {target->share, 1 - target->share};
    for (size_t l = 0; l < 2; l++)
        for (size_t k = 0; k < classes; k++) {
            const double wanted =
                target->smoothing / (double)classes + (k == labels[l] ? 1 - target->smoothing : 0);
            loss -= shares[l] * wanted * (logits[k] + (k == moved ? by : 0) - log(sum));
        }
    return loss;
}

static void check_cross_entropy(const float *logits, size_t classes,
                                const rl_label_target *target) {
    float d[8];
    const double loss = rl_softmax_cross_entropy(classes, logits, target, 4, d);
    assert_true(fabs(loss - plain_loss(logits, classes, target, 0, 0)) < 1e-12);
    for (size_t k = 0; k < classes; k++) {
        const double slope = (plain_loss(logits, classes, target, k, 1e-5) -
                              plain_loss(logits, classes, target, k, -1e-5)) /
                             2e-5;
        assert_true(fabs(d[k] - 4 * slope) < 1e-6);
    }
}

static void cross_entropy(void **state) {
    (void)state;
    enum { CLASSES = 7 };
    const float logits[CLASSES] = {1.5F, -2, 0.25F, 3, -0.5F, 0, 2};
    float d[CLASSES], p[CLASSES];
    for (int smooth = 0; smooth < 2; smooth++)
        for (size_t label = 0; label < CLASSES; label++) {
            check_cross_entropy(logits, CLASSES, &(rl_label_target){label, label, 1, 0.2 * smooth});
            for (size_t partner = 0; partner < CLASSES; partner++)
                for (int share = 0; share <= 4; share++)
                    check_cross_entropy(
                        logits, CLASSES,
                        &(rl_label_target){label, partner, share / 4.0, 0.2 * smooth});
        }
    const rl_label_target first = {0, 0, 1, 0}, second = {1, 1, 1, 0};
    const float huge[3] = {3e38F, -3e38F, 0};
    assert_true(isfinite(rl_softmax_cross_entropy(3, huge, &first, 1, d)));
    assert_true(rl_softmax_cross_entropy(3, huge, &first, 1, d) == 0);
    rl_softmax(3, huge, p);
    assert_true(p[0] == 1 && p[1] == 0 && p[2] == 0);
    const float last[3] = {-1000, 0, 1000}; /* the largest is found wherever it is */
    assert_true(rl_softmax_cross_entropy(3, last, &second, 1, d) == 1000);
    assert_true(d[0] == 0 && d[1] == -1 && d[2] == 1);
    rl_softmax(3, last, p);
    assert_true(p[0] == 0 && p[1] == 0 && p[2] == 1);
    const float broken[3] = {0, NAN, 1};
    assert_true(isnan(rl_softmax_cross_entropy(3, broken, &first, 1, d)));
}

static void selection(void **state) {
    (void)state;
    assert_non_null(rl_kernels_select(NULL));
    assert_string_equal(rl_kernels_select("base")->name, "base");
    assert_null(rl_kernels_select("avx9"));
    size_t count = 0;
    while (rl_kernels_at(count))
        count++;
    assert_ptr_equal(rl_kernels_select(NULL), rl_kernels_at(count - 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments), cmocka_unit_test(pooling),       cmocka_unit_test(slabs),
        cmocka_unit_test(updates), cmocka_unit_test(cross_entropy), cmocka_unit_test(selection),
    };
    RETURN_RUN_GUARDED(tests);
}
