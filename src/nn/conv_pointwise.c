/* 1x1 convolutions as dense products, all three passes. A block of output pixels is copied together
 * first: with stride 2 every other pixel of every other row, and pixels of a power of two of
 * channels, which would fall into few sets of the caches. What surrounds the convolution is done
 * while the block is in the cache, as with Winograd's method.
 *
 * Blocks are whole rows of output pixels, numbered through the batch; with heights and widths that
 * are multiples of the stride, row r of the output begins at row r * stride of the input. */
#include "nn/conv_methods.h"

#include "base/memory.h"

#include <string.h>

enum {
    BLOCK_PIXELS = 128,
    PADDING = 16,         /* between rows of a block */
    BLOCK_CHANNELS = 128, /* of x, and of dy, in an item of the weight gradient */
    WANTED_ITEMS = 32     /* with fewer blocks than this, output channels or images are split */
};

typedef struct {
    const rl_engine *engine;
    const rl_conv_shape *shape;
    const rl_pixel_source *x, *dy;
    const rl_pixel_sink *sink;
    const float *packed;
    size_t out_w;
    size_t rows, block_rows, blocks; /* of output pixels, of the batch */
    size_t panels, panels_per_item, items_per_block;
    size_t c_blocks, k_blocks, chunks, part_floats; /* weight gradient */
    float *dw;
} pointwise_pass;

static size_t rows_of_block(const rl_conv_shape *shape) {
    return rl_max(1, BLOCK_PIXELS / rl_conv_out(shape->width, shape->stride));
}

static pointwise_pass pass_of(const rl_conv_shape *shape, size_t images) {
    pointwise_pass pass = {.shape = shape,
                           .out_w = rl_conv_out(shape->width, shape->stride),
                           .rows = images * rl_conv_out(shape->height, shape->stride),
                           .block_rows = rows_of_block(shape),
                           .c_blocks = rl_divide_up(shape->C, BLOCK_CHANNELS),
                           .k_blocks = rl_divide_up(shape->K, BLOCK_CHANNELS),
                           .part_floats = rl_round_up(shape->C * shape->K, 16)};
    pass.blocks = rl_divide_up(pass.rows, pass.block_rows);
    pass.chunks = rl_min(pass.blocks, rl_divide_up(WANTED_ITEMS, pass.c_blocks * pass.k_blocks));
    return pass;
}

size_t rl_conv_pointwise_forward_chunk(const rl_conv_shape *shape) {
    return rows_of_block(shape) * rl_conv_out(shape->width, shape->stride);
}

size_t rl_conv_pointwise_data_gradient_chunk(const rl_conv_shape *shape) {
    return rows_of_block(shape) * shape->stride * shape->width;
}

static size_t rows_at(const pointwise_pass *pass, size_t first_row) {
    return rl_min(pass->block_rows, pass->rows - first_row);
}

/* Channels [channel, channel + channels) of the pixels of x behind some rows of output pixels, to
 * rows `channels` + PADDING apart. row: scratch for a row of x. */
static void gather_x(const pointwise_pass *pass, size_t first_row, size_t rows, size_t channel,
                     size_t channels, float *row, float *to) {
    const size_t width = pass->shape->width, stride = pass->shape->stride;
    for (size_t r = first_row; r < first_row + rows; r++) {
        size_t ld;
        const float *x =
            rl_pixels_at(pass->x, r * stride * width, width, channel, channels, row, &ld);
        for (size_t j = 0; j < pass->out_w; j++, to += channels + PADDING)
            memcpy(to, x + j * stride * ld, channels * sizeof(float));
    }
}

static void gather_dy(const pointwise_pass *pass, size_t first_row, size_t rows, size_t channel,
                      size_t channels, float *scratch, float *to) {
    size_t ld;
    const size_t pixels = rows * pass->out_w;
    const float *dy =
        rl_pixels_at(pass->dy, first_row * pass->out_w, pixels, channel, channels, scratch, &ld);
    for (size_t i = 0; i < pixels; i++, to += channels + PADDING)
        memcpy(to, dy + i * ld, channels * sizeof(float));
}

/* --- Forward: an item is a block, and some panels of output channels --- */

