/* An item is a band of rows of one image; weight gradients are summed over a fixed number of chunks
 * of images. */
#include "nn/depthwise.h"

#include "base/memory.h"

#include <string.h>

enum { BAND_ROWS = 8, CHUNKS = 32 };

typedef struct {
    const rl_engine *engine;
    const rl_depthwise_shape *shape;
    size_t images, band_rows, bands, chunks, part_floats;
    const rl_pixel_source *source, *dy;
    const float *w;
    const rl_pixel_sink *sink;
    bool backward;
    float *dw;
} depthwise_pass;

static size_t weight_floats(const rl_depthwise_shape *shape) {
    return shape->kernel * shape->kernel * shape->channels * shape->multiplier;
}

static size_t output_channels(const rl_depthwise_shape *shape) {
    return shape->channels * shape->multiplier;
}

/* Rows of a band: images are cut evenly, so that chunks of pixels are, too. */
static size_t rows_of_band(const rl_depthwise_shape *shape) {
    return shape->height % BAND_ROWS == 0 ? BAND_ROWS : shape->height;
}

size_t rl_depthwise_chunk(const rl_depthwise_shape *shape) {
    return rows_of_band(shape) * shape->width;
}

/* Runs forward, or the data gradient, on one band. The rows it reads, with those that the kernel
 * reaches past the band, are an image of their own to the kernel. */
static void band_item(const void *context, size_t item, int thread) {
    const depthwise_pass *pass = context;
    const rl_depthwise_shape *whole = pass->shape;
    const rl_kernels *kernels = pass->engine->kernels;
    const size_t image = item / pass->bands, begin = item % pass->bands * pass->band_rows;
    const size_t end = begin + pass->band_rows, reach = whole->kernel / 2;
    const size_t top = begin > reach ? begin - reach : 0;
    const size_t bottom = rl_min(whole->height, end + reach);
    const size_t in = pass->backward ? output_channels(whole) : whole->channels;
    const size_t out = pass->backward ? whole->channels : output_channels(whole);
    const size_t row = image * whole->height;
    float *scratch = rl_engine_work(pass->engine, thread);
    size_t ld;
    const float *x = rl_pixels_at(pass->source, (row + top) * whole->width,
                                  (bottom - top) * whole->width, 0, in, scratch, &ld);
    float *y = pass->sink->y + (row + top) * whole->width * pass->sink->ld;
    rl_depthwise_shape shape = *whole;
    shape.height = bottom - top;
    shape.ldx = pass->backward ? pass->sink->ld : ld;
    shape.ldy = pass->backward ? ld : pass->sink->ld;
    if (pass->backward)
        kernels->depthwise_data_gradient(&shape, x, pass->w, begin - top, end - top, y,
                                         pass->sink->accumulate);
    else
        kernels->depthwise_forward(&shape, x, pass->w, begin - top, end - top, y);
    if (pass->sink->written)
        pass->sink->written(pass->sink->context, (row + begin) * whole->width,
                            pass->band_rows * whole->width, 0, out, scratch);
}

static void run_bands(depthwise_pass *pass, size_t images) {
    pass->band_rows = rows_of_band(pass->shape);
    pass->bands = pass->shape->height / pass->band_rows;
    rl_engine_run(pass->engine, images * pass->bands, band_item, pass);
}

void rl_depthwise_forward(const rl_engine *engine, const rl_depthwise_shape *shape, size_t images,
                          const rl_pixel_source *x, const float *w, const rl_pixel_sink *y) {
    depthwise_pass pass = {.engine = engine, .shape = shape, .source = x, .w = w, .sink = y};
    run_bands(&pass, images);
}

void rl_depthwise_data_gradient(const rl_engine *engine, const rl_depthwise_shape *shape,
                                size_t images, const rl_pixel_source *dy, const float *w,
                                const rl_pixel_sink *dx) {
    depthwise_pass pass = {
        .engine = engine, .shape = shape, .source = dy, .w = w, .sink = dx, .backward = true};
    run_bands(&pass, images);
}

static void weight_item(const void *context, size_t chunk, int thread) {
    const depthwise_pass *pass = context;
    rl_depthwise_shape shape = *pass->shape;
    const size_t pixels = shape.height * shape.width;
    float *dw = pass->dw + chunk * pass->part_floats;
    float *x_scratch = rl_engine_work(pass->engine, thread);
    float *dy_scratch = x_scratch + pixels * shape.channels;
    memset(dw, 0, weight_floats(&shape) * sizeof(float));
    const size_t end = pass->images * (chunk + 1) / pass->chunks;
    for (size_t image = pass->images * chunk / pass->chunks; image < end; image++) {
        const float *x = rl_pixels_at(pass->source, image * pixels, pixels, 0, shape.channels,
                                      x_scratch, &shape.ldx);
        const float *dy = rl_pixels_at(pass->dy, image * pixels, pixels, 0, output_channels(&shape),
                                       dy_scratch, &shape.ldy);
        pass->engine->kernels->depthwise_weight_gradient(&shape, x, dy, 0, shape.height, dw);
    }
}

void rl_depthwise_weight_gradient(const rl_engine *engine, const rl_depthwise_shape *shape,
                                  size_t images, const rl_pixel_source *x,
                                  const rl_pixel_source *dy, float *dw) {
    const depthwise_pass pass = {.engine = engine,
                                 .shape = shape,
                                 .images = images,
                                 .chunks = rl_min(images, CHUNKS),
                                 .part_floats = rl_round_up(weight_floats(shape), 16),
                                 .source = x,
                                 .dy = dy,
                                 .dw = engine->partials};
    rl_engine_run(engine, pass.chunks, weight_item, &pass);
    rl_engine_reduce(engine, pass.chunks, pass.part_floats, weight_floats(shape), dw);
}

void rl_depthwise_needs(const rl_depthwise_shape *shape, size_t images, bool backward,
                        rl_engine_needs *needs) {
    const size_t pixels = shape->height * shape->width;
    needs->work_floats =
        rl_max(needs->work_floats, pixels * (shape->channels + output_channels(shape)));
    if (backward)
        needs->partial_floats = rl_max(
            needs->partial_floats, rl_min(images, CHUNKS) * rl_round_up(weight_floats(shape), 16));
}
