/* Depthwise convolutions of a batch against plain sums in double: bands of rows and whole images,
 * pixels in memory and computed, sinks and observers, and the same bits for 1, 2 and 3 threads. */
#include "nn/passes.h"

#include "nn/depthwise.h"

enum { GAP_X = 5, GAP_Y = 3, MOST_THREADS = 3 };

/* What an accumulating pass adds to. */
#define START 0.25F

typedef enum { FORWARD, DATA_GRADIENT, WEIGHT_GRADIENT, PASSES } pass;

static const char *const pass_names[PASSES] = {"forward", "data gradient", "weight gradient"};

typedef struct {
    rl_depthwise_shape shape;
    size_t images, outputs; /* outputs: channels of y */
    pixels x, dy;
    float *w; /* [taps][outputs] */
    reference expected[PASSES];
    char name[96];
} problem;

static size_t pixel_count(const problem *p) {
    return p->images * p->shape.height * p->shape.width;
}

static size_t weight_floats(const problem *p) {
    return p->shape.kernel * p->shape.kernel * p->outputs;
}

/* One tap between pixel `i` of x and pixel `o` of y, for all channels and passes. */
static void add_tap(problem *p, size_t tap, size_t i, size_t o) {
    for (size_t k = 0; k < p->outputs; k++) {
        const size_t c = k / p->shape.multiplier, at = tap * p->outputs + k;
        const double x = p->x.values[i * p->x.ld + c], dy = p->dy.values[o * p->dy.ld + k];
        add_product(&p->expected[FORWARD], o * p->outputs + k, x * p->w[at]);
        add_product(&p->expected[DATA_GRADIENT], i * p->shape.channels + c, dy * p->w[at]);
        add_product(&p->expected[WEIGHT_GRADIENT], at, x * dy);
    }
}

static void compute_expected(problem *p) {
    const rl_depthwise_shape *s = &p->shape;
    p->expected[FORWARD] = new_reference(pixel_count(p) * p->outputs);
    p->expected[DATA_GRADIENT] = new_reference(pixel_count(p) * s->channels);
    p->expected[WEIGHT_GRADIENT] = new_reference(weight_floats(p));
    for (size_t o = 0; o < pixel_count(p); o++)
        for (size_t tap = 0; tap < s->kernel * s->kernel; tap++) {
            const size_t image = o / (s->height * s->width);
            const size_t y = o / s->width % s->height + tap / s->kernel - s->kernel / 2;
            const size_t x = o % s->width + tap % s->kernel - s->kernel / 2;
            if (y < s->height && x < s->width) /* negative ones have wrapped */
                add_tap(p, tap, (image * s->height + y) * s->width + x, o);
        }
}

static problem new_problem(rl_depthwise_shape shape, size_t images) {
    problem p = {.shape = shape, .images = images, .outputs = shape.channels * shape.multiplier};
    p.shape.ldx = p.shape.ldy = 1; /* not used */
    snprintf(p.name, sizeof p.name, "%zu images %zux%zu, kernel %zu, %zu channels x %zu", images,
             shape.height, shape.width, shape.kernel, shape.channels, shape.multiplier);
    p.x = random_pixels(pixel_count(&p), shape.channels, shape.channels + GAP_X, 1);
    p.dy = random_pixels(pixel_count(&p), p.outputs, p.outputs + GAP_Y, 2);
    p.w = random_pixels(weight_floats(&p), 1, 1, 3).values;
    compute_expected(&p);
    return p;
}

static void free_problem(problem *p) {
    rl_free(p->x.values);
    rl_free(p->dy.values);
    rl_free(p->w);
    for (pass which = 0; which < PASSES; which++)
        free_reference(&p->expected[which]);
}

typedef struct {
    bool computed, watched, accumulate;
    int threads;
} way;

/* An observer of x, which may begin dx. */
typedef struct {
    const pixels *x;
    watch calls;
    pixels *dx; /* or NULL */
    atomic_bool other_values;
} x_observer;

static void observe(const void *context, size_t first, size_t count, const float *x, size_t ldx) {
    x_observer *o = (x_observer *)(uintptr_t)context;
    float *scratch = rl_alloc_floats(count * o->x->channels);
    if (scratch)
        watch_written(&o->calls, first, count, 0, o->x->channels, scratch);
    rl_free(scratch);
    for (size_t i = 0; i < count; i++) {
        const float *expected = o->x->values + (first + i) * o->x->ld;
        if (memcmp(x + i * ldx, expected, o->x->channels * sizeof *x) != 0)
            atomic_store(&o->other_values, true);
        for (size_t c = 0; o->dx && c < o->dx->channels; c++)
            o->dx->values[(first + i) * o->dx->ld + c] = START;
    }
}

static void check_observer(x_observer *o, const char *what) {
    check_watch(&o->calls, what);
    if (atomic_load(&o->other_values))
        fail_msg("%s: the observer was given other values than x", what);
}

