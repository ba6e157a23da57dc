/* Weight gradient of 3x3 convolutions by Winograd's method, the exact adjoint of the forward pass:
 * at every position of the transformed domain a sum of outer products over the tiles of x and of
 * dy, transformed back to nine taps.
 *
 * An item is a chunk of images times a block of dw, and has everything to itself: it transforms the
 * tiles of its own channels, block by block of tiles, keeps its sums, and transforms them back.
 * Threads that shared tiles or sums would pass them from core to core. Where a layer has few
 * blocks, the images are split into a fixed number of chunks, whose gradients are then added in
 * order. */
#include "nn/conv_winograd.h"

#include "base/memory.h"

enum {
    BLOCK_CHANNELS = 128,      /* of x, and of dy */
    NEAR_SUM_FLOATS = 1 << 18, /* so many stay in the L2 cache */
    SMALL_BLOCK_TILES = 32,    /* next to sums that stay, */
    BLOCK_TILES = 64,  /* next to sums that do not: they are read and written once a block */
    TILE_PADDING = 16, /* sums over tiles walk down columns, which would fall into few sets, too */
    WANTED_ITEMS = 16
};

typedef struct {
    const rl_engine *engine;
    const rl_winograd *scheme;
    size_t C, K;
    rl_winograd_side x_side, dy_side;
    const rl_pixel_source *x, *dy;
    size_t images, chunks, c_block, c_blocks, k_blocks;
    size_t block_strips;
    size_t v_stride, v_position, m_stride, m_position;
    float *dw; /* [chunks][part_floats] */
    size_t part_floats;
} weight_pass;

/* What one item works on. */
typedef struct {
    size_t c, c_count, k, k_count;
    float *v, *m, *du, *rows;
} weight_block;

static size_t sum_floats(const weight_pass *pass) {
    return rl_winograd_place(pass->scheme, pass->scheme->positions,
                             rl_min(pass->c_block, pass->C) * rl_min(BLOCK_CHANNELS, pass->K));
}

/* dy is read once a block of x's channels, in strips that have no neighbours' rows. */
bool rl_conv_winograd_weight_reads_once(const rl_conv_shape *shape) {
    return shape->C <= BLOCK_CHANNELS / shape->stride && shape->K <= BLOCK_CHANNELS;
}

static weight_pass pass_of(const rl_kernels *kernels, const rl_conv_shape *shape, size_t images) {
    const rl_winograd *scheme = rl_winograd_of(kernels, shape);
    weight_pass pass = {.scheme = scheme,
                        .C = shape->C,
                        .K = shape->K,
                        .x_side = rl_winograd_x_side(scheme, shape),
                        .dy_side = rl_winograd_y_side(scheme, shape, false),
                        .images = images,
                        .k_blocks = rl_divide_up(shape->K, BLOCK_CHANNELS),
                        .part_floats = rl_round_up(9 * shape->C * shape->K, 16)};
    pass.c_block = BLOCK_CHANNELS / shape->stride;
    pass.c_blocks = rl_divide_up(shape->C, pass.c_block);
    pass.chunks = rl_min(images, rl_divide_up(WANTED_ITEMS, pass.c_blocks * pass.k_blocks));
    const bool near = sum_floats(&pass) <= NEAR_SUM_FLOATS;
    pass.block_strips = rl_max(1, (near ? SMALL_BLOCK_TILES : BLOCK_TILES) / pass.x_side.tiles);
    const size_t tiles = pass.block_strips * pass.x_side.tiles;
    pass.v_stride = rl_round_up(scheme->phases * rl_min(pass.c_block, pass.C), 16) + TILE_PADDING;
    pass.m_stride = rl_round_up(rl_min(BLOCK_CHANNELS, pass.K), kernels->panel) + TILE_PADDING;
    pass.v_position = tiles * pass.v_stride + RL_MATRIX_PADDING;
    pass.m_position = tiles * pass.m_stride + RL_MATRIX_PADDING;
    return pass;
}

static void read_strips(const weight_pass *pass, const weight_block *block, size_t first,
                        size_t strips) {
    for (size_t i = 0; i < strips; i++) {
        const size_t tile = i * pass->x_side.tiles;
        rl_winograd_read_strip(&pass->x_side, pass->x, pass->scheme->input, first + i, block->c,
                               block->c_count, pass->v_position, pass->v_stride, block->rows,
                               block->v + tile * pass->v_stride);
        rl_winograd_read_strip(&pass->dy_side, pass->dy, pass->scheme->output_gradient, first + i,
                               block->k, block->k_count, pass->m_position, pass->m_stride,
                               block->rows, block->m + tile * pass->m_stride);
    }
}