static void add_rows(const rl_engine *engine, size_t rows, size_t channels, const float *x,
                     size_t ldx, float *y, size_t ldy) {
    for (size_t r = 0; r < rows; r++)
        engine->kernels->add(channels, x + r * ldx, y + r * ldy);
}

static void forward_item(const void *context, size_t item, int thread) {
    const pointwise_pass *pass = context;
    const rl_kernels *kernels = pass->engine->kernels;
    const rl_pixel_sink *sink = pass->sink;
    const size_t C = pass->shape->C, first_row = item / pass->items_per_block * pass->block_rows;
    const size_t rows = rows_at(pass, first_row), pixels = rows * pass->out_w;
    const size_t panel = item % pass->items_per_block * pass->panels_per_item;
    const size_t panels = rl_min(pass->panels_per_item, pass->panels - panel);
    const size_t k = panel * kernels->panel, channels = panels * kernels->panel;
    float *x = rl_engine_work(pass->engine, thread), *scratch = x + pixels * (C + PADDING);
    const float *packed = pass->packed + k * C;
    float *y = sink->y + first_row * pass->out_w * sink->ld + k;

    gather_x(pass, first_row, rows, 0, C, scratch, x);
    if (sink->accumulate) {
        kernels->gemm_tiles(pixels, C, panels, x, C + PADDING, packed, scratch, channels, NULL);
        add_rows(pass->engine, pixels, channels, scratch, channels, y, sink->ld);
    } else {
        kernels->gemm_tiles(pixels, C, panels, x, C + PADDING, packed, y, sink->ld, NULL);
    }
    if (sink->written)
        sink->written(sink->context, first_row * pass->out_w, pixels, k, channels, scratch);
}

void rl_conv_pointwise_forward_prepared(const rl_engine *engine, const rl_conv_shape *shape,
                                        size_t images, const rl_pixel_source *x,
                                        const float *prepared, const rl_pixel_sink *y) {
    pointwise_pass pass = pass_of(shape, images);
    pass.engine = engine;
    pass.x = x;
    pass.packed = prepared;
    pass.sink = y;
    pass.panels = shape->K / engine->kernels->panel;
    pass.panels_per_item = pass.blocks >= WANTED_ITEMS
                               ? pass.panels
                               : rl_max(1, pass.panels * pass.blocks / WANTED_ITEMS);
    pass.items_per_block = rl_divide_up(pass.panels, pass.panels_per_item);
    rl_engine_run(engine, pass.blocks * pass.items_per_block, forward_item, &pass);
}

void rl_conv_pointwise_forward(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                               const rl_pixel_source *x, const float *w, const rl_pixel_sink *y) {
    rl_conv_rows_prepare(engine, shape, w, engine->packed);
    rl_conv_pointwise_forward_prepared(engine, shape, images, x, engine->packed, y);
}

/* --- Data gradient: an item is a block --- */

/* To the pixels of dx that have an output pixel; the others are zero, unless added to. */
static void scatter_dx(const pointwise_pass *pass, size_t first_row, size_t rows, const float *m) {
    const size_t C = pass->shape->C, width = pass->shape->width, stride = pass->shape->stride;
    const rl_pixel_sink *sink = pass->sink;
    for (size_t row = first_row * stride; row < (first_row + rows) * stride; row++)
        for (size_t column = 0; column < width; column++) {
            float *dx = sink->y + (row * width + column) * sink->ld;
            const bool reached = row % stride == 0 && column % stride == 0;
            if (reached && sink->accumulate)
                pass->engine->kernels->add(C, m, dx);
            else if (reached)
                memcpy(dx, m, C * sizeof(float));
            else if (!sink->accumulate)
                memset(dx, 0, C * sizeof(float));
            if (reached)
                m += C + PADDING;
        }
}

static void data_item(const void *context, size_t block, int thread) {
    const pointwise_pass *pass = context;
    const rl_kernels *kernels = pass->engine->kernels;
    const rl_conv_shape *shape = pass->shape;
    const rl_pixel_sink *sink = pass->sink;
    const size_t first_row = block * pass->block_rows, rows = rows_at(pass, first_row);
    const size_t pixels = rows * pass->out_w, row_pixels = shape->stride * shape->width;
    float *dy = rl_engine_work(pass->engine, thread), *m = dy + pixels * (shape->K + PADDING);
    float *scratch = m + pixels * (shape->C + PADDING);

    gather_dy(pass, first_row, rows, 0, shape->K, scratch, dy);
    kernels->gemm_tiles(pixels, shape->K, shape->C / kernels->panel, dy, shape->K + PADDING,
                        pass->packed, m, shape->C + PADDING, NULL);
    scatter_dx(pass, first_row, rows, m);
    if (sink->written)
        sink->written(sink->context, first_row * row_pixels, rows * row_pixels, 0, shape->C,
                      scratch);
}

