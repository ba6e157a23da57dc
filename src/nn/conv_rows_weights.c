/* Weight gradient of a convolution: dw[tap][c][k] = sum over output pixels of x * dy.
 *
 * An item is a chunk of images times a block of dw (64 input by 64 output channels, all taps),
 * which stays in the L2 cache while the pixels stream by. Wide layers have blocks enough for all
 * threads; narrow ones split the images into a fixed number of chunks with partial gradients, which
 * are then added in order. Pairs of rows that the padding would make zero are left out.
 *
 * With very few input channels, colours, all that an output pixel sees is copied together instead:
 * one product of many rows in the place of one of few for every tap. */
#include "nn/conv_methods.h"

#include "base/memory.h"

#include <string.h>

enum {
    BLOCK_CHANNELS = 64,
    BLOCK_PIXELS = 128, /* pixels a call of the kernel: bounds what streams through the L1 cache */
    MOST_PATCH = 48,    /* inputs of an output pixel that are copied together */
    PATCH_PIXELS = 64,
    WANTED_ITEMS = 32
};

typedef struct {
    const rl_engine *engine;
    const rl_conv_shape *shape;
    size_t images, chunks, c_blocks, k_blocks;
    size_t out_h, out_w;
    const float *x, *dy;
    float *dw; /* [chunks][part_floats] */
    size_t part_floats;
} weight_pass;

static size_t chunk_count(const rl_conv_shape *shape, size_t images) {
    const size_t blocks =
        rl_divide_up(shape->C, BLOCK_CHANNELS) * rl_divide_up(shape->K, BLOCK_CHANNELS);
    return rl_min(images, rl_divide_up(WANTED_ITEMS, blocks));
}

static size_t part_floats(const rl_conv_shape *shape) {
    return rl_round_up(shape->kernel * shape->kernel * shape->C * shape->K, 16);
}

/* An output pixel of the batch. */
typedef struct {
    size_t image, row, column;
} out_pixel;

static out_pixel pixel_at(const weight_pass *pass, size_t number) {
    const size_t row = number / pass->out_w;
    return (out_pixel){row / pass->out_h, row % pass->out_h, number % pass->out_w};
}

static void next_pixel(const weight_pass *pass, out_pixel *pixel) {
    if (++pixel->column != pass->out_w)
        return;
    pixel->column = 0;
    if (++pixel->row != pass->out_h)
        return;
    pixel->row = 0;
    pixel->image++;
}

/* Pairs (row of x, row of dy) of one tap for output pixels [first, first + rows); their number. */
static size_t fill_pairs(const weight_pass *pass, size_t tap, size_t first, size_t rows,
                         const float *x, const float *dy, const float **x_rows,
                         const float **dy_rows) {
    const rl_conv_shape *shape = pass->shape;
    const size_t pad = shape->kernel / 2;
    const size_t r = tap / shape->kernel, s = tap % shape->kernel;
    out_pixel pixel = pixel_at(pass, first);
    size_t pairs = 0;
    for (size_t row = 0; row < rows; row++, next_pixel(pass, &pixel)) {
        const size_t y = pixel.row * shape->stride + r - pad; /* wraps to huge when negative */
        const size_t z = pixel.column * shape->stride + s - pad;
        if (y < shape->height && z < shape->width) {
            x_rows[pairs] = x + ((pixel.image * shape->height + y) * shape->width + z) * shape->ldx;
            dy_rows[pairs] = dy + (first + row) * shape->ldy;
            pairs++;
        }
    }
    return pairs;
}

static void add_pairs(const weight_pass *pass, size_t c, size_t c_count, size_t k, size_t k_count,
                      size_t first, size_t rows, float *dw) {
    const rl_conv_shape *shape = pass->shape;
    const float *x_rows[BLOCK_PIXELS], *dy_rows[BLOCK_PIXELS];
    for (size_t tap = 0; tap < shape->kernel * shape->kernel; tap++) {
        const size_t pairs =
            fill_pairs(pass, tap, first, rows, pass->x + c, pass->dy + k, x_rows, dy_rows);
        pass->engine->kernels->outer_rows(pairs, c_count, k_count, x_rows, dy_rows,
                                          dw + tap * shape->C * shape->K, shape->K);
    }
}

/* Whole panels, since the product reads dy in whole panels. */
static bool is_patched(const weight_pass *pass) {
    const rl_conv_shape *shape = pass->shape;
    return shape->kernel * shape->kernel * shape->C <= MOST_PATCH &&
           shape->K % pass->engine->kernels->panel == 0;
}

/* The inputs of output pixels [first, first + count), in the order of the weights; padding is zero.
 */
