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

enum {
    SHARED_WEIGHT_FLOATS = 3 << 20, /* at most so many are shared: the first order */
    NEAR_WEIGHT_FLOATS = 1 << 18,   /* so many stay in the L2 cache */
    SMALL_BLOCK_TILES = 24,         /* in the first order: next to weights that stay, */
    BLOCK_TILES = 48,               /* next to weights that do not */
    LARGE_BLOCK_TILES = 128,        /* in the second order, */
    FEW_TILES = 64,                 /* which up to so many take in any case */
    MOST_AHEAD = 3 + RL_SINK_READS
};

typedef struct {
    const rl_engine *engine;
    const rl_winograd *scheme;
    const rl_pixel_source *source;
    const rl_pixel_sink *sink;
    const float *w;
    float *prepared; /* transformed weights that are kept, or NULL */
    rl_winograd_filters filters;
    rl_winograd_side in, out;
    rl_winograd_read *read;
    void (*write)(const rl_winograd_strip *strip, size_t channels, const float *domain, float *y,
                  size_t ldy, bool accumulate);
    size_t strips;       /* of the batch */
    size_t block_strips; /* strips of a block */
    size_t block;        /* the running one, in the second order */
    size_t panel;        /* columns of a panel */
    /* V, the transformed input, and M, the products: from tile to tile and position to position. */
    size_t v_stride, v_position, m_stride, m_position;
} winograd_pass;

/* Output channels [channel, channel + channels) of some strips, with V and U in place. */
typedef struct {
    size_t first_strip, strips;
    size_t channel, channels;
    const float *v, *u;
    float *m;
    float *scratch; /* for the sink: a strip's pixels */
    /* What is used next, spread over the positions' products. */
    rl_range ahead[MOST_AHEAD];
    size_t ahead_count;
} winograd_part;

static size_t weight_floats(const winograd_pass *pass) {
    return pass->scheme->before[pass->scheme->positions] * pass->in.channels * pass->out.channels;
}

/* Few blocks would leave threads idle: then panels are the better items, too. */
static bool in_first_order(const winograd_pass *pass) {
    return weight_floats(pass) <= SHARED_WEIGHT_FLOATS && pass->strips * pass->in.tiles > FEW_TILES;
}

static size_t filter_floats(const winograd_pass *pass, size_t channels) {
    return rl_winograd_filter_floats(pass->in.channels, channels, pass->panel);
}

/* The share of position p in what a part wants to have in the cache next. */
static rl_range pixels_at(const winograd_pass *pass, const winograd_part *part, size_t p) {
    const size_t positions = pass->scheme->positions;
    if (part->ahead_count == 0)
        return (rl_range){0};
    const size_t range = p * part->ahead_count / positions;
    const size_t first = rl_divide_up(range * positions, part->ahead_count);
    const size_t end = rl_divide_up((range + 1) * positions, part->ahead_count);
    const rl_range whole = part->ahead[range];
    const size_t from = whole.floats * (p - first) / (end - first);
    const size_t to = whole.floats * (p + 1 - first) / (end - first);
    return (rl_range){whole.begin + from, to - from};
}

static rl_range next_weights(const rl_winograd *scheme, size_t p, const float *u, size_t block) {
    if (p + 1 == scheme->positions)
        return (rl_range){0};
    return (rl_range){u + rl_winograd_place(scheme, p + 1, block), scheme->count[p + 1] * block};
}

/* M[tiles][columns] = V[tiles][depth] U[depth][columns] at one position. */
static void multiply(const winograd_pass *pass, const winograd_part *part, size_t p) {
    const rl_winograd *scheme = pass->scheme;
    const bool phases_in = pass->in.phases > 1, phases_out = pass->out.phases > 1;
    const size_t depth = pass->in.channels * (phases_in ? scheme->count[p] : 1);
    const size_t columns = part->channels * (phases_out ? scheme->count[p] : 1);
    const float *v = part->v + p * pass->v_position;
    float *m = part->m + p * pass->m_position;
    if (phases_in)
        v += scheme->first[p] * pass->in.channels;
    if (phases_out)
        m += scheme->first[p] * part->channels;
    const size_t block = filter_floats(pass, part->channels);
    const float *u = part->u + rl_winograd_place(scheme, p, block);
    const rl_ahead ahead = {{rl_winograd_ahead(scheme, p, part->v, pass->v_position),
                             rl_winograd_ahead(scheme, p, part->m, pass->m_position),
                             pixels_at(pass, part, p)},
                            next_weights(scheme, p, part->u, block)};
    /* Whole panels: what is past the last column falls into the room behind it. */
    pass->engine->kernels->gemm_tiles(part->strips * pass->in.tiles, depth,
                                      rl_divide_up(columns, pass->panel), v, pass->v_stride, u, m,
                                      pass->m_stride, &ahead);
}

