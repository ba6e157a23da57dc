/* Sums of a chunk are float, chunks are combined in order in double (mean and squared deviations by
 * Chan, Golub and LeVeque's update, so that a large mean costs no digits). */
#include "nn/batch_norm.h"

#include "base/memory.h"

#include <math.h>

enum {
    CHUNK_FLOATS = 1 << 14,
    MOST_ROWS = 256,
    CHANNELS_PER_ITEM = 16,
    STREAM_FLOATS = 1 << 22 /* the next reader finds no map of this size in the caches anyway */
};

size_t rl_batch_norm_chunk(size_t C) {
    return rl_max(1, rl_min(MOST_ROWS, CHUNK_FLOATS / C));
}

static float *from(float *vector, size_t channel) {
    return vector ? vector + channel : NULL;
}

rl_batch_norm rl_batch_norm_part(const rl_batch_norm *norm, size_t channel, size_t channels) {
    rl_batch_norm part = *norm;
    part.C = channels;
    part.gamma = norm->gamma ? norm->gamma + channel : NULL;
    part.beta = norm->beta ? norm->beta + channel : NULL;
    float **const vectors[] = {
        &part.running_mean, &part.running_var, &part.scale, &part.shift, &part.mean,
        &part.inv_std,      &part.a,           &part.b,     &part.d};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = from(*vectors[i], channel);
    return part;
}

/* Two vectors of C floats a chunk. */
static float *chunk_sums(const rl_engine *engine, const rl_batch_norm *norm, size_t index) {
    return engine->sums + norm->first_sum + index * 2 * norm->C;
}

size_t rl_batch_norm_sum_floats(const rl_batch_norm *norm, size_t chunk) {
    return rl_divide_up(norm->rows, chunk) * 2 * norm->C;
}

void rl_batch_norm_needs(size_t rows, size_t C, size_t chunk, rl_engine_needs *needs) {
    const size_t own = rl_batch_norm_chunk(C);
    needs->sum_floats =
        rl_max(needs->sum_floats, rl_divide_up(rows, rl_max(1, rl_min(chunk, own))) * 2 * C);
    needs->work_floats = rl_max(needs->work_floats, 2 * own * C); /* for a source and a sink */
}

/* A pass over all chunks of its own size. */
typedef struct {
    const rl_engine *engine;
    const rl_batch_norm *norm;
    size_t chunk;
    const rl_pixel_source *x;
    const float *residual;
    size_t ld_residual;
    float *y;
    size_t ldy;
    const rl_batch_norm_gradient *gradient;
    const rl_pixel_sink *sink;
    bool stream; /* y past the caches */
} norm_pass;

static size_t rows_of(const norm_pass *pass, size_t first) {
    return rl_min(pass->chunk, pass->norm->rows - first);
}

static void run_chunks(norm_pass *pass, rl_task *task) {
    pass->chunk = rl_batch_norm_chunk(pass->norm->C);
    rl_engine_run(pass->engine, rl_divide_up(pass->norm->rows, pass->chunk), task, pass);
}

/* Combines what chunks have left, channel by channel. */
static void run_channels(norm_pass *pass, rl_task *task) {
    rl_engine_run(pass->engine, rl_divide_up(pass->norm->C, CHANNELS_PER_ITEM), task, pass);
}

void rl_batch_norm_measure_chunk(const rl_engine *engine, const rl_batch_norm *norm, size_t chunk,
                                 const float *x, size_t ldx, size_t first, size_t count,
                                 size_t channel, size_t channels) {
    if (!norm->gamma)
        return;
    float *sums = chunk_sums(engine, norm, first / chunk) + channel;
    engine->kernels->moments(count, channels, x, ldx, sums, sums + norm->C);
}

/* Mean and sum of squared deviations of channels [c, c + count) over all chunks. */
static void combine_moments(const norm_pass *pass, size_t c, size_t count, double *mean,
                            double *m2) {
    const rl_batch_norm *norm = pass->norm;
    double n = 0;
    for (size_t first = 0; first < norm->rows; first += pass->chunk) {
        const float *sums = chunk_sums(pass->engine, norm, first / pass->chunk) + c;
        const double rows = (double)rows_of(pass, first);
        const double share = rows / (n + rows);
        for (size_t i = 0; i < count; i++) {
            const double delta = sums[i] - mean[i];
            mean[i] += delta * share;
            m2[i] += sums[norm->C + i] + delta * delta * n * share;
        }
        n += rows;
    }
}

