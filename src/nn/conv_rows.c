/* Forward pass and data gradient of a convolution as products over row pointers.
 *
 * Both are the same walk. Destination pixels form a grid; for each tap, the source pixel of grid
 * point (i, j) is (i * step + offset_h, j * step + offset_w), or a row of zeros outside the image.
 * Forward: one grid, step = stride. Data gradient: input pixels fall into stride x stride classes
 * by which taps reach them; each class is a grid with step 1 and only those taps, so that no
 * product with an inserted zero is ever computed. */
#include "nn/conv_methods.h"

#include "base/memory.h"

enum {
    BLOCK_ROWS = 96,   /* pixels an item: their inputs and one weight panel stay in the L2 cache */
    WANTED_ITEMS = 32, /* with fewer blocks than this, the output channels are split too */
    MAX_TAPS = RL_MAX_KERNEL * RL_MAX_KERNEL
};

typedef struct {
    size_t images;
    size_t grid_h, grid_w;                       /* destination pixels an image */
    size_t dst_h, dst_w, dst_step, dst_y, dst_x; /* image they lie in; spacing; first one */
    size_t src_h, src_w, src_step;
    size_t tap_count;
    size_t tap[MAX_TAPS];
    ptrdiff_t offset_h[MAX_TAPS], offset_w[MAX_TAPS];
} pixel_grid;

typedef struct {
    const rl_engine *engine;
    const pixel_grid *grid;
    const float *src;
    size_t ld_src, C;
    float *dst;
    size_t ld_dst, K;
    size_t taps; /* of the packed weights */
    const float *packed;
    bool accumulate;
    size_t panels, panels_per_item, items_per_block;
} grid_pass;

/* Row tables of `rows` grid points from number `first` on. */
static void fill_pointers(const grid_pass *pass, size_t first, size_t rows, const float **src,
                          float **dst) {
    const pixel_grid *g = pass->grid;
    size_t image = first / (g->grid_h * g->grid_w);
    size_t i = first / g->grid_w % g->grid_h;
    size_t j = first % g->grid_w;
    for (size_t row = 0; row < rows; row++) {
        const size_t y = i * g->dst_step + g->dst_y, x = j * g->dst_step + g->dst_x;
        dst[row] = pass->dst + ((image * g->dst_h + y) * g->dst_w + x) * pass->ld_dst;
        for (size_t t = 0; t < g->tap_count; t++) {
            /* Negative positions wrap to huge ones: one comparison finds both borders. */
            const size_t sy = i * g->src_step + (size_t)g->offset_h[t];
            const size_t sx = j * g->src_step + (size_t)g->offset_w[t];
            const bool inside = sy < g->src_h && sx < g->src_w;
            src[t * rows + row] =
                inside ? pass->src + ((image * g->src_h + sy) * g->src_w + sx) * pass->ld_src
                       : pass->engine->zeros;
        }
        if (++j == g->grid_w) {
            j = 0;
            if (++i == g->grid_h) {
                i = 0;
                image++;
            }
        }
    }
}

static void grid_item(const void *context, size_t item, int thread) {
    const grid_pass *pass = context;
    const rl_engine *engine = pass->engine;
    const pixel_grid *g = pass->grid;
    const size_t first = item / pass->items_per_block * BLOCK_ROWS;
    const size_t rows = rl_min(BLOCK_ROWS, g->images * g->grid_h * g->grid_w - first);
    const size_t panel = item % pass->items_per_block * pass->panels_per_item;
    const float **src = engine->pointers + (size_t)thread * engine->pointers_per_thread;
    float *dst[BLOCK_ROWS];
    fill_pointers(pass, first, rows, src, dst);
    engine->kernels->gemm_rows(
        rows, g->tap_count, g->tap, pass->taps, pass->C, pass->K, src, pass->packed, panel,
        rl_min(pass->panels, panel + pass->panels_per_item), dst, pass->accumulate);
}

static void run_grid(grid_pass *pass) {
    const pixel_grid *g = pass->grid;
    const size_t blocks = rl_divide_up(g->images * g->grid_h * g->grid_w, BLOCK_ROWS);
    pass->panels = rl_divide_up(pass->K, pass->engine->kernels->panel);
    pass->panels_per_item =
        blocks >= WANTED_ITEMS ? pass->panels : rl_max(1, pass->panels * blocks / WANTED_ITEMS);
    pass->items_per_block = rl_divide_up(pass->panels, pass->panels_per_item);
    rl_engine_run(pass->engine, blocks * pass->items_per_block, grid_item, pass);
}

typedef struct {
    const rl_engine *engine;
    size_t taps, C, K;
    const float *w;
    size_t tap_stride, c_stride, k_stride;
    float *packed;
} packing;

static void pack_item(const void *context, size_t item, int thread) {
    (void)thread;
    const packing *p = context;
    p->engine->kernels->pack_weights(p->taps, p->C, p->K, p->w, p->tap_stride, p->c_stride,
                                     p->k_stride, item, item + 1, p->packed);
}

static void pack(const packing *p) {
    rl_engine_run(p->engine, rl_divide_up(p->K, p->engine->kernels->panel), pack_item, p);
}

size_t rl_conv_rows_prepared_floats(const rl_conv_shape *shape, const rl_kernels *kernels) {
    return rl_packed_size(kernels, shape->kernel * shape->kernel, shape->C, shape->K);
}

