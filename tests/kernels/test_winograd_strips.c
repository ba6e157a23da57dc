/* What kernels.h promises of the Winograd transforms beyond values: the bits of a strip depend on
 * nothing but the pixels that belong to it (and, where the scheme says so, a row past it), nor on
 * how many channels follow, how far apart tiles lie, or what a panel's neighbours are. Passes over
 * batches cut their work by that. Each part is computed again with exactly its inputs in memory,
 * right at a page that must not be touched. */
#include "kernels/winograd.h"

enum { STRIPS = 3, TILES = 2, CHANNELS = 37 };

static void assert_bits(const float *a, const float *b, const char *kernels, const char *what,
                        size_t strip, size_t channel) {
    if (memcmp(a, b, sizeof *a) != 0)
        fail_msg("%s %s: strip %zu, channel %zu is %.9g alone, %.9g among others", kernels, what,
                 strip, channel, (double)*b, (double)*a);
}

/* --- From pixels to the domain --- */

typedef struct {
    const char *name;
    read_transform *read;
    side s;
    const guarded *pixels;
} reading;

/* Rows of pixels that strip `index` may read, and no more; *first is its own first pixel. */
static guarded pixels_of_strip(const problem *p, const reading *r, size_t index, size_t channels,
                               const float **first) {
    const side *s = &r->s;
    const size_t above = s->above && index > 0, below = s->below && index + 1 < p->strips;
    const size_t pixels = (s->rows + above + below) * s->width;
    const float *from = r->pixels->data + (index * s->rows - above) * s->width * s->ld;
    guarded copy = nan_floats((pixels - 1) * s->ld + channels);
    for (size_t i = 0; i < pixels; i++)
        memcpy(copy.data + i * s->ld, from + i * s->ld, channels * sizeof(float));
    *first = copy.data + above * s->width * s->ld;
    return copy;
}

/* The first `channels` channels of a strip, by itself. */
static void read_alone(const problem *p, const reading *r, const domain *whole, size_t index,
                       size_t channels) {
    const rl_winograd *scheme = p->scheme;
    const float *first;
    guarded pixels = pixels_of_strip(p, r, index, channels, &first);
    side s = r->s;
    s.channels = channels;
    domain alone = new_domain(scheme, p->tiles, s.phases * channels, GAP + 2, 0);
    const rl_winograd_strip strip = strip_of(&alone, p, &s, index);
    r->read(&strip, channels, first, s.ld, alone.values.data);
    assert_domain_gaps(p, &alone, &s, r->name);
    for (size_t position = 0; position < scheme->positions; position++)
        for (size_t tile = 0; tile < p->tiles; tile++)
            for (size_t phase = 0; phase < s.phases; phase++)
                for (size_t c = 0; c < channels; c++) {
                    if (s.phases > 1 &&
                        (phase < scheme->first[position] ||
                         phase >= (size_t)scheme->first[position] + scheme->count[position]))
                        continue;
                    const float *among = whole->values.data + position * whole->position_stride +
                                         (index * p->tiles + tile) * whole->tile_stride +
                                         phase * r->s.channels + c;
                    assert_bits(among,
                                alone.values.data + position * alone.position_stride +
                                    tile * alone.tile_stride + phase * channels + c,
                                p->kernels->name, r->name, index, c);
                }
    guarded_free(&pixels);
    guarded_free(&alone.values);
}

static void strips_are_read_alone(void **state) {
    (void)state;
    FOR_EACH_TABLE(kernels)
    for (size_t stride = 1; stride <= 2; stride++) {
        problem p = new_problem(kernels, stride, STRIPS, TILES, CHANNELS, CHANNELS);
        const reading readings[] = {
            {"input", p.scheme->input, x_side(&p), &p.x},
            {"gradient_input", p.scheme->gradient_input, y_side(&p, true), &p.dy},
            {"output_gradient", p.scheme->output_gradient, y_side(&p, false), &p.dy},
        };
        for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
            const reading *r = &readings[i];
            domain whole = read_strips(&p, &r->s, r->read, r->pixels->data, r->name);
            for (size_t strip = 0; strip < STRIPS; strip++)
                for (size_t channels = 1; channels <= CHANNELS; channels++)
                    read_alone(&p, r, &whole, strip, channels);
            guarded_free(&whole.values);
        }
        free_problem(&p);
    }
}

/* --- From the domain to pixels --- */

typedef struct {
    const char *name;
    write_transform *write;
    side s;
    bool accumulate;
} writing;

