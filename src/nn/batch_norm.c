/* Rows are cut into chunks of a fixed number; sums of a chunk are float, chunks are combined in
 * order in double (mean and squared deviations by Chan, Golub and LeVeque's update, so that a large
 * mean costs no digits). */
#include "nn/batch_norm.h"

#include "base/memory.h"

#include <math.h>

enum { CHUNK_ROWS = 256 };

typedef struct {
    const rl_engine *engine;
    const rl_batch_norm *norm;
    const float *x, *residual;
    size_t ldx, ld_residual;
    float *y;
    size_t ldy;
    const rl_batch_norm_gradient *gradient;
    const float *a, *b, *d; /* coefficients of the input gradient */
} norm_pass;

static size_t chunk_count(size_t rows) {
    return rl_divide_up(rows, CHUNK_ROWS);
}

static size_t chunk_rows(const rl_batch_norm *norm, size_t chunk) {
    return rl_min(CHUNK_ROWS, norm->rows - chunk * CHUNK_ROWS);
}

/* Two vectors of C floats a chunk. */
static float *chunk_sums(const rl_engine *engine, size_t C, size_t chunk) {
    return engine->partials + chunk * 2 * C;
}

void rl_batch_norm_needs(size_t rows, size_t C, rl_engine_needs *needs) {
    /* And three vectors of coefficients behind the sums. */
    needs->partial_floats = rl_max(needs->partial_floats, (chunk_count(rows) * 2 + 3) * C);
}

static void measure_item(const void *context, size_t chunk, int thread) {
    (void)thread;
    const norm_pass *pass = context;
    const size_t C = pass->norm->C;
    float *sums = chunk_sums(pass->engine, C, chunk);
    pass->engine->kernels->moments(chunk_rows(pass->norm, chunk), C,
                                   pass->x + chunk * CHUNK_ROWS * pass->ldx, pass->ldx, sums,
                                   sums + C);
}

/* Mean and sum of squared deviations of channel c over all chunks. */
static void combine_moments(const rl_engine *engine, const rl_batch_norm *norm, size_t c,
                            double *mean, double *m2) {
    double n = 0;
    *mean = *m2 = 0;
    for (size_t chunk = 0; chunk < chunk_count(norm->rows); chunk++) {
        const float *sums = chunk_sums(engine, norm->C, chunk);
        const double rows = (double)chunk_rows(norm, chunk);
        const double delta = sums[c] - *mean;
        const double total = n + rows;
        *mean += delta * rows / total;
        *m2 += sums[norm->C + c] + delta * delta * n * rows / total;
        n = total;
    }
}

static void use_identity(const rl_batch_norm *norm) {
    for (size_t c = 0; c < norm->C; c++) {
        norm->scale[c] = 1;
        norm->shift[c] = 0;
        norm->mean[c] = 0;
        norm->inv_std[c] = 1;
    }
}

void rl_batch_norm_measure(const rl_engine *engine, const rl_batch_norm *norm, const float *x,
                           size_t ldx) {
    if (!norm->gamma) {
        use_identity(norm);
        return;
    }
    const norm_pass pass = {.engine = engine, .norm = norm, .x = x, .ldx = ldx};
    rl_engine_run(engine, chunk_count(norm->rows), measure_item, &pass);
    const double rows = (double)norm->rows;
    for (size_t c = 0; c < norm->C; c++) {
        double mean, m2;
        combine_moments(engine, norm, c, &mean, &m2);
        const double inv_std = 1 / sqrt(m2 / rows + RL_BATCH_NORM_EPS);
        norm->mean[c] = (float)mean;
        norm->inv_std[c] = (float)inv_std;
        norm->scale[c] = (float)(norm->gamma[c] * inv_std);
        norm->shift[c] = (float)(norm->beta[c] - mean * norm->gamma[c] * inv_std);
        const double unbiased = rows > 1 ? m2 / (rows - 1) : m2;
        norm->running_mean[c] += (float)(RL_BATCH_NORM_MOMENTUM * (mean - norm->running_mean[c]));
        norm->running_var[c] += (float)(RL_BATCH_NORM_MOMENTUM * (unbiased - norm->running_var[c]));
    }
}

void rl_batch_norm_use_running(const rl_batch_norm *norm) {
    if (!norm->gamma) {
        use_identity(norm);
        return;
    }
    for (size_t c = 0; c < norm->C; c++) {
        const double scale = norm->gamma[c] / sqrt(norm->running_var[c] + RL_BATCH_NORM_EPS);
        norm->scale[c] = (float)scale;
        norm->shift[c] = (float)(norm->beta[c] - norm->running_mean[c] * scale);
    }
}

static rl_affine affine_of(const rl_batch_norm *norm) {
    return (rl_affine){norm->scale, norm->shift, norm->negative_slope};
}