void rl_conv_rows_prepare(const rl_engine *engine, const rl_conv_shape *shape, const float *w,
                          float *prepared) {
    const size_t taps = shape->kernel * shape->kernel;
    pack(&(packing){engine, taps, shape->C, shape->K, w, shape->C * shape->K, shape->K, 1,
                    prepared});
}

void rl_conv_rows_forward(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                          const float *x, const float *w, float *y, bool accumulate) {
    rl_conv_rows_prepare(engine, shape, w, engine->packed);
    rl_conv_rows_forward_prepared(engine, shape, images, x, engine->packed, y, accumulate);
}

void rl_conv_rows_forward_prepared(const rl_engine *engine, const rl_conv_shape *shape,
                                   size_t images, const float *x, const float *prepared, float *y,
                                   bool accumulate) {
    const size_t kernel = shape->kernel, taps = kernel * kernel;
    const size_t out_h = rl_conv_out(shape->height, shape->stride);
    const size_t out_w = rl_conv_out(shape->width, shape->stride);
    pixel_grid grid = {.images = images,
                       .grid_h = out_h,
                       .grid_w = out_w,
                       .dst_h = out_h,
                       .dst_w = out_w,
                       .dst_step = 1,
                       .src_h = shape->height,
                       .src_w = shape->width,
                       .src_step = shape->stride,
                       .tap_count = taps};
    for (size_t t = 0; t < taps; t++) {
        grid.tap[t] = t;
        grid.offset_h[t] = (ptrdiff_t)(t / kernel) - (ptrdiff_t)(kernel / 2);
        grid.offset_w[t] = (ptrdiff_t)(t % kernel) - (ptrdiff_t)(kernel / 2);
    }
    run_grid(&(grid_pass){.engine = engine,
                          .grid = &grid,
                          .src = x,
                          .ld_src = shape->ldx,
                          .C = shape->C,
                          .dst = y,
                          .ld_dst = shape->ldy,
                          .K = shape->K,
                          .taps = taps,
                          .packed = prepared,
                          .accumulate = accumulate});
}

/* The grid of input pixels with row = first_h, column = first_w modulo the stride. An output pixel
 * o reaches input pixel i through tap r when o * stride + r - pad = i. */
static void gradient_grid(const rl_conv_shape *shape, size_t images, size_t first_h, size_t first_w,
                          pixel_grid *grid) {
    const size_t kernel = shape->kernel, stride = shape->stride, pad = kernel / 2;
    *grid = (pixel_grid){.images = images,
                         .grid_h = rl_divide_up(shape->height - first_h, stride),
                         .grid_w = rl_divide_up(shape->width - first_w, stride),
                         .dst_h = shape->height,
                         .dst_w = shape->width,
                         .dst_step = stride,
                         .dst_y = first_h,
                         .dst_x = first_w,
                         .src_h = rl_conv_out(shape->height, stride),
                         .src_w = rl_conv_out(shape->width, stride),
                         .src_step = 1};
    for (size_t r = 0; r < kernel; r++) {
        const ptrdiff_t distance_h = (ptrdiff_t)(first_h + pad) - (ptrdiff_t)r;
        if (distance_h % (ptrdiff_t)stride != 0)
            continue;
        for (size_t s = 0; s < kernel; s++) {
            const ptrdiff_t distance_w = (ptrdiff_t)(first_w + pad) - (ptrdiff_t)s;
            if (distance_w % (ptrdiff_t)stride != 0)
                continue;
            const size_t t = grid->tap_count++;
            grid->tap[t] = r * kernel + s;
            grid->offset_h[t] = distance_h / (ptrdiff_t)stride;
            grid->offset_w[t] = distance_w / (ptrdiff_t)stride;
        }
    }
}

void rl_conv_rows_prepare_gradient(const rl_engine *engine, const rl_conv_shape *shape,
                                   const float *w, float *prepared) {
    const size_t taps = shape->kernel * shape->kernel;
    pack(&(packing){engine, taps, shape->K, shape->C, w, shape->C * shape->K, 1, shape->K,
                    prepared});
}

void rl_conv_rows_data_gradient(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                                const float *dy, const float *w, float *dx, bool accumulate) {
    const size_t taps = shape->kernel * shape->kernel;
    rl_conv_rows_prepare_gradient(engine, shape, w, engine->packed);
    for (size_t first_h = 0; first_h < rl_min(shape->stride, shape->height); first_h++)
        for (size_t first_w = 0; first_w < rl_min(shape->stride, shape->width); first_w++) {
            pixel_grid grid;
            gradient_grid(shape, images, first_h, first_w, &grid);
            run_grid(&(grid_pass){.engine = engine,
                                  .grid = &grid,
                                  .src = dy,
                                  .ld_src = shape->ldy,
                                  .C = shape->K,
                                  .dst = dx,
                                  .ld_dst = shape->ldx,
                                  .K = shape->C,
                                  .taps = taps,
                                  .packed = engine->packed,
                                  .accumulate = accumulate});
        }
}

void rl_conv_rows_needs(const rl_conv_shape *shape, bool backward, const rl_kernels *kernels,
                        rl_engine_needs *needs) {
    const size_t taps = shape->kernel * shape->kernel;
    needs->pointers = rl_max(needs->pointers, taps * BLOCK_ROWS);
    needs->packed_floats =
        rl_max(needs->packed_floats, rl_packed_size(kernels, taps, shape->C, shape->K));
    needs->zero_floats = rl_max(needs->zero_floats, rl_max(shape->C, shape->K));
    if (backward)
        needs->packed_floats =
            rl_max(needs->packed_floats, rl_packed_size(kernels, taps, shape->K, shape->C));
}