/* Random values of the phases that positions know. */
static domain random_domain(const problem *p, const side *s, size_t tiles) {
    const rl_winograd *scheme = p->scheme;
    domain d = new_domain(scheme, tiles, s->phases * s->channels, GAP, 0);
    uint64_t state = 99;
    for (size_t position = 0; position < scheme->positions; position++)
        for (size_t tile = 0; tile < tiles; tile++) {
            const size_t first = s->phases > 1 ? scheme->first[position] * s->channels : 0;
            const size_t count = s->channels * (s->phases > 1 ? scheme->count[position] : 1);
            float *at = d.values.data + position * d.position_stride + tile * d.tile_stride + first;
            for (size_t c = 0; c < count; c++)
                at[c] = noise(&state);
        }
    return d;
}

/* The tiles of one strip and the first channels of every phase. */
static domain domain_of_strip(const problem *p, const side *s, const domain *whole, size_t index,
                              size_t channels) {
    domain d = new_domain(p->scheme, p->tiles, s->phases * channels, GAP + 2, 0);
    for (size_t position = 0; position < p->scheme->positions; position++)
        for (size_t tile = 0; tile < p->tiles; tile++)
            for (size_t phase = 0; phase < s->phases; phase++)
                memcpy(d.values.data + position * d.position_stride + tile * d.tile_stride +
                           phase * channels,
                       whole->values.data + position * whole->position_stride +
                           (index * p->tiles + tile) * whole->tile_stride + phase * s->channels,
                       channels * sizeof(float));
    return d;
}

static void write_alone(const problem *p, const writing *w, const domain *whole,
                        const guarded *pixels, size_t index, size_t channels) {
    const side *s = &w->s;
    const size_t count = s->rows * s->width, ld = channels + 2;
    domain m = domain_of_strip(p, s, whole, index, channels);
    guarded alone = nan_floats((count - 1) * ld + channels);
    for (size_t i = 0; w->accumulate && i < count; i++)
        for (size_t c = 0; c < channels; c++)
            alone.data[i * ld + c] = START;
    const rl_winograd_strip strip = strip_of(&m, p, s, index);
    w->write(&strip, channels, m.values.data, alone.data, ld, w->accumulate);
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < channels; c++)
            assert_bits(pixels->data + (index * count + i) * s->ld + c, alone.data + i * ld + c,
                        p->kernels->name, w->name, index, c);
    assert_gaps_nan(&alone, count, channels, ld, w->name);
    guarded_free(&m.values);
    guarded_free(&alone);
}

static void strips_are_written_alone(void **state) {
    (void)state;
    FOR_EACH_TABLE(kernels)
    for (size_t stride = 1; stride <= 2; stride++)
        for (int accumulate = 0; accumulate < 2; accumulate++) {
            problem p = new_problem(kernels, stride, STRIPS, TILES, CHANNELS, CHANNELS);
            const writing writings[] = {
                {"output", p.scheme->output, y_side(&p, false), accumulate},
                {"gradient_output", p.scheme->gradient_output, x_side(&p), accumulate},
            };
            for (size_t i = 0; i < sizeof writings / sizeof *writings; i++) {
                const writing *w = &writings[i];
                domain whole = random_domain(&p, &w->s, STRIPS * TILES);
                guarded pixels = write_strips(&p, &w->s, w->write, &whole, accumulate);
                for (size_t strip = 0; strip < STRIPS; strip++)
                    for (size_t channels = 1; channels <= CHANNELS; channels++)
                        write_alone(&p, w, &whole, &pixels, strip, channels);
                guarded_free(&whole.values);
                guarded_free(&pixels);
            }
            free_problem(&p);
        }
}

/* --- Filters --- */

/* Where the filter of (depth d, column n) of a position's phase lies, of `columns` in all. */
static size_t filter_place(const problem *p, bool turned, size_t columns, size_t position,
                           size_t phase, size_t d, size_t n) {
    const rl_winograd *scheme = p->scheme;
    const size_t N = p->kernels->panel, depth = turned ? p->K : p->C;
    const size_t rows = turned ? depth : scheme->count[position] * depth;
    const size_t row = turned ? d : phase * depth + d, column = turned ? phase * columns + n : n;
    return rl_winograd_place(scheme, position, rl_winograd_filter_floats(depth, columns, N)) +
           (column / N * rows + row) * N + column % N;
}