static void apply_item(const void *context, size_t chunk, int thread) {
    (void)thread;
    const norm_pass *pass = context;
    const rl_affine affine = affine_of(pass->norm);
    const size_t row = chunk * CHUNK_ROWS;
    pass->engine->kernels->affine_activation[pass->norm->activation](
        chunk_rows(pass->norm, chunk), pass->norm->C, pass->x + row * pass->ldx, pass->ldx, &affine,
        pass->residual ? pass->residual + row * pass->ld_residual : NULL, pass->ld_residual,
        pass->y + row * pass->ldy, pass->ldy);
}

void rl_batch_norm_apply(const rl_engine *engine, const rl_batch_norm *norm, const float *x,
                         size_t ldx, const float *residual, size_t ld_residual, float *y,
                         size_t ldy) {
    const norm_pass pass = {.engine = engine,
                            .norm = norm,
                            .x = x,
                            .ldx = ldx,
                            .residual = residual,
                            .ld_residual = ld_residual,
                            .y = y,
                            .ldy = ldy};
    rl_engine_run(engine, chunk_count(norm->rows), apply_item, &pass);
}

/* dy becomes g, the gradient in front of the activation; sums of g and g * (x - mean). */
static void activation_item(const void *context, size_t chunk, int thread) {
    (void)thread;
    const norm_pass *pass = context;
    const rl_batch_norm_gradient *gradient = pass->gradient;
    const size_t row = chunk * CHUNK_ROWS, C = pass->norm->C;
    const rl_activation_tape tape = {
        .affine = affine_of(pass->norm),
        .x = gradient->x + row * gradient->ldx,
        .ldx = gradient->ldx,
        .residual = gradient->residual ? gradient->residual + row * gradient->ld_residual : NULL,
        .ld_residual = gradient->ld_residual,
        .mean = pass->norm->mean};
    float *sums = chunk_sums(pass->engine, C, chunk);
    pass->engine->kernels->affine_activation_backward[pass->norm->activation](
        chunk_rows(pass->norm, chunk), C, &tape, gradient->dy + row * gradient->ldy, gradient->ldy,
        gradient->d_residual ? gradient->d_residual + row * gradient->ld_d_residual : NULL,
        gradient->ld_d_residual, gradient->accumulate_residual, sums, sums + C);
}

static void input_item(const void *context, size_t chunk, int thread) {
    (void)thread;
    const norm_pass *pass = context;
    const rl_batch_norm_gradient *gradient = pass->gradient;
    const size_t row = chunk * CHUNK_ROWS;
    pass->engine->kernels->affine_gradient(
        chunk_rows(pass->norm, chunk), pass->norm->C, gradient->dy + row * gradient->ldy,
        gradient->ldy, gradient->x + row * gradient->ldx, gradient->ldx, pass->a, pass->b,
        pass->norm->mean, pass->d, gradient->dx + row * gradient->ld_dx, gradient->ld_dx,
        gradient->accumulate);
}

/* With xh = (x - mean) * inv_std, sums over the n rows:
 *   d_beta = sum g,  d_gamma = sum g * xh,
 *   dx = gamma * inv_std * (g - d_beta / n - xh * d_gamma / n) = a * g + b * (x - mean) + d. */
static void coefficients(const norm_pass *pass, float *a, float *b, float *d) {
    const rl_batch_norm *norm = pass->norm;
    const double rows = (double)norm->rows;
    for (size_t c = 0; c < norm->C; c++) {
        if (!norm->gamma) {
            a[c] = 1;
            b[c] = d[c] = 0;
            continue;
        }
        double sum_g = 0, sum_gx = 0;
        for (size_t chunk = 0; chunk < chunk_count(norm->rows); chunk++) {
            const float *sums = chunk_sums(pass->engine, norm->C, chunk);
            sum_g += sums[c];
            sum_gx += sums[norm->C + c];
        }
        const double inv_std = norm->inv_std[c];
        const double scale = norm->gamma[c] * inv_std;
        pass->gradient->d_beta[c] = (float)sum_g;
        pass->gradient->d_gamma[c] = (float)(sum_gx * inv_std);
        a[c] = (float)scale;
        b[c] = (float)(-scale * inv_std * inv_std * sum_gx / rows);
        d[c] = (float)(-scale * sum_g / rows);
    }
}

void rl_batch_norm_backward(const rl_engine *engine, const rl_batch_norm *norm,
                            const rl_batch_norm_gradient *gradient) {
    norm_pass pass = {.engine = engine, .norm = norm, .gradient = gradient};
    const size_t chunks = chunk_count(norm->rows);
    rl_engine_run(engine, chunks, activation_item, &pass);
    float *a = chunk_sums(engine, norm->C, chunks), *b = a + norm->C, *d = b + norm->C;
    coefficients(&pass, a, b, d);
    pass.a = a;
    pass.b = b;
    pass.d = d;
    rl_engine_run(engine, chunks, input_item, &pass);
}
