/* What kernels.h promises beyond values: a row's result is the same bits however the rows are split
 * over calls, wherever the arrays lie, and however many channels follow; and the in-place forms
 * give what the others give. The network's independence of the number of threads rests on this. */
#include "kernels/check.h"

enum { ROWS = 12, C = 37, LD = C + 4, SIDE = 4, WIDTH = 3, SPARE = 16 };

/* Inputs of every kernel: ROWS rows, as an image SIDE x WIDTH where it matters, and coefficients.
 */
typedef struct {
    const rl_kernels *kernels;
    int kind; /* of activation */
    const float *x, *residual, *dy;
    const float *a, *b, *mean, *d;
    const float *w; /* [9][C], depthwise */
} inputs;

/* Rows [begin, end), the first `channels` channels, into `out` (all rows, at distance LD). */
typedef void row_kernel(const inputs *in, size_t begin, size_t end, size_t channels, float *out);

static void activation(const inputs *in, size_t begin, size_t end, size_t channels, float *out) {
    const rl_affine affine = {in->a, in->b, 0.01F, false};
    in->kernels->affine_activation[in->kind](end - begin, channels, in->x + begin * LD, LD, &affine,
                                             in->residual + begin * LD, LD, out + begin * LD, LD);
}

static void activation_backward(const inputs *in, size_t begin, size_t end, size_t channels,
                                float *out) {
    float sums[2 * C];
    const rl_activation_tape tape = {.affine = {in->a, in->b, 0.01F, false},
                                     .x = in->x + begin * LD,
                                     .ldx = LD,
                                     .residual = in->residual + begin * LD,
                                     .ld_residual = LD,
                                     .mean = in->mean};
    for (size_t r = begin; r < end; r++)
        memcpy(out + r * LD, in->dy + r * LD, channels * sizeof(float));
    in->kernels->affine_activation_backward[in->kind](
        end - begin, channels, &tape, out + begin * LD, LD, NULL, 0, false, sums, sums + C);
}

static void input_gradient(const inputs *in, size_t begin, size_t end, size_t channels,
                           float *out) {
    in->kernels->affine_gradient(end - begin, channels, in->dy + begin * LD, LD, in->x + begin * LD,
                                 LD, in->a, in->b, in->mean, in->d, out + begin * LD, LD, false);
}

static void spread(const inputs *in, size_t begin, size_t end, size_t channels, float *out) {
    for (size_t r = begin; r < end; r++)
        in->kernels->spread_rows(1, channels, in->dy, out + r * LD, LD, false);
}

/* One tap and C input channels, `channels` output channels. */
static void product(const inputs *in, size_t begin, size_t end, size_t channels, float *out) {
    const size_t tap = 0, panels = (channels + in->kernels->panel - 1) / in->kernels->panel;
    const float *x[ROWS];
    float *y[ROWS];
    for (size_t r = begin; r < end; r++) {
        x[r - begin] = in->x + r * LD;
        y[r - begin] = out + r * LD;
    }
    guarded packed = guarded_floats(rl_packed_size(in->kernels, 1, C, channels));
    in->kernels->pack_weights(1, C, channels, in->dy, 0, 1, 7, 0, panels, packed.data);
    in->kernels->gemm_rows(end - begin, 1, &tap, 1, C, channels, x, packed.data, 0, panels, y,
                           false);
    guarded_free(&packed);
}

/* A call takes whole rows of the image; the weights of fewer channels lie closer together. */
static void depthwise(const inputs *in, size_t begin, size_t end, size_t channels, float *out,
                      bool forward) {
    float w[9 * C];
    for (size_t tap = 0; tap < 9; tap++)
        memcpy(w + tap * channels, in->w + tap * C, channels * sizeof(float));
    const rl_depthwise_shape shape = {SIDE, WIDTH, channels, 1, 3, LD, LD};
    begin /= WIDTH;
    end /= WIDTH;
    if (forward)
        in->kernels->depthwise_forward(&shape, in->x, w, begin, end, out);
    else
        in->kernels->depthwise_data_gradient(&shape, in->x, w, begin, end, out, false);
}

static void depthwise_forward(const inputs *in, size_t begin, size_t end, size_t channels,
                              float *out) {
    depthwise(in, begin, end, channels, out, true);
}

static void depthwise_gradient(const inputs *in, size_t begin, size_t end, size_t channels,
                               float *out) {
    depthwise(in, begin, end, channels, out, false);
}

static const struct {
    const char *name;
    row_kernel *run;
    size_t unit; /* rows that must stay together */
    bool activations;
} cases[] = {
    {"affine_activation", activation, 1, true},
    {"affine_activation_backward", activation_backward, 1, true},
    {"affine_gradient", input_gradient, 1, false},
    {"spread_rows", spread, 1, false},
    {"gemm_rows", product, 1, false},
    {"depthwise_forward", depthwise_forward, WIDTH, false},
    {"depthwise_data_gradient", depthwise_gradient, WIDTH, false},
};

