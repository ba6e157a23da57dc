/* Convolutions of a batch against plain sums in double, whichever method a shape gets: all passes,
 * every instruction set, pixels in memory and computed, sinks, and the same bits for 1, 2 and 3
 * threads. */
#include "nn/passes.h"

#include "nn/conv.h"

enum { GAP_X = 5, GAP_Y = 3, MOST_THREADS = 3 };

/* What an accumulating pass adds to. */
#define START 0.25F

/* Bound of errors in units of eps / 2 of a result's sum of magnitudes. The largest seen is 75, in
 * Winograd's method, where a result takes its share of the roundings of a whole tile (see
 * tests/kernels/test_winograd.c); a missing or doubled product is at thousands and more. */
enum { TERMS = 300 };

typedef enum { FORWARD, DATA_GRADIENT, WEIGHT_GRADIENT, PASSES } pass;

static const char *const pass_names[PASSES] = {"forward", "data gradient", "weight gradient"};

typedef struct {
    rl_conv_shape shape;
    size_t images;
    pixels x, dy;
    float *w; /* [taps][C][K] */
    reference expected[PASSES];
    char name[96];
} problem;

static size_t x_pixels(const problem *p) {
    return p->images * p->shape.height * p->shape.width;
}

static size_t y_pixels(const problem *p) {
    return p->images * rl_conv_out(p->shape.height, p->shape.stride) *
           rl_conv_out(p->shape.width, p->shape.stride);
}

static size_t weight_floats(const problem *p) {
    return p->shape.kernel * p->shape.kernel * p->shape.C * p->shape.K;
}

/* One tap between pixel `i` of x and pixel `o` of y, for all channels and passes. */
static void add_tap(problem *p, size_t tap, size_t i, size_t o) {
    const size_t C = p->shape.C, K = p->shape.K;
    const float *x = p->x.values + i * p->x.ld, *dy = p->dy.values + o * p->dy.ld;
    for (size_t c = 0; c < C; c++)
        for (size_t k = 0; k < K; k++) {
            const size_t at = (tap * C + c) * K + k;
            add_product(&p->expected[FORWARD], o * K + k, (double)x[c] * p->w[at]);
            add_product(&p->expected[DATA_GRADIENT], i * C + c, (double)dy[k] * p->w[at]);
            add_product(&p->expected[WEIGHT_GRADIENT], at, (double)x[c] * dy[k]);
        }
}

static void compute_expected(problem *p) {
    const rl_conv_shape *s = &p->shape;
    const size_t out_h = rl_conv_out(s->height, s->stride),
                 out_w = rl_conv_out(s->width, s->stride);
    p->expected[FORWARD] = new_reference(y_pixels(p) * s->K);
    p->expected[DATA_GRADIENT] = new_reference(x_pixels(p) * s->C);
    p->expected[WEIGHT_GRADIENT] = new_reference(weight_floats(p));
    for (size_t o = 0; o < y_pixels(p); o++)
        for (size_t tap = 0; tap < s->kernel * s->kernel; tap++) {
            const size_t image = o / (out_h * out_w);
            const size_t y = o / out_w % out_h * s->stride + tap / s->kernel - s->kernel / 2;
            const size_t x = o % out_w * s->stride + tap % s->kernel - s->kernel / 2;
            if (y < s->height && x < s->width) /* negative ones have wrapped */
                add_tap(p, tap, (image * s->height + y) * s->width + x, o);
        }
}

/* --- One run of a pass --- */

typedef struct {
    bool computed, watched, accumulate;
    int threads;
} way;

/* Results of a way, with the floats between pixels. */
static pixels run_pass(const problem *p, pass which, const char *isa, way how) {
    const rl_conv_shape *s = &p->shape;
    rl_engine_needs needs = {0};
    /* As a network does: for batches of more images than come. */
    rl_conv_needs(s, p->images + 1, which != FORWARD, rl_kernels_select(isa), &needs);
    rl_engine engine = test_engine(isa, &needs, how.threads);
    const rl_pixel_source x = how.computed ? computed(&p->x) : in_memory(&p->x);
    const rl_pixel_source dy = how.computed ? computed(&p->dy) : in_memory(&p->dy);
    pixels result = which == FORWARD         ? nan_pixels(y_pixels(p), s->K, s->ldy)
                    : which == DATA_GRADIENT ? nan_pixels(x_pixels(p), s->C, s->ldx)
                                             : nan_pixels(weight_floats(p) / s->K, s->K, s->K);
    for (size_t i = 0; how.accumulate && i < result.pixels; i++)
        for (size_t c = 0; c < result.channels; c++)
            result.values[i * result.ld + c] = START;
    watch w = {0};
    rl_pixel_sink sink = {.y = result.values, .ld = result.ld, .accumulate = how.accumulate};
    if (how.watched) {
        w = new_watch(&result,
                      which == FORWARD ? rl_conv_forward_chunk(s) : rl_conv_data_gradient_chunk(s));
        sink.written = watch_written;
        sink.context = &w;
    }
    if (which == FORWARD)
        rl_conv_forward(&engine, s, p->images, &x, p->w, &sink);
    else if (which == DATA_GRADIENT)
        rl_conv_data_gradient(&engine, s, p->images, &dy, p->w, &sink);
    else
        rl_conv_weight_gradient(&engine, s, p->images, &x, &dy, result.values);
    if (how.watched)
        check_watch(&w, p->name);
    rl_engine_clear(&engine);
    return result;
}