static void finish_channel(const rl_batch_norm *norm, size_t c, double mean, double m2) {
    const double rows = (double)norm->rows;
    const double inv_std = 1 / sqrt(m2 / rows + RL_BATCH_NORM_EPS);
    norm->mean[c] = (float)mean;
    norm->inv_std[c] = (float)inv_std;
    norm->scale[c] = (float)(norm->gamma[c] * inv_std);
    norm->shift[c] = (float)(norm->beta[c] - mean * norm->gamma[c] * inv_std);
    const double unbiased = rows > 1 ? m2 / (rows - 1) : m2;
    norm->running_mean[c] += (float)(RL_BATCH_NORM_MOMENTUM * (mean - norm->running_mean[c]));
    norm->running_var[c] += (float)(RL_BATCH_NORM_MOMENTUM * (unbiased - norm->running_var[c]));
}

static void finish_item(const void *context, size_t item, int thread) {
    (void)thread;
    const norm_pass *pass = context;
    const size_t begin = item * CHANNELS_PER_ITEM;
    const size_t count = rl_min(pass->norm->C - begin, CHANNELS_PER_ITEM);
    double mean[CHANNELS_PER_ITEM] = {0}, m2[CHANNELS_PER_ITEM] = {0};
    combine_moments(pass, begin, count, mean, m2);
    for (size_t i = 0; i < count; i++)
        finish_channel(pass->norm, begin + i, mean[i], m2[i]);
}

static void use_identity(const rl_batch_norm *norm) {
    for (size_t c = 0; c < norm->C; c++) {
        norm->scale[c] = 1;
        norm->shift[c] = 0;
        norm->mean[c] = 0;
        norm->inv_std[c] = 1;
    }
}

void rl_batch_norm_finish(const rl_engine *engine, const rl_batch_norm *norm, size_t chunk) {
    norm_pass pass = {.engine = engine, .norm = norm, .chunk = chunk};
    if (norm->gamma)
        run_channels(&pass, finish_item);
    else
        use_identity(norm);
}

static void measure_item(const void *context, size_t index, int thread) {
    const norm_pass *pass = context;
    const size_t first = index * pass->chunk, rows = rows_of(pass, first);
    size_t ld;
    const float *x = rl_pixels_at(pass->x, first, rows, 0, pass->norm->C,
                                  rl_engine_work(pass->engine, thread), &ld);
    rl_batch_norm_measure_chunk(pass->engine, pass->norm, pass->chunk, x, ld, first, rows, 0,
                                pass->norm->C);
}

