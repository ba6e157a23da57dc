/* Forward pass and data gradient of 3x3 convolutions by Winograd's method: transform the input's
 * tiles, a product of matrices at every position of the transformed domain, transform the result.
 * Both directions are the same walk with other transforms.
 *
 * Two orders of work. With few weights, an item is a block of strips: its tiles stay in the L2
 * cache from transform to transform, and all blocks share the transformed weights. With many, these
 * would stream from memory for every block; there all tiles of a large block are transformed first,
 * and an item is a panel of output channels: it transforms its own weights, which stay in its
 * cache. */
#include "nn/conv_winograd.h"

#include "base/memory.h"

typedef struct {
    const rl_engine *engine;
    const rl_winograd *scheme;
    const rl_pixel_source *source;
    const rl_pixel_sink *sink;
    const float *w;
    rl_winograd_filters filters;
    rl_winograd_side in, out;
    rl_winograd_read *read;
    void (*write)(const rl_winograd_strip *strip, size_t channels, const float *domain, float *y,
                  size_t ldy, bool accumulate);
    size_t strips;       /* of the batch */
    size_t block_strips; /* strips a block */
    size_t first_strip;  /* of the running block, in the second order */
    size_t tiles;        /* of a whole block */
    size_t panel;        /* columns of a panel */
    size_t in_stride;    /* of tiles, in V */
    size_t in_position;  /* of positions, in V */
} winograd_pass;

enum {
    /* Transformed weights up to this size are shared by blocks of strips. */
    SHARED_WEIGHT_FLOATS = 36 * 128 * 128,
    BLOCK_TILES = 64,       /* in the first order */
    LARGE_BLOCK_TILES = 256 /* in the second */
};

__attribute__((unused)) static bool weights_are_shared(const rl_winograd *scheme, size_t C,
                                                       size_t K) {
    return (size_t)scheme->before[scheme->positions] * C * K <= SHARED_WEIGHT_FLOATS;
}

static size_t strips_of(const rl_winograd_side *side, size_t tiles) {
    return rl_max(1, tiles / side->tiles);
}

/* Floats from row to row of a matrix of the domain, and from position to position. */
static size_t tile_stride(size_t columns) {
    return rl_round_up(columns, 16) + RL_TILE_PADDING;
}

static size_t position_stride(size_t tiles, size_t stride) {
    return tiles * stride + RL_TILE_PADDING;
}

static size_t padded(const winograd_pass *pass, size_t columns) {
    return rl_round_up(columns, pass->panel);
}

static size_t columns_at(const winograd_pass *pass, size_t position) {
    return pass->out.phases == 1 ? pass->out.channels
                                 : pass->scheme->count[position] * pass->out.channels;
}

/* M[tiles][columns] = V[tiles][depth] U[depth][columns] at one position, for the panels [begin,
 * end) of the position's columns. m: the first tile's row, where panel `begin` goes. */
static void multiply(const winograd_pass *pass, size_t position, size_t tiles, const float *v,
                     const float *u, size_t begin, size_t end, float *m, size_t m_stride) {
    static const size_t tap = 0;
    const float *rows[LARGE_BLOCK_TILES];
    float *results[LARGE_BLOCK_TILES];
    size_t depth = pass->in.channels;
    if (pass->in.phases > 1) {
        depth *= pass->scheme->count[position];
        v += pass->scheme->first[position] * pass->in.channels;
    }
    for (size_t t = 0; t < tiles; t++) {
        rows[t] = v + t * pass->in_stride;
        results[t] = m + t * m_stride;
    }
    pass->engine->kernels->gemm_rows(tiles, 1, &tap, 1, depth, (end - begin) * pass->panel, rows,
                                     u + begin * depth * pass->panel, 0, end - begin, results,
                                     false);
}

static void write_strip(const winograd_pass *pass, size_t strip, const float *m, size_t position,
                        size_t stride, size_t channel, size_t channels) {
    const rl_winograd_side *out = &pass->out;
    const rl_winograd_strip s = {
        .tiles = out->tiles, .position_stride = position, .tile_stride = stride};
    const size_t first = strip * out->rows * out->width;
    const rl_pixel_sink *sink = pass->sink;
    pass->write(&s, channels, m, sink->y + first * out->ld + channel, out->ld, sink->accumulate);
    if (sink->written)
        sink->written(sink->context, first, out->rows * out->width, channel, channels);
}

/* --- The first order --- */

static void weights_item(const void *context, size_t panel, int thread) {
    (void)thread;
    const winograd_pass *pass = context;
    pass->scheme->weights(&pass->filters, pass->w, panel, pass->engine->packed);
}

static size_t domain_columns(const winograd_pass *pass) {
    return padded(pass, pass->out.phases * pass->out.channels) + pass->panel;
}