static void copy_patches(const weight_pass *pass, size_t first, size_t count,
                         float patches[PATCH_PIXELS][MOST_PATCH]) {
    const rl_conv_shape *shape = pass->shape;
    const size_t C = shape->C, kernel = shape->kernel, pad = kernel / 2;
    out_pixel pixel = pixel_at(pass, first);
    for (size_t i = 0; i < count; i++, next_pixel(pass, &pixel)) {
        /* Columns [begin, end) of the taps lie in the image. */
        const size_t z = pixel.column * shape->stride;
        const size_t begin = z < pad ? pad - z : 0;
        const size_t end = rl_min(kernel, shape->width + pad - z);
        const size_t taps = shape->ldx == C ? end - begin : 1; /* that lie together */
        for (size_t r = 0; r < kernel; r++) {
            float *out = patches[i] + r * kernel * C;
            const size_t y = pixel.row * shape->stride + r - pad; /* wraps to huge when negative */
            if (y >= shape->height || end - begin < kernel)
                memset(out, 0, kernel * C * sizeof(float));
            for (size_t tap = begin; y < shape->height && tap < end; tap += taps) {
                const size_t row = pixel.image * shape->height + y;
                memcpy(out + tap * C, pass->x + (row * shape->width + z + tap - pad) * shape->ldx,
                       taps * C * sizeof(float));
            }
        }
    }
}

static void add_patches(const weight_pass *pass, size_t k, size_t k_count, size_t begin, size_t end,
                        float *dw) {
    const rl_conv_shape *shape = pass->shape;
    float patches[PATCH_PIXELS][MOST_PATCH] __attribute__((aligned(64)));
    for (size_t first = begin; first < end; first += PATCH_PIXELS) {
        const size_t count = rl_min(PATCH_PIXELS, end - first);
        copy_patches(pass, first, count, patches);
        pass->engine->kernels->outer_tiles(
            count, shape->kernel * shape->kernel * shape->C, k_count, patches[0], MOST_PATCH,
            pass->dy + first * shape->ldy + k, shape->ldy, dw, shape->K, true, NULL);
    }
}

static void weight_item(const void *context, size_t item, int thread) {
    (void)thread;
    const weight_pass *pass = context;
    const rl_conv_shape *shape = pass->shape;
    const size_t chunk = item / (pass->c_blocks * pass->k_blocks);
    const size_t c = item / pass->k_blocks % pass->c_blocks * BLOCK_CHANNELS;
    const size_t k = item % pass->k_blocks * BLOCK_CHANNELS;
    const size_t c_count = rl_min(BLOCK_CHANNELS, shape->C - c);
    const size_t k_count = rl_min(BLOCK_CHANNELS, shape->K - k);
    const size_t taps = shape->kernel * shape->kernel, pixels = pass->out_h * pass->out_w;
    const size_t begin = pass->images * chunk / pass->chunks * pixels;
    const size_t end = pass->images * (chunk + 1) / pass->chunks * pixels;
    float *dw = pass->dw + chunk * pass->part_floats + c * shape->K + k;

    for (size_t row = 0; row < taps * shape->C; row++)
        if (row % shape->C < c_count)
            memset(dw + row * shape->K, 0, k_count * sizeof(float));
    if (is_patched(pass)) {
        add_patches(pass, k, k_count, begin, end, dw);
        return;
    }
    for (size_t first = begin; first < end; first += BLOCK_PIXELS)
        add_pairs(pass, c, c_count, k, k_count, first, rl_min(BLOCK_PIXELS, end - first), dw);
}

void rl_conv_rows_weight_gradient(const rl_engine *engine, const rl_conv_shape *shape,
                                  size_t images, const float *x, const float *dy, float *dw) {
    const size_t floats = shape->kernel * shape->kernel * shape->C * shape->K;
    weight_pass pass = {.engine = engine,
                        .shape = shape,
                        .images = images,
                        .chunks = chunk_count(shape, images),
                        .c_blocks = rl_divide_up(shape->C, BLOCK_CHANNELS),
                        .k_blocks = rl_divide_up(shape->K, BLOCK_CHANNELS),
                        .out_h = rl_conv_out(shape->height, shape->stride),
                        .out_w = rl_conv_out(shape->width, shape->stride),
                        .x = x,
                        .dy = dy,
                        .part_floats = part_floats(shape)};
    pass.dw = pass.chunks == 1 ? dw : engine->partials;
    rl_engine_run(engine, pass.chunks * pass.c_blocks * pass.k_blocks, weight_item, &pass);
    if (pass.chunks > 1)
        rl_engine_reduce(engine, pass.chunks, pass.part_floats, floats, dw);
}

void rl_conv_rows_weight_needs(const rl_conv_shape *shape, size_t images, rl_engine_needs *needs) {
    const size_t chunks = chunk_count(shape, images);
    if (chunks > 1)
        needs->partial_floats = rl_max(needs->partial_floats, chunks * part_floats(shape));
}