enum { ARRAYS = 8, LENGTH = ROWS * LD };

/* The same numbers, at `shift` floats from the start of each array. */
static inputs inputs_at(const rl_kernels *kernels, int kind, guarded arrays[ARRAYS], size_t shift) {
    const float *at[ARRAYS];
    for (size_t i = 0; i < ARRAYS; i++) {
        guarded values = random_floats(LENGTH, i + 1);
        arrays[i] = guarded_floats(LENGTH + shift);
        memcpy(arrays[i].data + shift, values.data, LENGTH * sizeof(float));
        guarded_free(&values);
        at[i] = arrays[i].data + shift;
    }
    return (inputs){kernels, kind, at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7]};
}

static void assert_same(const float *whole, const float *part, size_t channels, const char *kernels,
                        const char *name, const char *how) {
    for (size_t r = 0; r < ROWS; r++)
        for (size_t c = 0; c < channels; c++)
            if (memcmp(whole + r * LD + c, part + r * LD + c, sizeof(float)) != 0)
                fail_msg("%s %s %s: row %zu channel %zu is %.9g, at first %.9g", kernels, name, how,
                         r, c, (double)part[r * LD + c], (double)whole[r * LD + c]);
}

static void check_case(const rl_kernels *kernels, size_t which, int kind) {
    row_kernel *run = cases[which].run;
    const char *name = cases[which].name;
    guarded arrays[ARRAYS], shifted[ARRAYS];
    const inputs in = inputs_at(kernels, kind, arrays, 0);
    const inputs moved = inputs_at(kernels, kind, shifted, 3);
    guarded whole = guarded_floats(LENGTH), other = guarded_floats(LENGTH + SPARE);
    run(&in, 0, ROWS, C, whole.data);
    for (size_t unit = cases[which].unit; unit < ROWS; unit += cases[which].unit) {
        for (size_t r = 0; r < ROWS; r += unit)
            run(&in, r, r + unit < ROWS ? r + unit : ROWS, C, other.data);
        assert_same(whole.data, other.data, C, kernels->name, name, "split");
        memset(other.data, 0, other.count * sizeof(float));
    }
    for (size_t shift = 0; shift < SPARE; shift++) {
        run(&moved, 0, ROWS, C, other.data + shift);
        assert_same(whole.data, other.data + shift, C, kernels->name, name, "moved");
    }
    for (size_t channels = 1; channels < C; channels++) {
        run(&in, 0, ROWS, channels, other.data);
        assert_same(whole.data, other.data, channels, kernels->name, name, "with fewer channels");
    }
    for (size_t i = 0; i < ARRAYS; i++) {
        guarded_free(&arrays[i]);
        guarded_free(&shifted[i]);
    }
    guarded_free(&whole);
    guarded_free(&other);
}

static void same_bits(void **state) {
    (void)state;
    FOR_EACH_TABLE(kernels)
    for (size_t which = 0; which < sizeof cases / sizeof *cases; which++)
        for (int kind = 0; kind < (cases[which].activations ? RL_ACTIVATION_COUNT : 1); kind++)
            check_case(kernels, which, kind);
}

/* y may be x or the residual; dx may be g. */
static void in_place(void **state) {
    (void)state;
    FOR_EACH_TABLE(kernels)
    for (int kind = 0; kind < RL_ACTIVATION_COUNT; kind++) {
        guarded arrays[ARRAYS];
        const inputs in = inputs_at(kernels, kind, arrays, 0);
        const rl_affine affine = {in.a, in.b, 0.01F, false};
        guarded y = guarded_floats(LENGTH), dx = guarded_floats(LENGTH);
        activation(&in, 0, ROWS, C, y.data);
        input_gradient(&in, 0, ROWS, C, dx.data);
        float *x = arrays[0].data, *residual = arrays[1].data, *g = arrays[2].data;
        guarded kept = random_floats(LENGTH, 1); /* x */
        kernels->affine_gradient(ROWS, C, g, LD, x, LD, in.a, in.b, in.mean, in.d, g, LD, false);
        assert_same(dx.data, g, C, kernels->name, "affine_gradient", "in place of g");
        kernels->affine_activation[kind](ROWS, C, x, LD, &affine, residual, LD, x, LD);
        assert_same(y.data, x, C, kernels->name, "affine_activation", "in place of x");
        kernels->affine_activation[kind](ROWS, C, kept.data, LD, &affine, residual, LD, residual,
                                         LD);
        assert_same(y.data, residual, C, kernels->name, "affine_activation",
                    "in place of the residual");
        for (size_t i = 0; i < ARRAYS; i++)
            guarded_free(&arrays[i]);
        guarded_free(&y);
        guarded_free(&dx);
        guarded_free(&kept);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_bits), cmocka_unit_test(in_place)};
    RETURN_RUN_GUARDED(tests);
}
