/* Forward, an item is a band of rows of one image. Backward, it is an image with both gradients, so
 * that what they share is read, or computed, once; weight gradients are summed over a fixed number
 * of chunks of images. */
#include "nn/depthwise.h"

#include "base/memory.h"

#include <string.h>

enum { BAND_ROWS = 8, CHUNKS = 32 };

typedef struct {
    const rl_engine *engine;
    const rl_depthwise_shape *shape;
    size_t images, band_rows, bands, chunks, part_floats;
    const rl_pixel_source *x, *dy;
    const rl_pixel_observer *observer; /* or NULL */
    const float *w;
    const rl_pixel_sink *sink;
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

size_t rl_depthwise_forward_chunk(const rl_depthwise_shape *shape) {
    return rows_of_band(shape) * shape->width;
}

/* The rows that a band reads, with those that the kernel reaches past it, are an image of their own
 * to the kernel. */
static void band_item(const void *context, size_t item, int thread) {
    const depthwise_pass *pass = context;
    const rl_pixel_sink *sink = pass->sink;
    rl_depthwise_shape shape = *pass->shape;
    const size_t width = shape.width, row = item / pass->bands * shape.height;
    const size_t begin = item % pass->bands * pass->band_rows, end = begin + pass->band_rows;
    const size_t reach = shape.kernel / 2;
    const size_t top = begin > reach ? begin - reach : 0;
    const size_t bottom = rl_min(shape.height, end + reach);
    float *scratch = rl_engine_work(pass->engine, thread);
    const float *x = rl_pixels_at(pass->x, (row + top) * width, (bottom - top) * width, 0,
                                  shape.channels, scratch, &shape.ldx);
    if (pass->observer)
        pass->observer->seen(pass->observer->context, (row + begin) * width,
                             pass->band_rows * width, x + (begin - top) * width * shape.ldx,
                             shape.ldx);
    shape.height = bottom - top;
    shape.ldy = sink->ld;
    pass->engine->kernels->depthwise_forward(&shape, x, pass->w, begin - top, end - top,
                                             sink->y + (row + top) * width * sink->ld);
    if (sink->written)
        sink->written(sink->context, (row + begin) * width, pass->band_rows * width, 0,
                      output_channels(&shape), scratch);
}

void rl_depthwise_forward(const rl_engine *engine, const rl_depthwise_shape *shape, size_t images,
                          const rl_pixel_source *x, const rl_pixel_observer *observer,
                          const float *w, const rl_pixel_sink *y) {
    const depthwise_pass pass = {.engine = engine,
                                 .shape = shape,
                                 .band_rows = rows_of_band(shape),
                                 .bands = shape->height / rows_of_band(shape),
                                 .x = x,
                                 .observer = observer,
                                 .w = w,
                                 .sink = y};
    rl_engine_run(engine, images * pass.bands, band_item, &pass);
}

static void backward_image(const depthwise_pass *pass, size_t image, float *scratch, float *dw) {
    const rl_kernels *kernels = pass->engine->kernels;
    const rl_pixel_sink *sink = pass->sink;
    rl_depthwise_shape shape = *pass->shape;
    const size_t pixels = shape.height * shape.width, K = output_channels(&shape);
    const size_t first = image * pixels;
    float *x_scratch = scratch, *dy_scratch = scratch + pixels * shape.channels;
    const float *x = rl_pixels_at(pass->x, first, pixels, 0, shape.channels, x_scratch, &shape.ldx);
    const float *dy = rl_pixels_at(pass->dy, first, pixels, 0, K, dy_scratch, &shape.ldy);
    kernels->depthwise_weight_gradient(&shape, x, dy, 0, shape.height, dw);
    if (pass->observer)
        pass->observer->seen(pass->observer->context, first, pixels, x, shape.ldx);
    shape.ldx = sink->ld;
    kernels->depthwise_data_gradient(&shape, dy, pass->w, 0, shape.height,
                                     sink->y + first * sink->ld, sink->accumulate);
    if (sink->written)
        sink->written(sink->context, first, pixels, 0, shape.channels, x_scratch);
}

static void backward_item(const void *context, size_t chunk, int thread) {
    const depthwise_pass *pass = context;
    float *dw = pass->engine->partials + chunk * pass->part_floats;
    float *scratch = rl_engine_work(pass->engine, thread);
    memset(dw, 0, weight_floats(pass->shape) * sizeof(float));
    const size_t end = pass->images * (chunk + 1) / pass->chunks;
    for (size_t image = pass->images * chunk / pass->chunks; image < end; image++)
        backward_image(pass, image, scratch, dw);
}

void rl_depthwise_backward(const rl_engine *engine, const rl_depthwise_shape *shape, size_t images,
                           const rl_pixel_source *x, const rl_pixel_observer *observer,
                           const rl_pixel_source *dy, const float *w, float *dw,
                           const rl_pixel_sink *dx) {
    const depthwise_pass pass = {.engine = engine,
                                 .shape = shape,
                                 .images = images,
                                 .chunks = rl_min(images, CHUNKS),
                                 .part_floats = rl_round_up(weight_floats(shape), 16),
                                 .x = x,
                                 .observer = observer,
                                 .dy = dy,
                                 .w = w,
                                 .sink = dx};
    rl_engine_run(engine, pass.chunks, backward_item, &pass);
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