/* A panel whose filters alone are in memory, as the only one of its own array. */
static void weights_alone(const problem *p, bool turned, const guarded *whole, size_t panel) {
    const rl_winograd *scheme = p->scheme;
    const size_t N = p->kernels->panel, depth = turned ? p->K : p->C;
    const size_t columns = turned ? p->C : p->K, first = panel * N;
    const size_t count = columns - first < N ? columns - first : N;
    guarded w = guarded_floats(9 * depth * count);
    for (size_t tap = 0; tap < 9; tap++)
        for (size_t d = 0; d < depth; d++)
            for (size_t n = 0; n < count; n++)
                w.data[(tap * depth + d) * count + n] =
                    p->w.data[(tap * p->C + (turned ? first + n : d)) * p->K +
                              (turned ? d : first + n)];
    const rl_winograd_filters filters = {.depth = depth,
                                         .columns = count,
                                         .tap_stride = depth * count,
                                         .depth_stride = count,
                                         .column_stride = 1,
                                         .turned = turned};
    guarded u = nan_floats(
        rl_winograd_place(scheme, scheme->positions, rl_winograd_filter_floats(depth, count, N)));
    scheme->weights(&filters, w.data, 0, u.data);
    for (size_t position = 0; position < scheme->positions; position++)
        for (size_t phase = 0; phase < scheme->count[position]; phase++)
            for (size_t d = 0; d < depth; d++)
                for (size_t n = 0; n < count; n++)
                    assert_bits(whole->data +
                                    filter_place(p, turned, columns, position, phase, d, first + n),
                                u.data + filter_place(p, turned, count, position, phase, d, n),
                                p->kernels->name, turned ? "turned weights" : "weights", panel, n);
    guarded_free(&w);
    guarded_free(&u);
}

static void panels_are_transformed_alone(void **state) {
    (void)state;
    FOR_EACH_TABLE(kernels)
    for (size_t stride = 1; stride <= 2; stride++)
        for (int turned = 0; turned < 2; turned++) {
            const size_t columns = kernels->panel * 5 / 2, depth = 19;
            problem p = new_problem(kernels, stride, 1, 1, turned ? columns : depth,
                                    turned ? depth : columns);
            guarded whole = transform_weights(&p, turned);
            for (size_t panel = 0; panel < 3; panel++)
                weights_alone(&p, turned, &whole, panel);
            guarded_free(&whole);
            free_problem(&p);
        }
}

/* Row c of a gradient reads row c of du only. */
static void rows_of_gradients_are_alone(void **state) {
    (void)state;
    enum { C = 5, LD = CHANNELS + GAP };
    FOR_EACH_TABLE(kernels)
    for (size_t stride = 1; stride <= 2; stride++) {
        const rl_winograd *scheme =
            stride == 1 ? kernels->winograd_stride1 : kernels->winograd_stride2;
        const size_t floats = rl_winograd_place(scheme, scheme->positions, C * CHANNELS);
        guarded du = random_floats(floats, 3), whole = guarded_floats(9 * C * LD);
        for (size_t c = 0; c < C; c++)
            scheme->weight_gradient(C, CHANNELS, du.data, c, whole.data + c * LD, C * LD);
        for (size_t c = 0; c < C; c++) {
            guarded row = nan_floats(floats), dw = nan_floats(8 * LD + CHANNELS);
            for (size_t p = 0; p < scheme->positions; p++)
                for (size_t f = 0; f < scheme->count[p]; f++) {
                    const size_t at =
                        rl_winograd_place(scheme, p, C * CHANNELS) + (f * C + c) * CHANNELS;
                    memcpy(row.data + at, du.data + at, CHANNELS * sizeof(float));
                }
            scheme->weight_gradient(C, CHANNELS, row.data, c, dw.data, LD);
            for (size_t tap = 0; tap < 9; tap++)
                for (size_t k = 0; k < CHANNELS; k++)
                    assert_bits(whole.data + (tap * C + c) * LD + k, dw.data + tap * LD + k,
                                kernels->name, "weight_gradient", c, k);
            assert_gaps_nan(&dw, 9, CHANNELS, LD, kernels->name);
            guarded_free(&row);
            guarded_free(&dw);
        }
        guarded_free(&du);
        guarded_free(&whole);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_are_read_alone),
        cmocka_unit_test(strips_are_written_alone),
        cmocka_unit_test(panels_are_transformed_alone),
        cmocka_unit_test(rows_of_gradients_are_alone),
    };
    RETURN_RUN_GUARDED(tests);
}