static void write_strip(const winograd_pass *pass, const winograd_part *part, size_t index) {
    const rl_winograd_side *out = &pass->out;
    const rl_winograd_strip s = {
        .tiles = out->tiles, .position_stride = pass->m_position, .tile_stride = pass->m_stride};
    const size_t pixels = out->rows * out->width;
    const size_t first = (part->first_strip + index) * pixels;
    const rl_pixel_sink *sink = pass->sink;
    pass->write(&s, part->channels, part->m + index * out->tiles * pass->m_stride,
                sink->y + first * sink->ld + part->channel, sink->ld, sink->accumulate);
    if (sink->written)
        sink->written(sink->context, first, pixels, part->channel, part->channels, part->scratch);
}

static void finish_part(const winograd_pass *pass, const winograd_part *part) {
    for (size_t p = 0; p < pass->scheme->positions; p++)
        multiply(pass, part, p);
    for (size_t i = 0; i < part->strips; i++)
        write_strip(pass, part, i);
}

/* Strips of a block, as many as there are. */
static size_t strips_of_block(const winograd_pass *pass, size_t block) {
    return rl_min(pass->block_strips, pass->strips - block * pass->block_strips);
}

static void read_strip(const winograd_pass *pass, size_t block, size_t index, float *rows,
                       float *v) {
    rl_winograd_read_strip(&pass->in, pass->source, pass->read, block * pass->block_strips + index,
                           0, pass->in.channels, pass->v_position, pass->v_stride, rows,
                           v + index * pass->in.tiles * pass->v_stride);
}

/* Strides for blocks of about `tiles` tiles and `channels` output channels at a time. */
static void set_block(winograd_pass *pass, size_t tiles, size_t channels) {
    pass->block_strips = rl_max(1, tiles / pass->in.tiles);
    const size_t block_tiles = pass->block_strips * pass->in.tiles;
    const size_t columns = pass->out.phases * rl_round_up(channels, pass->panel);
    pass->v_stride = rl_round_up(pass->in.phases * pass->in.channels, 16);
    pass->m_stride = rl_round_up(columns, 16);
    pass->v_position = block_tiles * pass->v_stride + RL_MATRIX_PADDING;
    pass->m_position = block_tiles * pass->m_stride + RL_MATRIX_PADDING;
}

/* --- The first order: an item is a block --- */

/* V and M are written and read whole, and small ones stay near. But weights that do not stay come
 * past once a block, and large blocks make more of them. */
static void set_shared_block(winograd_pass *pass) {
    const bool near = weight_floats(pass) <= NEAR_WEIGHT_FLOATS;
    set_block(pass, near ? SMALL_BLOCK_TILES : BLOCK_TILES, pass->out.channels);
}

static float *shared_weights(const winograd_pass *pass) {
    return pass->prepared ? pass->prepared : pass->engine->packed;
}

static void weights_item(const void *context, size_t panel, int thread) {
    (void)thread;
    const winograd_pass *pass = context;
    pass->scheme->weights(&pass->filters, pass->w, panel, shared_weights(pass));
}

static size_t panel_count(const winograd_pass *pass) {
    return rl_divide_up(pass->out.channels, pass->panel);
}

static void add_ahead(winograd_part *part, const float *pixels, size_t ld, size_t first,
                      size_t count) {
    if (pixels)
        part->ahead[part->ahead_count++] = (rl_range){pixels + first * ld, count * ld};
}

/* The block's own output with what the sink reads, and the input of the block that this thread will
 * most likely take next. */
