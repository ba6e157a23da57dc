/* Weight gradient of 3x3 convolutions by Winograd's method, the exact adjoint of the forward pass:
 * at every position of the transformed domain a sum of outer products over the tiles of x and of
 * dy, transformed back to nine taps.
 *
 * Blocks of tiles are transformed by all threads together; then an item is a position and adds the
 * block to its own sum. Blocks follow in order, so the sums do not depend on the threads. */
#include "nn/conv_winograd.h"

#include "base/memory.h"

#include <string.h>

enum { BLOCK_TILES = 128 };

typedef struct {
    const rl_engine *engine;
    const rl_winograd *scheme;
    size_t C, K;
    rl_winograd_side x_side, dy_side;
    const rl_pixel_source *x, *dy;
    size_t block_strips, tiles;
    size_t begin, strips; /* of the running block */
    size_t v_stride, v_position, m_stride, m_position;
    float *v, *m; /* tiles of x and of dy */
    float *dw;
} weight_pass;

static void set_block(weight_pass *pass) {
    pass->block_strips = rl_max(1, BLOCK_TILES / pass->x_side.tiles);
    pass->tiles = pass->block_strips * pass->x_side.tiles;
    pass->v_stride = rl_round_up(pass->x_side.phases * pass->C, 16) + RL_TILE_PADDING;
    pass->m_stride = rl_round_up(pass->K, 16) + RL_TILE_PADDING;
    pass->v_position = pass->tiles * pass->v_stride + RL_TILE_PADDING;
    pass->m_position = pass->tiles * pass->m_stride + RL_TILE_PADDING;
}

static void strip_item(const void *context, size_t item, int thread) {
    const weight_pass *pass = context;
    const size_t tile = item * pass->x_side.tiles;
    float *rows = rl_engine_work(pass->engine, thread);
    rl_winograd_read_strip(&pass->x_side, pass->x, pass->scheme->input, pass->begin + item,
                           pass->v_position, pass->v_stride, rows, pass->v + tile * pass->v_stride);
    rl_winograd_read_strip(&pass->dy_side, pass->dy, pass->scheme->output_gradient,
                           pass->begin + item, pass->m_position, pass->m_stride, rows,
                           pass->m + tile * pass->m_stride);
}

static void position_item(const void *context, size_t p, int thread) {
    (void)thread;
    const weight_pass *pass = context;
    const rl_winograd *scheme = pass->scheme;
    const size_t tiles = pass->strips * pass->x_side.tiles;
    const size_t depth = scheme->count[p] * pass->C;
    const float *v = pass->v + p * pass->v_position + scheme->first[p] * pass->C;
    const float *m = pass->m + p * pass->m_position;
    float *du = pass->engine->packed + scheme->before[p] * pass->C * pass->K;
    const float *v_rows[BLOCK_TILES], *m_rows[BLOCK_TILES];
    for (size_t t = 0; t < tiles; t++) {
        v_rows[t] = v + t * pass->v_stride;
        m_rows[t] = m + t * pass->m_stride;
    }
    if (pass->begin == 0)
        memset(du, 0, depth * pass->K * sizeof(float));
    pass->engine->kernels->outer_rows(tiles, depth, pass->K, v_rows, m_rows, du, pass->K);
}

static void finish_item(const void *context, size_t c, int thread) {
    (void)thread;
    const weight_pass *pass = context;
    pass->scheme->weight_gradient(pass->C, pass->K, pass->engine->packed, c, pass->dw);
}

static weight_pass pass_of(const rl_kernels *kernels, const rl_conv_shape *shape) {
    const rl_winograd *scheme = rl_winograd_of(kernels, shape);
    weight_pass pass = {.scheme = scheme,
                        .C = shape->C,
                        .K = shape->K,
                        .x_side = rl_winograd_x_side(scheme, shape),
                        .dy_side = rl_winograd_y_side(scheme, shape, false)};
    set_block(&pass);
    return pass;
}

void rl_conv_winograd_weight_gradient(const rl_engine *engine, const rl_conv_shape *shape,
                                      size_t images, const rl_pixel_source *x,
                                      const rl_pixel_source *dy, float *dw) {
    weight_pass pass = pass_of(engine->kernels, shape);
    pass.engine = engine;
    pass.x = x;
    pass.dy = dy;
    pass.dw = dw;
    pass.v = engine->shared;
    pass.m = engine->shared + pass.scheme->positions * pass.v_position;
    const size_t strips = images * pass.x_side.strips;
    for (; pass.begin < strips; pass.begin += pass.block_strips) {
        pass.strips = rl_min(pass.block_strips, strips - pass.begin);
        rl_engine_run(engine, pass.strips, strip_item, &pass);
        rl_engine_run(engine, pass.scheme->positions, position_item, &pass);
    }
    rl_engine_run(engine, pass.C, finish_item, &pass);
}

void rl_conv_winograd_weight_needs(const rl_conv_shape *shape, size_t images,
                                   const rl_kernels *kernels, rl_engine_needs *needs) {
    (void)images;
    const weight_pass pass = pass_of(kernels, shape);
    const rl_winograd *scheme = pass.scheme;
    needs->packed_floats =
        rl_max(needs->packed_floats, (size_t)scheme->before[scheme->positions] * pass.C * pass.K);
    needs->shared_floats =
        rl_max(needs->shared_floats, scheme->positions * (pass.v_position + pass.m_position));
    needs->work_floats = rl_max(needs->work_floats, rl_max(rl_winograd_row_floats(&pass.x_side),
                                                           rl_winograd_row_floats(&pass.dy_side)));
}