void rl_conv_pointwise_data_gradient(const rl_engine *engine, const rl_conv_shape *shape,
                                     size_t images, const rl_pixel_source *dy, const float *w,
                                     const rl_pixel_sink *dx) {
    pointwise_pass pass = pass_of(shape, images);
    pass.engine = engine;
    pass.dy = dy;
    pass.packed = engine->packed;
    pass.sink = dx;
    rl_conv_rows_prepare_gradient(engine, shape, w, engine->packed);
    rl_engine_run(engine, pass.blocks, data_item, &pass);
}

/* --- Weight gradient: an item is a chunk of blocks times a block of dw --- */

static void weight_item(const void *context, size_t item, int thread) {
    const pointwise_pass *pass = context;
    const size_t K = pass->shape->K, chunk = item / (pass->c_blocks * pass->k_blocks);
    const size_t c = item / pass->k_blocks % pass->c_blocks * BLOCK_CHANNELS;
    const size_t k = item % pass->k_blocks * BLOCK_CHANNELS;
    const size_t c_count = rl_min(BLOCK_CHANNELS, pass->shape->C - c);
    const size_t k_count = rl_min(BLOCK_CHANNELS, K - k);
    const size_t most = pass->block_rows * pass->out_w;
    float *x = rl_engine_work(pass->engine, thread), *dy = x + most * (c_count + PADDING);
    float *scratch = dy + most * (k_count + PADDING);
    float *dw = pass->dw + chunk * pass->part_floats + c * K + k;

    const size_t begin = pass->blocks * chunk / pass->chunks;
    const size_t end = pass->blocks * (chunk + 1) / pass->chunks;
    for (size_t block = begin; block < end; block++) {
        const size_t first_row = block * pass->block_rows, rows = rows_at(pass, first_row);
        gather_x(pass, first_row, rows, c, c_count, scratch, x);
        gather_dy(pass, first_row, rows, k, k_count, scratch, dy);
        pass->engine->kernels->outer_tiles(rows * pass->out_w, c_count, k_count, x,
                                           c_count + PADDING, dy, k_count + PADDING, dw, K,
                                           block > begin, NULL);
    }
}

void rl_conv_pointwise_weight_gradient(const rl_engine *engine, const rl_conv_shape *shape,
                                       size_t images, const rl_pixel_source *x,
                                       const rl_pixel_source *dy, float *dw) {
    pointwise_pass pass = pass_of(shape, images);
    pass.engine = engine;
    pass.x = x;
    pass.dy = dy;
    pass.dw = pass.chunks == 1 ? dw : engine->partials;
    rl_engine_run(engine, pass.chunks * pass.c_blocks * pass.k_blocks, weight_item, &pass);
    if (pass.chunks > 1)
        rl_engine_reduce(engine, pass.chunks, pass.part_floats, shape->C * shape->K, dw);
}

void rl_conv_pointwise_needs(const rl_conv_shape *shape, size_t images, bool backward,
                             const rl_kernels *kernels, rl_engine_needs *needs) {
    const pointwise_pass pass = pass_of(shape, images);
    const size_t C = shape->C, K = shape->K, pixels = pass.block_rows * pass.out_w;
    const size_t x = pixels * (C + PADDING), y = pixels * (K + PADDING);
    const size_t x_block = pass.block_rows * shape->stride * shape->width * C;
    needs->packed_floats = rl_max(needs->packed_floats, rl_max(rl_packed_size(kernels, 1, C, K),
                                                               rl_packed_size(kernels, 1, K, C)));
    needs->work_floats = rl_max(needs->work_floats, x + y + rl_max(x_block, pixels * K));
    if (backward && pass.chunks > 1)
        needs->partial_floats = rl_max(needs->partial_floats, pass.chunks * pass.part_floats);
}