static void look_ahead(const winograd_pass *pass, size_t block, winograd_part *part) {
    const rl_pixel_sink *sink = pass->sink;
    const size_t out = pass->out.rows * pass->out.width, in = pass->in.rows * pass->in.width;
    add_ahead(part, sink->y, sink->ld, part->first_strip * out, part->strips * out);
    for (size_t i = 0; i < RL_SINK_READS; i++)
        add_ahead(part, sink->also_read[i].x, sink->also_read[i].ld, part->first_strip * out,
                  part->strips * out);
    const size_t next = block + (size_t)pass->engine->threads;
    if (next * pass->block_strips >= pass->strips)
        return;
    const rl_pixel_hint sources[] = {{pass->source->x, pass->source->ld}, pass->source->also_read};
    for (size_t i = 0; i < 2; i++)
        add_ahead(part, sources[i].x, sources[i].ld, next * pass->block_strips * in,
                  strips_of_block(pass, next) * in);
}

static void block_item(const void *context, size_t block, int thread) {
    const winograd_pass *pass = context;
    const size_t positions = pass->scheme->positions;
    float *v = rl_engine_work(pass->engine, thread);
    float *m = v + positions * pass->v_position;
    float *rows = m + positions * pass->m_position;
    winograd_part part = {.first_strip = block * pass->block_strips,
                          .strips = strips_of_block(pass, block),
                          .channels = pass->out.channels,
                          .v = v,
                          .u = shared_weights(pass),
                          .m = m,
                          .scratch = rows};
    look_ahead(pass, block, &part);
    for (size_t i = 0; i < part.strips; i++)
        read_strip(pass, block, i, rows, v);
    finish_part(pass, &part);
}

static void run_blocks(winograd_pass *pass) {
    set_shared_block(pass);
    if (!pass->prepared)
        rl_engine_run(pass->engine, panel_count(pass), weights_item, pass);
    rl_engine_run(pass->engine, rl_divide_up(pass->strips, pass->block_strips), block_item, pass);
}

/* --- The second order: an item is a panel of output channels of a large block --- */

static void read_item(const void *context, size_t index, int thread) {
    const winograd_pass *pass = context;
    read_strip(pass, pass->block, index, rl_engine_work(pass->engine, thread),
               pass->engine->shared);
}

/* Floats of one panel's weights, all positions. */
static size_t panel_floats(const winograd_pass *pass) {
    return rl_winograd_place(pass->scheme, pass->scheme->positions,
                             filter_floats(pass, pass->panel));
}

static void panel_weights(const winograd_pass *pass, size_t panel, float *u) {
    const size_t channel = panel * pass->panel;
    rl_winograd_filters filters = pass->filters;
    filters.columns = rl_min(pass->panel, pass->out.channels - channel);
    pass->scheme->weights(&filters, pass->w + channel * filters.column_stride, 0, u);
}

static void panel_item(const void *context, size_t panel, int thread) {
    const winograd_pass *pass = context;
    const size_t channel = panel * pass->panel;
    float *m = rl_engine_work(pass->engine, thread);
    float *u = m + pass->scheme->positions * pass->m_position;
    float *scratch = u + panel_floats(pass);
    if (pass->prepared)
        u = pass->prepared + panel * panel_floats(pass);
    else
        panel_weights(pass, panel, u);
    const winograd_part part = {.first_strip = pass->block * pass->block_strips,
                                .strips = strips_of_block(pass, pass->block),
                                .channel = channel,
                                .channels = rl_min(pass->panel, pass->out.channels - channel),
                                .v = pass->engine->shared,
                                .u = u,
                                .m = m,
                                .scratch = scratch};
    finish_part(pass, &part);
}

static void prepare_panel_item(const void *context, size_t panel, int thread) {
    (void)thread;
    const winograd_pass *pass = context;
    panel_weights(pass, panel, pass->prepared + panel * panel_floats(pass));
}

static void run_panels(winograd_pass *pass) {
    set_block(pass, rl_min(LARGE_BLOCK_TILES, pass->strips * pass->in.tiles), pass->panel);
    const size_t blocks = rl_divide_up(pass->strips, pass->block_strips);
    for (pass->block = 0; pass->block < blocks; pass->block++) {
        rl_engine_run(pass->engine, strips_of_block(pass, pass->block), read_item, pass);
        rl_engine_run(pass->engine, panel_count(pass), panel_item, pass);
    }
}

static void run(winograd_pass *pass) {
    if (in_first_order(pass))
        run_blocks(pass);
    else
        run_panels(pass);
}

