/* An item is a band of rows of one image; weight gradients are summed over a fixed number of chunks
 * of images. */
#include "nn/depthwise.h"

#include "base/memory.h"

#include <string.h>

enum { BAND_ROWS = 8, CHUNKS = 32 };

typedef struct {
    const rl_engine *engine;
    const rl_depthwise_shape *shape;
    size_t images, bands, chunks, part_floats;
    const float *x, *w, *dy;
    float *out;
    bool accumulate;
} depthwise_pass;

static size_t weight_floats(const rl_depthwise_shape *shape) {
    return shape->kernel * shape->kernel * shape->channels * shape->multiplier;
}

static size_t image_floats(const rl_depthwise_shape *shape, size_t ld) {
    return shape->height * shape->width * ld;
}

static size_t band_end(const depthwise_pass *pass, size_t band) {
    return rl_min(pass->shape->height, (band + 1) * BAND_ROWS);
}

static void forward_item(const void *context, size_t item, int thread) {
    (void)thread;
    const depthwise_pass *pass = context;
    const size_t image = item / pass->bands, band = item % pass->bands;
    pass->engine->kernels->depthwise_forward(
        pass->shape, pass->x + image * image_floats(pass->shape, pass->shape->ldx), pass->w,
        band * BAND_ROWS, band_end(pass, band),
        pass->out + image * image_floats(pass->shape, pass->shape->ldy));
}

void rl_depthwise_forward(const rl_engine *engine, const rl_depthwise_shape *shape, size_t images,
                          const float *x, const float *w, float *y) {
    const depthwise_pass pass = {.engine = engine,
                                 .shape = shape,
                                 .bands = rl_divide_up(shape->height, BAND_ROWS),
                                 .x = x,
                                 .w = w,
                                 .out = y};
    rl_engine_run(engine, images * pass.bands, forward_item, &pass);
}

static void data_item(const void *context, size_t item, int thread) {
    (void)thread;
    const depthwise_pass *pass = context;
    const size_t image = item / pass->bands, band = item % pass->bands;
    pass->engine->kernels->depthwise_data_gradient(
        pass->shape, pass->dy + image * image_floats(pass->shape, pass->shape->ldy), pass->w,
        band * BAND_ROWS, band_end(pass, band),
        pass->out + image * image_floats(pass->shape, pass->shape->ldx), pass->accumulate);
}

void rl_depthwise_data_gradient(const rl_engine *engine, const rl_depthwise_shape *shape,
                                size_t images, const float *dy, const float *w, float *dx,
                                bool accumulate) {
    const depthwise_pass pass = {.engine = engine,
                                 .shape = shape,
                                 .bands = rl_divide_up(shape->height, BAND_ROWS),
                                 .dy = dy,
                                 .w = w,
                                 .out = dx,
                                 .accumulate = accumulate};
    rl_engine_run(engine, images * pass.bands, data_item, &pass);
}

static void weight_item(const void *context, size_t chunk, int thread) {
    (void)thread;
    const depthwise_pass *pass = context;
    const rl_depthwise_shape *shape = pass->shape;
    float *dw = pass->out + chunk * pass->part_floats;
    memset(dw, 0, weight_floats(shape) * sizeof(float));
    const size_t end = pass->images * (chunk + 1) / pass->chunks;
    for (size_t image = pass->images * chunk / pass->chunks; image < end; image++)
        pass->engine->kernels->depthwise_weight_gradient(
            shape, pass->x + image * image_floats(shape, shape->ldx),
            pass->dy + image * image_floats(shape, shape->ldy), 0, shape->height, dw);
}

void rl_depthwise_weight_gradient(const rl_engine *engine, const rl_depthwise_shape *shape,
                                  size_t images, const float *x, const float *dy, float *dw) {
    const depthwise_pass pass = {.engine = engine,
                                 .shape = shape,
                                 .images = images,
                                 .chunks = rl_min(images, CHUNKS),
                                 .part_floats = rl_round_up(weight_floats(shape), 16),
                                 .x = x,
                                 .dy = dy,
                                 .out = engine->partials};
    rl_engine_run(engine, pass.chunks, weight_item, &pass);
    rl_engine_reduce(engine, pass.chunks, pass.part_floats, weight_floats(shape), dw);
}

void rl_depthwise_needs(const rl_depthwise_shape *shape, size_t images, bool backward,
                        rl_engine_needs *needs) {
    if (backward)
        needs->partial_floats = rl_max(
            needs->partial_floats, rl_min(images, CHUNKS) * rl_round_up(weight_floats(shape), 16));
}