static void fill_start(const pixels *p) {
    for (size_t i = 0; i < p->pixels; i++)
        for (size_t c = 0; c < p->channels; c++)
            p->values[i * p->ld + c] = START;
}

/* Backward gives both gradients; the other one goes nowhere. Where it is watched, an observer sets
 * what it adds to. */
static pixels run_pass(const problem *p, pass which, const char *isa, way how) {
    const rl_depthwise_shape *s = &p->shape;
    rl_engine_needs needs = {0};
    rl_depthwise_needs(s, p->images, which != FORWARD, &needs);
    rl_engine engine = test_engine(isa, &needs, how.threads);
    const rl_pixel_source x = how.computed ? computed(&p->x) : in_memory(&p->x);
    const rl_pixel_source dy = how.computed ? computed(&p->dy) : in_memory(&p->dy);
    const size_t channels = which == FORWARD ? p->outputs : s->channels;
    pixels dw = nan_pixels(s->kernel * s->kernel, p->outputs, p->outputs);
    pixels result = nan_pixels(pixel_count(p), channels, channels + 1);
    if (how.accumulate && !how.watched)
        fill_start(&result);
    watch w = {0};
    x_observer o = {.x = &p->x, .dx = how.accumulate ? &result : NULL};
    const rl_pixel_observer observer = {.seen = observe, .context = &o};
    rl_pixel_sink sink = {.y = result.values, .ld = result.ld, .accumulate = how.accumulate};
    if (how.watched) {
        const size_t chunk =
            which == FORWARD ? rl_depthwise_forward_chunk(s) : s->height * s->width;
        w = new_watch(&result, chunk);
        o.calls = new_watch(&p->x, chunk);
        sink.written = watch_written;
        sink.context = &w;
    }
    const rl_pixel_observer *observed = how.watched ? &observer : NULL;
    if (which == FORWARD)
        rl_depthwise_forward(&engine, s, p->images, &x, observed, p->w, &sink);
    else
        rl_depthwise_backward(&engine, s, p->images, &x, observed, &dy, p->w, dw.values, &sink);
    if (how.watched) {
        check_watch(&w, p->name);
        check_observer(&o, p->name);
    }
    rl_engine_clear(&engine);
    rl_free(which == WEIGHT_GRADIENT ? result.values : dw.values);
    return which == WEIGHT_GRADIENT ? dw : result;
}

/* Against the reference; then every other way gives the same bits. */
static void check_pass(const problem *p, pass which, const char *isa, bool accumulate) {
    const way plain = {.accumulate = accumulate, .threads = 1};
    pixels first = run_pass(p, which, isa, plain);
    char what[160];
    snprintf(what, sizeof what, "%s, %s, %s", p->name, isa, pass_names[which]);
    const size_t terms = which == WEIGHT_GRADIENT
                             ? pixel_count(p)
                             : p->shape.kernel * p->shape.kernel * p->shape.multiplier;
    assert_near(&p->expected[which], first.values, first.channels, first.ld, accumulate ? START : 0,
                (double)terms + 2, what);
    assert_gaps_nan(&first, what);
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        way other = plain;
        other.threads = threads;
        other.watched = which != WEIGHT_GRADIENT;
        other.computed = threads != 2;
        pixels result = run_pass(p, which, isa, other);
        if (memcmp(first.values, result.values, first.pixels * first.ld * sizeof(float)) != 0)
            fail_msg("%s: other bits with %d threads%s", what, threads,
                     other.computed ? ", computed" : "");
        rl_free(result.values);
    }
    rl_free(first.values);
}

/* Heights with bands of rows and without; more images than there are sums of weight gradients. */
static void all_passes(void **state) {
    (void)state;
    static const size_t sizes[][3] = {{8, 8, 2}, {16, 5, 3}, {24, 24, 1}, {5, 7, 5}, {1, 2, 40}};
    static const size_t channels[] = {3, 16, 33};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t c = 0; c < sizeof channels / sizeof *channels; c++)
            for (size_t kernel = 1; kernel <= 7; kernel += 2) {
                problem p = new_problem((rl_depthwise_shape){.height = sizes[i][0],
                                                             .width = sizes[i][1],
                                                             .channels = channels[c],
                                                             .multiplier = 1 + (c + kernel) % 3,
                                                             .kernel = kernel},
                                        sizes[i][2]);
                for (size_t table = first_tested_table(); rl_kernels_at(table); table++) {
                    const char *isa = rl_kernels_at(table)->name;
                    check_pass(&p, FORWARD, isa, false);
                    check_pass(&p, DATA_GRADIENT, isa, false);
                    check_pass(&p, DATA_GRADIENT, isa, true);
                    check_pass(&p, WEIGHT_GRADIENT, isa, false);
                }
                free_problem(&p);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_passes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