static winograd_pass forward_pass(const rl_kernels *kernels, const rl_conv_shape *shape,
                                  size_t images) {
    const rl_winograd *scheme = rl_winograd_of(kernels, shape);
    winograd_pass pass = {.scheme = scheme,
                          .filters = {.depth = shape->C,
                                      .columns = shape->K,
                                      .tap_stride = shape->C * shape->K,
                                      .depth_stride = shape->K,
                                      .column_stride = 1},
                          .in = rl_winograd_x_side(scheme, shape),
                          .out = rl_winograd_y_side(scheme, shape, false),
                          .read = scheme->input,
                          .write = scheme->output,
                          .panel = kernels->panel};
    pass.strips = images * pass.in.strips;
    return pass;
}

void rl_conv_winograd_forward(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                              const rl_pixel_source *x, const float *w, const rl_pixel_sink *y) {
    winograd_pass pass = forward_pass(engine->kernels, shape, images);
    pass.engine = engine;
    pass.source = x;
    pass.sink = y;
    pass.w = w;
    run(&pass);
}

size_t rl_conv_winograd_prepared_floats(const rl_conv_shape *shape, const rl_kernels *kernels) {
    const winograd_pass pass = forward_pass(kernels, shape, 1);
    return panel_count(&pass) * panel_floats(&pass);
}

void rl_conv_winograd_prepare(const rl_engine *engine, const rl_conv_shape *shape,
                              size_t most_images, const float *w, float *prepared) {
    winograd_pass pass = forward_pass(engine->kernels, shape, most_images);
    pass.engine = engine;
    pass.w = w;
    pass.prepared = prepared;
    rl_engine_run(engine, panel_count(&pass),
                  in_first_order(&pass) ? weights_item : prepare_panel_item, &pass);
}

void rl_conv_winograd_forward_prepared(const rl_engine *engine, const rl_conv_shape *shape,
                                       size_t most_images, size_t images, const rl_pixel_source *x,
                                       const float *prepared, const rl_pixel_sink *y) {
    winograd_pass pass = forward_pass(engine->kernels, shape, most_images);
    const bool first_order = in_first_order(&pass);
    pass.strips = images * pass.in.strips;
    pass.engine = engine;
    pass.source = x;
    pass.sink = y;
    pass.prepared = (float *)prepared; /* only read from here on */
    if (first_order)
        run_blocks(&pass);
    else
        run_panels(&pass);
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
                          .write = scheme->gradient_output,
                          .panel = engine->kernels->panel};
    pass.strips = images * pass.in.strips;
    run(&pass);
}

/* What both orders need: which one runs depends on the number of images, too. */
static void raise_needs(const rl_kernels *kernels, const rl_winograd *scheme,
                        const rl_winograd_side *in, const rl_winograd_side *out, size_t images,
                        rl_engine_needs *needs) {
    winograd_pass pass = {.scheme = scheme,
                          .in = *in,
                          .out = *out,
                          .panel = kernels->panel,
                          .strips = images * in->strips};
    const size_t rows = rl_max(rl_winograd_row_floats(in), rl_winograd_row_floats(out));
    size_t work = 0;
    if (in_first_order(&pass)) {
        set_shared_block(&pass);
        work = scheme->positions * (pass.v_position + pass.m_position) + rows;
        needs->packed_floats =
            rl_max(needs->packed_floats, rl_winograd_place(scheme, scheme->positions,
                                                           filter_floats(&pass, out->channels)));
    }
    const size_t tiles = rl_min(LARGE_BLOCK_TILES, pass.strips * in->tiles);
    set_block(&pass, in_first_order(&pass) ? rl_min(FEW_TILES, tiles) : tiles, pass.panel);
    work = rl_max(work, scheme->positions * pass.m_position + panel_floats(&pass) + rows);
    needs->shared_floats = rl_max(needs->shared_floats, scheme->positions * pass.v_position);
    needs->work_floats = rl_max(needs->work_floats, work);
}

void rl_conv_winograd_needs(const rl_conv_shape *shape, size_t images, bool backward,
                            const rl_kernels *kernels, rl_engine_needs *needs) {
    const rl_winograd *scheme = rl_winograd_of(kernels, shape);
    const rl_winograd_side x = rl_winograd_x_side(scheme, shape);
    const rl_winograd_side y = rl_winograd_y_side(scheme, shape, false);
    const rl_winograd_side dy = rl_winograd_y_side(scheme, shape, true);
    raise_needs(kernels, scheme, &x, &y, images, needs);
    if (backward) {
        raise_needs(kernels, scheme, &dy, &x, images, needs);
        rl_conv_winograd_weight_needs(shape, images, kernels, needs);
    }
}