void rl_batch_norm_measure(const rl_engine *engine, const rl_batch_norm *norm,
                           const rl_pixel_source *x) {
    norm_pass pass = {.engine = engine, .norm = norm, .x = x};
    if (norm->gamma)
        run_chunks(&pass, measure_item);
    rl_batch_norm_finish(engine, norm, pass.chunk);
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

static rl_affine affine_from(const rl_batch_norm *norm, size_t channel) {
    return (rl_affine){norm->scale + channel, norm->shift + channel, norm->negative_slope, false};
}

void rl_batch_norm_apply_range(const rl_engine *engine, const rl_batch_norm *norm, const float *x,
                               size_t ldx, const float *residual, size_t ld_residual, float *y,
                               size_t ldy, size_t first, size_t count, size_t channel,
                               size_t channels) {
    const rl_affine affine = affine_from(norm, channel);
    engine->kernels->affine_activation[norm->activation](
        count, channels, x, ldx, &affine,
        residual ? residual + first * ld_residual + channel : NULL, ld_residual,
        y + first * ldy + channel, ldy);
}

static void apply_item(const void *context, size_t index, int thread) {
    const norm_pass *pass = context;
    const size_t first = index * pass->chunk, rows = rows_of(pass, first);
    size_t ld;
    const float *x = rl_pixels_at(pass->x, first, rows, 0, pass->norm->C,
                                  rl_engine_work(pass->engine, thread), &ld);
    rl_affine affine = affine_from(pass->norm, 0);
    affine.stream = pass->stream;
    pass->engine->kernels->affine_activation[pass->norm->activation](
        rows, pass->norm->C, x, ld, &affine,
        pass->residual ? pass->residual + first * pass->ld_residual : NULL, pass->ld_residual,
        pass->y + first * pass->ldy, pass->ldy);
}

/* Lines that are read before they are overwritten would cost up to a third of the pass. */
static bool is_streamed(const norm_pass *pass) {
    return pass->norm->rows * pass->ldy >= STREAM_FLOATS && pass->y != pass->x->x &&
           (uintptr_t)pass->y % RL_ALIGNMENT == 0 && pass->ldy * sizeof(float) % RL_ALIGNMENT == 0;
}

void rl_batch_norm_apply(const rl_engine *engine, const rl_batch_norm *norm,
                         const rl_pixel_source *x, const float *residual, size_t ld_residual,
                         float *y, size_t ldy) {
    norm_pass pass = {.engine = engine,
                      .norm = norm,
                      .x = x,
                      .residual = residual,
                      .ld_residual = ld_residual,
                      .y = y,
                      .ldy = ldy};
    pass.stream = is_streamed(&pass);
    run_chunks(&pass, apply_item);
}

void rl_batch_norm_activation_chunk(const rl_engine *engine, const rl_batch_norm *norm,
                                    const rl_batch_norm_gradient *gradient, size_t chunk,
                                    size_t first, size_t count, size_t channel, size_t channels,
                                    float *scratch) {
    size_t ldx;
    const float *x = rl_pixels_at(&gradient->x, first, count, channel, channels, scratch, &ldx);
    const rl_activation_tape tape = {.affine = affine_from(norm, channel),
                                     .x = x,
                                     .ldx = ldx,
                                     .residual = gradient->residual
                                                     ? gradient->residual +
                                                           first * gradient->ld_residual + channel
                                                     : NULL,
                                     .ld_residual = gradient->ld_residual,
                                     .mean = norm->mean + channel};
    float *sums = chunk_sums(engine, norm, first / chunk) + channel;
    engine->kernels->affine_activation_backward[norm->activation](
        count, channels, &tape, gradient->dy + first * gradient->ldy + channel, gradient->ldy,
        gradient->d_residual ? gradient->d_residual + first * gradient->ld_d_residual + channel
                             : NULL,
        gradient->ld_d_residual, gradient->accumulate_residual, sums, sums + norm->C);
}

/* With xh = (x - mean) * inv_std, sums over the n rows:
 *   d_beta = sum g,  d_gamma = sum g * xh,
 *   dx = gamma * inv_std * (g - d_beta / n - xh * d_gamma / n) = a * g + b * (x - mean) + d. */
static void set_coefficients(const norm_pass *pass, size_t c, double sum_g, double sum_gx) {
    const rl_batch_norm *norm = pass->norm;
    const double rows = (double)norm->rows, inv_std = norm->inv_std[c];
    const double scale = norm->gamma[c] * inv_std;
    pass->gradient->d_beta[c] = (float)sum_g;
    pass->gradient->d_gamma[c] = (float)(sum_gx * inv_std);
    norm->a[c] = (float)scale;
    norm->b[c] = (float)(-scale * inv_std * inv_std * sum_gx / rows);
    norm->d[c] = (float)(-scale * sum_g / rows);
}

static void coefficients_item(const void *context, size_t item, int thread) {
    (void)thread;
    const norm_pass *pass = context;
    const rl_batch_norm *norm = pass->norm;
    const size_t begin = item * CHANNELS_PER_ITEM;
    const size_t count = rl_min(norm->C - begin, CHANNELS_PER_ITEM);
    double sum_g[CHANNELS_PER_ITEM] = {0}, sum_gx[CHANNELS_PER_ITEM] = {0};
    for (size_t first = 0; first < norm->rows; first += pass->chunk) {
        const float *sums = chunk_sums(pass->engine, norm, first / pass->chunk) + begin;
        for (size_t i = 0; i < count; i++) {
            sum_g[i] += sums[i];
            sum_gx[i] += sums[norm->C + i];
        }
    }
    for (size_t i = 0; i < count; i++)
        set_coefficients(pass, begin + i, sum_g[i], sum_gx[i]);
}

static void use_identity_gradient(const rl_batch_norm *norm) {
    for (size_t c = 0; c < norm->C; c++) {
        norm->a[c] = 1;
        norm->b[c] = norm->d[c] = 0;
    }
}

void rl_batch_norm_coefficients(const rl_engine *engine, const rl_batch_norm *norm,
                                const rl_batch_norm_gradient *gradient, size_t chunk) {
    norm_pass pass = {.engine = engine, .norm = norm, .gradient = gradient, .chunk = chunk};
    if (norm->gamma)
        run_channels(&pass, coefficients_item);
    else
        use_identity_gradient(norm);
}

static void activation_item(const void *context, size_t index, int thread) {
    const norm_pass *pass = context;
    const size_t first = index * pass->chunk;
    rl_batch_norm_activation_chunk(pass->engine, pass->norm, pass->gradient, pass->chunk, first,
                                   rows_of(pass, first), 0, pass->norm->C,
                                   rl_engine_work(pass->engine, thread));
}

void rl_batch_norm_activation(const rl_engine *engine, const rl_batch_norm *norm,
                              const rl_batch_norm_gradient *gradient) {
    norm_pass pass = {.engine = engine, .norm = norm, .gradient = gradient};
    run_chunks(&pass, activation_item);
    rl_batch_norm_coefficients(engine, norm, gradient, pass.chunk);
}

/* Channels [channel, channel + channels) of `count` pixels from `first` on; x, out: the first. */
static void input_gradient(const rl_engine *engine, const rl_batch_norm *norm,
                           const rl_batch_norm_gradient *gradient, const float *x, size_t ldx,
                           size_t first, size_t count, size_t channel, size_t channels, float *out,
                           size_t ld_out, bool accumulate) {
    engine->kernels->affine_gradient(
        count, channels, gradient->dy + first * gradient->ldy + channel, gradient->ldy, x, ldx,
        norm->a + channel, norm->b + channel, norm->mean + channel, norm->d + channel, out, ld_out,
        accumulate);
}

void rl_batch_norm_input_gradient_range(const rl_engine *engine, const rl_batch_norm *norm,
                                        const rl_batch_norm_gradient *gradient, const float *x,
                                        size_t ldx, size_t first, size_t count, float *dx,
                                        size_t ld_dx) {
    input_gradient(engine, norm, gradient, x, ldx, first, count, 0, norm->C, dx, ld_dx, false);
}

static void input_item(const void *context, size_t index, int thread) {
    const norm_pass *pass = context;
    const rl_batch_norm *norm = pass->norm;
    const rl_pixel_sink *sink = pass->sink;
    const size_t first = index * pass->chunk, rows = rows_of(pass, first);
    float *scratch = rl_engine_work(pass->engine, thread);
    size_t ldx;
    const float *x = rl_pixels_at(&pass->gradient->x, first, rows, 0, norm->C, scratch, &ldx);
    input_gradient(pass->engine, norm, pass->gradient, x, ldx, first, rows, 0, norm->C,
                   sink->y + first * sink->ld, sink->ld, sink->accumulate);
    if (sink->written)
        sink->written(sink->context, first, rows, 0, norm->C, scratch + pass->chunk * norm->C);
}

void rl_batch_norm_input_gradient(const rl_engine *engine, const rl_batch_norm *norm,
                                  const rl_batch_norm_gradient *gradient, const rl_pixel_sink *dx) {
    norm_pass pass = {.engine = engine, .norm = norm, .gradient = gradient, .sink = dx};
    run_chunks(&pass, input_item);
}

static void read_input_gradient(const void *context, size_t first, size_t count, size_t channel,
                                size_t channels, float *out) {
    const rl_batch_norm_reader *reader = context;
    const rl_pixel_source *x = &reader->gradient->x;
    input_gradient(reader->engine, reader->norm, reader->gradient, x->x + first * x->ld + channel,
                   x->ld, first, count, channel, channels, out, channels, false);
}

const rl_pixel_source *rl_batch_norm_read_input_gradient(rl_batch_norm_reader *reader,
                                                         const rl_engine *engine,
                                                         const rl_batch_norm *norm,
                                                         const rl_batch_norm_gradient *gradient) {
    *reader = (rl_batch_norm_reader){
        engine,
        norm,
        gradient,
        {.x = gradient->dy, .ld = gradient->ldy, .read = read_input_gradient, .context = reader}};
    return &reader->source;
}