static void block_item(const void *context, size_t block, int thread) {
    const winograd_pass *pass = context;
    const rl_winograd *scheme = pass->scheme;
    const size_t begin = block * pass->block_strips;
    const size_t strips = rl_min(pass->block_strips, pass->strips - begin);
    const size_t tiles = strips * pass->in.tiles;
    const size_t m_stride = tile_stride(domain_columns(pass));
    const size_t m_position = position_stride(pass->tiles, m_stride);
    float *v = rl_engine_work(pass->engine, thread);
    float *m = v + scheme->positions * pass->in_position;
    float *rows = m + scheme->positions * m_position;
    for (size_t i = 0; i < strips; i++)
        rl_winograd_read_strip(&pass->in, pass->source, pass->read, begin + i, pass->in_position,
                               pass->in_stride, rows, v + i * pass->in.tiles * pass->in_stride);
    const size_t filter =
        rl_winograd_filter_floats(pass->filters.depth, pass->filters.columns, pass->panel);
    for (size_t p = 0; p < scheme->positions; p++) {
        const size_t first = pass->out.phases == 1 ? 0 : scheme->first[p] * pass->out.channels;
        multiply(pass, p, tiles, v + p * pass->in_position,
                 pass->engine->packed + scheme->before[p] * filter, 0,
                 rl_divide_up(columns_at(pass, p), pass->panel), m + p * m_position + first,
                 m_stride);
    }
    for (size_t i = 0; i < strips; i++)
        write_strip(pass, begin + i, m + i * pass->out.tiles * m_stride, m_position, m_stride, 0,
                    pass->out.channels);
}

static void run_blocks(winograd_pass *pass) {
    rl_engine_run(pass->engine, rl_divide_up(pass->filters.columns, pass->panel), weights_item,
                  pass);
    rl_engine_run(pass->engine, rl_divide_up(pass->strips, pass->block_strips), block_item, pass);
}

static void set_block(winograd_pass *pass, size_t tiles) {
    pass->block_strips = strips_of(&pass->in, tiles);
    pass->tiles = pass->block_strips * pass->in.tiles;
    pass->in_stride = tile_stride(pass->in.phases * pass->in.channels);
    pass->in_position = position_stride(pass->tiles, pass->in_stride);
}

static void run(winograd_pass *pass) {
    pass->panel = pass->engine->kernels->panel;
    set_block(pass, BLOCK_TILES);
    run_blocks(pass);
}

void rl_conv_winograd_forward(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                              const rl_pixel_source *x, const float *w, const rl_pixel_sink *y) {
    const rl_winograd *scheme = rl_winograd_of(engine->kernels, shape);
    winograd_pass pass = {.engine = engine,
                          .scheme = scheme,
                          .source = x,
                          .sink = y,
                          .w = w,
                          .filters = {.depth = shape->C,
                                      .columns = shape->K,
                                      .tap_stride = shape->C * shape->K,
                                      .depth_stride = shape->K,
                                      .column_stride = 1},
                          .in = rl_winograd_x_side(scheme, shape),
                          .out = rl_winograd_y_side(scheme, shape, false),
                          .read = scheme->input,
                          .write = scheme->output};
    pass.strips = images * pass.in.strips;
    run(&pass);
}

void rl_conv_winograd_data_gradient(const rl_engine *engine, const rl_conv_shape *shape,
                                    size_t images, const rl_pixel_source *dy, const float *w,
                                    const rl_pixel_sink *dx) {
    const rl_winograd *scheme = rl_winograd_of(engine->kernels, shape);
    winograd_pass pass = {.engine = engine,
                          .scheme = scheme,
                          .source = dy,
                          .sink = dx,
                          .w = w,
                          .filters = {.depth = shape->K,
                                      .columns = shape->C,
                                      .tap_stride = shape->C * shape->K,
                                      .depth_stride = 1,
                                      .column_stride = shape->K,
                                      .turned = true},
                          .in = rl_winograd_y_side(scheme, shape, true),
                          .out = rl_winograd_x_side(scheme, shape),
                          .read = scheme->gradient_input,
                          .write = scheme->gradient_output};
    pass.strips = images * pass.in.strips;
    run(&pass);
}

static void raise_needs(const rl_kernels *kernels, const rl_winograd *scheme,
                        const rl_winograd_side *in, const rl_winograd_side *out,
                        rl_engine_needs *needs) {
    winograd_pass pass = {.scheme = scheme, .in = *in, .out = *out, .panel = kernels->panel};
    set_block(&pass, BLOCK_TILES);
    const size_t m = position_stride(pass.tiles, tile_stride(domain_columns(&pass)));
    needs->packed_floats =
        rl_max(needs->packed_floats,
               scheme->before[scheme->positions] *
                   rl_winograd_filter_floats(in->channels, out->channels, pass.panel));
    needs->work_floats = rl_max(needs->work_floats, scheme->positions * (pass.in_position + m) +
                                                        rl_winograd_row_floats(in));
}

void rl_conv_winograd_needs(const rl_conv_shape *shape, size_t images, bool backward,
                            const rl_kernels *kernels, rl_engine_needs *needs) {
    const rl_winograd *scheme = rl_winograd_of(kernels, shape);
    const rl_winograd_side x = rl_winograd_x_side(scheme, shape);
    const rl_winograd_side y = rl_winograd_y_side(scheme, shape, false);
    const rl_winograd_side dy = rl_winograd_y_side(scheme, shape, true);
    raise_needs(kernels, scheme, &x, &y, needs);
    if (backward) {
        raise_needs(kernels, scheme, &dy, &x, needs);
        rl_conv_winograd_weight_needs(shape, images, kernels, needs);
    }
}