static void assert_same(const problem *p, const pixels *first, const pixels *other, pass which,
                        const char *how) {
    if (memcmp(first->values, other->values, first->pixels * first->ld * sizeof(float)) != 0)
        fail_msg("%s, %s: other bits %s", p->name, pass_names[which], how);
}

/* Against the reference; then every other way gives the same bits. */
static void check_pass(const problem *p, pass which, const char *isa, bool accumulate) {
    accumulate = accumulate && which != WEIGHT_GRADIENT;
    const way plain = {.accumulate = accumulate, .threads = 1};
    pixels first = run_pass(p, which, isa, plain);
    char what[160];
    snprintf(what, sizeof what, "%s, %s, %s", p->name, isa, pass_names[which]);
    assert_near(&p->expected[which], first.values, first.channels, first.ld, accumulate ? START : 0,
                TERMS, what);
    assert_gaps_nan(&first, what);
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        way other = plain;
        other.threads = threads;
        other.watched = which != WEIGHT_GRADIENT;
        other.computed = threads != 2 && rl_conv_reads_sources(&p->shape);
        pixels result = run_pass(p, which, isa, other);
        char how[64];
        snprintf(how, sizeof how, "with %d threads%s", threads, other.computed ? ", computed" : "");
        assert_same(p, &first, &result, which, how);
        rl_free(result.values);
    }
    rl_free(first.values);
}

static problem new_problem(rl_conv_shape shape, size_t images) {
    problem p = {.shape = shape, .images = images};
    p.shape.ldx = shape.C + GAP_X;
    p.shape.ldy = shape.K + GAP_Y;
    snprintf(p.name, sizeof p.name,
             "%zu images %zux%zu, kernel %zu, stride %zu, %zu to %zu channels", images,
             shape.height, shape.width, shape.kernel, shape.stride, shape.C, shape.K);
    p.x = random_pixels(x_pixels(&p), shape.C, p.shape.ldx, 1);
    p.dy = random_pixels(y_pixels(&p), shape.K, p.shape.ldy, 2);
    const pixels w = random_pixels(weight_floats(&p), 1, 1, 3);
    p.w = w.values;
    return p;
}

static void free_problem(problem *p) {
    rl_free(p->x.values);
    rl_free(p->dy.values);
    rl_free(p->w);
    for (pass which = 0; which < PASSES; which++)
        free_reference(&p->expected[which]);
}

static void check_shape(rl_conv_shape shape, size_t images, bool accumulate) {
    problem p = new_problem(shape, images);
    compute_expected(&p);
    for (size_t table = first_tested_table(); rl_kernels_at(table); table++)
        for (pass which = 0; which < PASSES; which++)
            check_pass(&p, which, rl_kernels_at(table)->name, accumulate);
    free_problem(&p);
}

/* --- Shapes --- */

/* Sizes on both sides of the choice of a method, and channels with and without whole vectors. */
static void kernels_of_three(void **state) {
    (void)state;
    static const size_t sizes[][2] = {{4, 4}, {8, 8}, {12, 8}, {6, 6}, {5, 7}, {16, 16}};
    static const size_t channels[] = {3, 5, 12, 16, 24, 40, 64}, images[] = {1, 2, 5};
    size_t number = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t stride = 1; stride <= 2; stride++)
            for (size_t c = 0; c < 5; c++)
                for (size_t k = (i + c) % 2; k < 5; k += 2, number++)
                    check_shape((rl_conv_shape){.height = sizes[i][0],
                                                .width = sizes[i][1],
                                                .C = channels[c],
                                                .K = channels[k],
                                                .kernel = 3,
                                                .stride = stride},
                                images[number % 3], number % 2);
}

static void other_kernels(void **state) {
    (void)state;
    static const rl_conv_shape shapes[] = {
        {.height = 8, .width = 8, .C = 16, .K = 40, .kernel = 1, .stride = 2},
        {.height = 5, .width = 7, .C = 24, .K = 3, .kernel = 1, .stride = 2},
        {.height = 12, .width = 8, .C = 3, .K = 16, .kernel = 1, .stride = 1},
        {.height = 8, .width = 8, .C = 16, .K = 24, .kernel = 5, .stride = 1},
        {.height = 6, .width = 5, .C = 3, .K = 40, .kernel = 5, .stride = 2},
        {.height = 1, .width = 1, .C = 16, .K = 16, .kernel = 3, .stride = 1},
        {.height = 9, .width = 9, .C = 5, .K = 4, .kernel = 3, .stride = 3},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t images = 1; images <= 5; images += 2)
            check_shape(shapes[i], images, (i + images / 2) % 2);
}