/* Position p's share in the pixels that come next: of x, of dy, and of what dy is computed from. */
static rl_range pixels_at(const weight_pass *pass, size_t p, size_t next, size_t strips) {
    const rl_pixel_hint memory[] = {{pass->dy->x, pass->dy->ld},
                                    {pass->x->x, pass->x->ld},
                                    pass->dy->also_read.x ? pass->dy->also_read
                                                          : pass->x->also_read,
                                    pass->x->also_read};
    const size_t ranges = 2 + (pass->dy->also_read.x != NULL) + (pass->x->also_read.x != NULL);
    const size_t each = rl_divide_up(pass->scheme->positions, ranges);
    const size_t range = p / each, part = p % each;
    const bool of_dy = range == 0 || (range == 2 && pass->dy->also_read.x);
    const rl_winograd_side *side = of_dy ? &pass->dy_side : &pass->x_side;
    const size_t ld = memory[range].ld;
    const size_t pixels = side->rows * side->width, floats = strips * pixels * ld;
    const size_t from = floats * part / each, to = floats * (part + 1) / each;
    return (rl_range){memory[range].x + next * pixels * ld + from, to - from};
}

static void add_products(const weight_pass *pass, const weight_block *block, size_t tiles,
                         bool accumulate, size_t next, size_t next_strips) {
    const rl_winograd *scheme = pass->scheme;
    for (size_t p = 0; p < scheme->positions; p++) {
        const rl_ahead ahead = {{rl_winograd_ahead(scheme, p, block->v, pass->v_position),
                                 rl_winograd_ahead(scheme, p, block->m, pass->m_position),
                                 pixels_at(pass, p, next, next_strips)},
                                {0}};
        pass->engine->kernels->outer_tiles(
            tiles, scheme->count[p] * block->c_count, block->k_count,
            block->v + p * pass->v_position + scheme->first[p] * block->c_count, pass->v_stride,
            block->m + p * pass->m_position, pass->m_stride,
            block->du + rl_winograd_place(scheme, p, block->c_count * block->k_count),
            block->k_count, accumulate, &ahead);
    }
}

static void block_item(const void *context, size_t item, int thread) {
    const weight_pass *pass = context;
    const rl_winograd *scheme = pass->scheme;
    const size_t chunk = item / (pass->c_blocks * pass->k_blocks);
    const size_t c = item / pass->k_blocks % pass->c_blocks * pass->c_block;
    const size_t k = item % pass->k_blocks * BLOCK_CHANNELS;
    weight_block block = {.c = c,
                          .c_count = rl_min(pass->c_block, pass->C - c),
                          .k = k,
                          .k_count = rl_min(BLOCK_CHANNELS, pass->K - k),
                          .v = rl_engine_work(pass->engine, thread)};
    block.m = block.v + scheme->positions * pass->v_position;
    block.du = block.m + scheme->positions * pass->m_position;
    block.rows = block.du + sum_floats(pass);
    const size_t begin = pass->images * chunk / pass->chunks * pass->x_side.strips;
    const size_t end = pass->images * (chunk + 1) / pass->chunks * pass->x_side.strips;
    for (size_t first = begin; first < end; first += pass->block_strips) {
        const size_t strips = rl_min(pass->block_strips, end - first);
        read_strips(pass, &block, first, strips);
        add_products(pass, &block, strips * pass->x_side.tiles, first > begin, first + strips,
                     rl_min(pass->block_strips, end - first - strips));
    }
    float *dw = pass->dw + chunk * pass->part_floats + c * pass->K + k;
    for (size_t i = 0; i < block.c_count; i++)
        scheme->weight_gradient(block.c_count, block.k_count, block.du, i, dw + i * pass->K,
                                pass->C * pass->K);
}

void rl_conv_winograd_weight_gradient(const rl_engine *engine, const rl_conv_shape *shape,
                                      size_t images, const rl_pixel_source *x,
                                      const rl_pixel_source *dy, float *dw) {
    weight_pass pass = pass_of(engine->kernels, shape, images);
    pass.engine = engine;
    pass.x = x;
    pass.dy = dy;
    pass.dw = pass.chunks == 1 ? dw : engine->partials;
    rl_engine_run(engine, pass.chunks * pass.c_blocks * pass.k_blocks, block_item, &pass);
    if (pass.chunks > 1)
        rl_engine_reduce(engine, pass.chunks, pass.part_floats, 9 * pass.C * pass.K, dw);
}

void rl_conv_winograd_weight_needs(const rl_conv_shape *shape, size_t images,
                                   const rl_kernels *kernels, rl_engine_needs *needs) {
    const weight_pass pass = pass_of(kernels, shape, images);
    const size_t rows =
        rl_max(rl_winograd_row_floats(&pass.x_side), rl_winograd_row_floats(&pass.dy_side));
    needs->work_floats =
        rl_max(needs->work_floats, pass.scheme->positions * (pass.v_position + pass.m_position) +
                                       sum_floats(&pass) + rows);
    if (pass.chunks > 1)
        needs->partial_floats = rl_max(needs->partial_floats, pass.chunks * pass.part_floats);
}