/* Few input channels and whole panels of output channels: the weight gradient's patches, cut off at
 * every side of the image, also of one narrower than the filter. */
static void colours(void **state) {
    (void)state;
    static const rl_conv_shape shapes[] = {
        {.height = 6, .width = 5, .C = 3, .K = 64, .kernel = 3, .stride = 1},
        {.height = 9, .width = 12, .C = 3, .K = 96, .kernel = 3, .stride = 2},
        {.height = 7, .width = 8, .C = 1, .K = 32, .kernel = 5, .stride = 2},
        {.height = 4, .width = 1, .C = 5, .K = 32, .kernel = 3, .stride = 1},
        {.height = 3, .width = 2, .C = 1, .K = 32, .kernel = 5, .stride = 1},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t images = 1; images <= 5; images += 2)
            check_shape(shapes[i], images, images % 4 == 1);
}

/* Dense products: several blocks of pixels with a part of one at the end, and several blocks of
 * channels; heights and widths that are no multiple of the stride take the other way. */
static void pointwise(void **state) {
    (void)state;
    static const rl_conv_shape shapes[] = {
        {.height = 16, .width = 16, .C = 32, .K = 64, .kernel = 1, .stride = 2},
        {.height = 12, .width = 12, .C = 64, .K = 32, .kernel = 1, .stride = 1},
        {.height = 4, .width = 8, .C = 160, .K = 192, .kernel = 1, .stride = 2},
        {.height = 6, .width = 9, .C = 32, .K = 32, .kernel = 1, .stride = 3},
        {.height = 2, .width = 260, .C = 32, .K = 32, .kernel = 1, .stride = 2},
        {.height = 5, .width = 7, .C = 32, .K = 64, .kernel = 1, .stride = 2},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t images = 1; images <= 5; images += 4) {
            check_shape(shapes[i], images, false);
            check_shape(shapes[i], images, true);
        }
}

/* So many weights that Winograd's passes work panel by panel: the last layers of a network, and
 * shapes with a part of a panel at the end. */
static void many_weights(void **state) {
    (void)state;
    check_shape(
        (rl_conv_shape){.height = 4, .width = 4, .C = 512, .K = 512, .kernel = 3, .stride = 1}, 3,
        false);
    check_shape(
        (rl_conv_shape){.height = 8, .width = 8, .C = 304, .K = 296, .kernel = 3, .stride = 1}, 1,
        true);
    check_shape(
        (rl_conv_shape){.height = 8, .width = 8, .C = 208, .K = 200, .kernel = 3, .stride = 2}, 2,
        true);
}

/* An image's results have the same bits in a batch that takes several blocks of strips. */
static void check_images(rl_conv_shape shape, size_t images) {
    problem batch = new_problem(shape, images), one = batch;
    one.images = 1;
    const char *isa = rl_engine_kernels(NULL)->name;
    const way how = {.threads = 2};
    for (pass which = FORWARD; which <= DATA_GRADIENT; which++) {
        pixels whole = run_pass(&batch, which, isa, how);
        for (size_t image = 0; image < images; image += images / 5) {
            one.x.values = batch.x.values + image * x_pixels(&one) * batch.x.ld;
            one.dy.values = batch.dy.values + image * y_pixels(&one) * batch.dy.ld;
            pixels alone = run_pass(&one, which, isa, how);
            pixels part = alone;
            part.values = whole.values + image * alone.pixels * alone.ld;
            assert_same(&batch, &alone, &part, which, "in a batch");
            rl_free(alone.values);
        }
        rl_free(whole.values);
    }
    free_problem(&batch);
}

static void images_are_alone(void **state) {
    (void)state;
    static const rl_conv_shape shapes[] = {
        {.height = 4, .width = 4, .C = 24, .K = 40, .kernel = 3, .stride = 1},
        {.height = 8, .width = 8, .C = 16, .K = 24, .kernel = 3, .stride = 2},
        {.height = 4, .width = 4, .C = 304, .K = 296, .kernel = 3, .stride = 1},
        {.height = 8, .width = 8, .C = 208, .K = 200, .kernel = 3, .stride = 2},
        {.height = 6, .width = 6, .C = 24, .K = 40, .kernel = 3, .stride = 1},
        {.height = 8, .width = 8, .C = 32, .K = 64, .kernel = 1, .stride = 2},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_images(shapes[i], 136);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_of_three), cmocka_unit_test(other_kernels),
        cmocka_unit_test(colours),          cmocka_unit_test(pointwise),
        cmocka_unit_test(many_weights),     cmocka_unit_test(images_are_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
