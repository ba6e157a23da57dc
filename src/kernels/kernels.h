/* Every compute kernel and its contract.
 *
 * Kernels are pure functions over float arrays: no allocation, no I/O, no threads, no globals.
 * Each source in src/kernels/isa is compiled once per instruction set; rl_kernels_select returns
 * the table for this CPU. Nothing above this header knows which method or instruction set runs.
 *
 * Common rules, unless a kernel says otherwise:
 *  - Images are N H W C ("rows" of C channels, a row per pixel). A leading dimension ld* is the
 *    distance in floats from one row to the next, at least the number of channels; floats between
 *    rows are never read or written.
 *  - Any size is legal, zero included, as is any alignment of 4 bytes; multiples of 16 channels
 *    are fastest.
 *  - Outputs are overwritten and may not overlap inputs; "in place" is said where it is allowed.
 *  - The result for a row depends only on that row's inputs and the sizes, never on how rows are
 *    split over calls (sums over rows excepted), so callers may split rows over threads freely.
 */
#ifndef RL_KERNELS_KERNELS_H
#define RL_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    RL_ACTIVATION_NONE, /* identity: a unit without activation */
    RL_ACTIVATION_SIGMOID,
    RL_ACTIVATION_RELU,
    RL_ACTIVATION_LEAKY_RELU,
    RL_ACTIVATION_GELU,
    RL_ACTIVATION_COUNT
} rl_activation_kind;

/* A depthwise convolution, stride 1, padding kernel/2, kernel odd.
 * Output channel j reads input channel j / multiplier (PyTorch's groups = channels). */
typedef struct {
    size_t height, width;
    size_t channels;   /* of the input */
    size_t multiplier; /* output channels per input channel; 1 is fast */
    size_t kernel;
    size_t ldx, ldy; /* leading dimensions of input and output (and of their gradients) */
} rl_depthwise_shape;

/* Batch normalisation as an affine map a row: z = x * scale + shift (+ residual). */
typedef struct {
    const float *scale;   /* [C] gamma * inv_std */
    const float *shift;   /* [C] beta - mean * scale */
    float negative_slope; /* of leaky_relu; others ignore it */
    bool stream;          /* forward: write y past the caches */
} rl_affine;

/* Inputs of the backward pass through act(x * scale + shift + residual). */
typedef struct {
    rl_affine affine;
    const float *x; /* [rows][C] input of the affine map */
    size_t ldx;
    const float *residual; /* [rows][C] what was added, or NULL */
    size_t ld_residual;
    const float *mean; /* [C]: sum_gx is taken about this, to lose no digits */
} rl_activation_tape;

/* Double, so that 1 - beta2 and the like are rounded once, as PyTorch's Python numbers are. */
typedef struct {
    double lr, weight_decay;
    double momentum, dampening; /* sgd with momentum */
    bool nesterov, first_step;
    double beta1, beta2, eps; /* adam, adamw */
    double bias_correction1;  /* 1 - beta1^t */
    double bias_correction2;  /* 1 - beta2^t */
    bool decoupled_decay;     /* adamw: w *= 1 - lr * weight_decay first */
} rl_update_rule;

/* y = act(x * scale + shift + residual), row by row. residual may be NULL. y may be x or residual
 * (same leading dimension): in place. With affine->stream, y and its rows begin at multiples of 64
 * bytes. */
typedef void rl_affine_activation(size_t rows, size_t C, const float *x, size_t ldx,
                                  const rl_affine *affine, const float *residual,
                                  size_t ld_residual, float *y, size_t ldy);

/* Through the activation, backward. In: dy = dL/dy. Out, in place: g = dy * act'(z), z recomputed
 * from the tape. d_residual, if not NULL, is set to g, or has g added when accumulate_residual.
 * sum_g[C] = sum over rows of g; sum_gx[C] = sum over rows of g * (x - mean). The sums are those of
 * this call alone (callers add fixed chunks in fixed order). */
typedef void rl_affine_activation_backward(size_t rows, size_t C, const rl_activation_tape *tape,
                                           float *dy, size_t ldy, float *d_residual,
                                           size_t ld_d_residual, bool accumulate_residual,
                                           float *sum_g, float *sum_gx);

/* Memory that is used soon, in this order: brought into the cache along the way. Only a hint. */
typedef struct {
    const float *begin;
    size_t floats;
} rl_range;

enum { RL_AHEAD_RANGES = 3 };

typedef struct {
    rl_range ranges[RL_AHEAD_RANGES]; /* of no floats: none */
    rl_range weights;                 /* of the next product: its first panel comes last */
} rl_ahead;

/* --- Winograd convolutions of 3x3 filters, padding 1, on images whose output is a multiple of 4
 * pixels high and wide ---
 *
 * A strip is a row of 4x4 tiles of the output of one image. Tile t's value at a position of the
 * transformed domain, for a channel, lies at [position * position_stride + t * tile_stride +
 * channel]; tile_stride is at least the number of channels. Strides that are no multiple of a power
 * of two spare the caches. With stride 2 the input (and its gradient) falls into four phases of
 * pixels: channel c of phase f is channel f * C + c of the domain, and position p knows only the
 * phases [first[p], first[p] + count[p]).
 *
 * A convolution is: input, weights, at every position the product V[tile][depth] U[depth][K] (over
 * all channels of the phases it knows), output. Its data gradient: gradient_input of dy, turned
 * weights, products V[tile][K] U[K][columns], gradient_output. Its weight gradient: input of x,
 * output_gradient of dy, at every position dU[depth][K] = sum over tiles of V[tile][depth]
 * M[tile][K], weight_gradient. */
typedef struct {
    size_t tiles;
    bool above, below; /* whether the image goes on there (beyond it are zeros) */
    size_t position_stride, tile_stride;
} rl_winograd_strip;

/* Filters: element (tap, d, n) of depth d and column n lies at w[tap * tap_stride + d *
 * depth_stride + n * column_stride], where one of the last two strides is 1. Turned by 180 degrees
 * they serve the data gradient. */
typedef struct {
    size_t depth, columns;
    size_t tap_stride, depth_stride, column_stride;
    bool turned;
} rl_winograd_filters;

/* Floats of one phase of transformed filters: columns are padded to whole panels. */
static inline size_t rl_winograd_filter_floats(size_t depth, size_t columns, size_t panel) {
    return depth * ((columns + panel - 1) / panel * panel);
}

/* What lies between the matrices of positions: else they would be a power of two apart, and fall
 * into few sets of the caches. */
enum { RL_POSITION_PADDING = 16 };

typedef struct {
    size_t positions;
    size_t phases; /* 1 with stride 1, 4 with stride 2 */
    unsigned char first[36], count[36];
    unsigned char before[37]; /* sum of count over the positions before */
    /* Whether the transforms look one row of pixels past the strip: input at x, gradient_input at
     * dy. */
    bool input_above, input_below, gradient_above, gradient_below;

    /* x: the strip's first row of pixels (4 or, with stride 2, 8 rows belong to the strip). */
    void (*input)(const rl_winograd_strip *strip, size_t C, const float *x, size_t ldx, float *v);
    /* y: the strip's first row; overwritten, or added to when accumulate. */
    void (*output)(const rl_winograd_strip *strip, size_t K, const float *m, float *y, size_t ldy,
                   bool accumulate);
    void (*gradient_input)(const rl_winograd_strip *strip, size_t K, const float *dy, size_t ldy,
                           float *v);
    /* dx: the strip's first row of the input's gradient. */
    void (*gradient_output)(const rl_winograd_strip *strip, size_t C, const float *m, float *dx,
                            size_t ldx, bool accumulate);
    void (*output_gradient)(const rl_winograd_strip *strip, size_t K, const float *dy, size_t ldy,
                            float *m);
    /* All depths of the columns of one panel. Position p's filters begin at u + rl_winograd_place(
     * scheme, p, block), block = rl_winograd_filter_floats(depth, columns, panel), in gemm_tiles'
     * order, [columns / panel][depth][panel], over all phases of the position: these follow each
     * other in the depth, or, turned, in the columns. With four phases a panel's columns past the
     * last are left as they are, and turned columns must be a multiple of panel / 2. */
    void (*weights)(const rl_winograd_filters *filters, const float *w, size_t panel, float *u);
    /* Row c of every tap's gradient: dw[tap * tap_stride + k], overwritten. Position p of du begins
     * at before[p] * C * K: [count[p] * C][K]. */
    void (*weight_gradient)(size_t C, size_t K, const float *du, size_t c, float *dw,
                            size_t tap_stride);
} rl_winograd;

/* Where position p begins among matrices of `block` floats a phase; p = positions: their end. */
static inline size_t rl_winograd_place(const rl_winograd *scheme, size_t p, size_t block) {
    return scheme->before[p] * block + p * RL_POSITION_PADDING;
}

typedef struct {
    const char *name; /* "base", "avx2", ... as RESLAB_ISA spells it */

    /* --- Convolution as products over row pointers ("indirect" GEMM, Dukhan 2019,
     * arXiv:1907.02129): one kernel for any kernel size, stride and padding. --- */

    size_t panel; /* columns of a weight panel */

    /* Weights to panels: packed[K/panel][taps][C][panel], columns past K zero.
     * w holds element (tap, c, k) at w[tap * tap_stride + c * c_stride + k * k_stride];
     * packed needs rl_packed_size() floats, 64-byte aligned. Handles panels
     * [panel_begin, panel_end) only, so that callers can split the work. */
    void (*pack_weights)(size_t taps, size_t C, size_t K, const float *w, size_t tap_stride,
                         size_t c_stride, size_t k_stride, size_t panel_begin, size_t panel_end,
                         float *packed);

    /* y[r][k] (+)= sum over i < tap_count, c < C of x[i * rows + r][c] * w[tap[i]][c][k]
     * for k in the columns of panels [panel_begin, panel_end), k < K.
     * x: tap_count * rows pointers to C floats (a row of zeros stands for padding);
     * tap[i] < taps picks the tap of `packed`; y: `rows` pointers to K floats (all K columns). */
    void (*gemm_rows)(size_t rows, size_t tap_count, const size_t *tap, size_t taps, size_t C,
                      size_t K, const float *const *x, const float *packed, size_t panel_begin,
                      size_t panel_end, float *const *y, bool accumulate);

    /* dw[c][k] += sum over p < pairs of x[p][c] * dy[p][k], c < C, k < K; both are pointers to
     * rows; ld_dw >= K. Pairs are added in order. */
    void (*outer_rows)(size_t pairs, size_t C, size_t K, const float *const *x,
                       const float *const *dy, float *dw, size_t ld_dw);

    const rl_winograd *winograd_stride1, *winograd_stride2;

    /* The products of the transformed domain, dense: y[r][k] = sum over c < depth of x[r * ldx + c]
     * * w[c][k], r < rows, for whole panels: packed[panels][depth][panel], y[r * ldy + k], k <
     * panels * panel. ahead may be NULL. */
    void (*gemm_tiles)(size_t rows, size_t depth, size_t panels, const float *x, size_t ldx,
                       const float *packed, float *y, size_t ldy, const rl_ahead *ahead);

    /* dw[c][k] (+)= sum over t < tiles of x[t * ldx + c] * dy[t * ldy + k], c < C, k < K. Rows of
     * dy are readable (their values do not matter) up to a whole panel. Tiles are added in order.
     */
    void (*outer_tiles)(size_t tiles, size_t C, size_t K, const float *x, size_t ldx,
                        const float *dy, size_t ldy, float *dw, size_t ld_dw, bool accumulate,
                        const rl_ahead *ahead);

    /* --- Depthwise convolution of one image. Weights and their gradient: [kernel][kernel][C *
     * multiplier]. Rows [row_begin, row_end) of the image (of y in forward, of dx in
     * data_gradient, of dy in weight_gradient). --- */
    void (*depthwise_forward)(const rl_depthwise_shape *shape, const float *x, const float *w,
                              size_t row_begin, size_t row_end, float *y);
    /* dx is overwritten, or added to when accumulate. */
    void (*depthwise_data_gradient)(const rl_depthwise_shape *shape, const float *dy,
                                    const float *w, size_t row_begin, size_t row_end, float *dx,
                                    bool accumulate);
    /* dw is added to. */
    void (*depthwise_weight_gradient)(const rl_depthwise_shape *shape, const float *x,
                                      const float *dy, size_t row_begin, size_t row_end, float *dw);

    /* --- Batch normalisation --- */

    /* mean[c] and m2[c] = sum of (x - mean)^2 over these rows, in two passes (the chunk is meant to
     * stay in cache). rows > 0. */
    void (*moments)(size_t rows, size_t C, const float *x, size_t ldx, float *mean, float *m2);

    rl_affine_activation *affine_activation[RL_ACTIVATION_COUNT];
    rl_affine_activation_backward *affine_activation_backward[RL_ACTIVATION_COUNT];

    /* dx[r][c] (+)= a[c] * g[r][c] + b[c] * (x[r][c] - mean[c]) + d[c]. dx may be g (in place, not
     * with accumulate). */
    void (*affine_gradient)(size_t rows, size_t C, const float *g, size_t ldg, const float *x,
                            size_t ldx, const float *a, const float *b, const float *mean,
                            const float *d, float *dx, size_t ld_dx, bool accumulate);

    /* --- Global average pooling: y[c] = mean over rows of x; and dx[r][c] (+)= dy[c] / rows. ---
     */
    void (*average_rows)(size_t rows, size_t C, const float *x, size_t ldx, float *y);
    void (*spread_rows)(size_t rows, size_t C, const float *dy, float *dx, size_t ld_dx,
                        bool accumulate);

    /* --- Elementwise over flat slabs --- */

    /* y[i] += x[i] */
    void (*add)(size_t count, const float *x, float *y);
    /* y[i] *= factor */
    void (*scale)(size_t count, float factor, float *y);
    /* y[i] += share * (x[i] - y[i]): share 0 leaves y as it is, share 1 makes it x up to rounding
     */
    void (*approach)(size_t count, float share, const float *x, float *y);
    /* The sum of squares, in double; non-finite exactly when an element is not finite. */
    double (*sum_of_squares)(size_t count, const float *x);

    /* Parameter updates, PyTorch 1.13's definitions (torch/optim/sgd.py, adam.py, adamw.py).
     * w parameters, g gradients (unchanged), state slabs of the same length. */
    void (*update_sgd)(size_t count, const rl_update_rule *rule, float *w, const float *g);
    void (*update_momentum)(size_t count, const rl_update_rule *rule, float *w, const float *g,
                            float *buffer);
    void (*update_adam)(size_t count, const rl_update_rule *rule, float *w, const float *g,
                        float *m, float *v);

    /* --- The peak --- */

    /* Does at least `count` multiply-adds (past it by less than a few hundred), as fast as the
     * instruction set can: in registers, many at a time. They are to be timed; the value returned
     * only depends on all of them, so that none can be left out. */
    double (*fused_multiply_adds)(size_t count);
} rl_kernels;

/* Floats of pack_weights' output. */
static inline size_t rl_packed_size(const rl_kernels *kernels, size_t taps, size_t C, size_t K) {
    return (K + kernels->panel - 1) / kernels->panel * taps * C * kernels->panel;
}

/* The best table for this CPU, or the one that `isa` names ("base", "avx2", "avx512" where built).
 * isa NULL: the best; callers pass getenv("RESLAB_ISA"). NULL when `isa` is unknown or this CPU
 * lacks it. */
const rl_kernels *rl_kernels_select(const char *isa);

/* The tables in this build that this CPU can run, slowest first; NULL past the last. */
const rl_kernels *rl_kernels_at(size_t index);

/* What a row should be: `label` with weight `share`, `partner` with 1 - share, and of either the
 * part `smoothing` spread evenly over all classes. Without a second label: partner = label, share
 * = 1. */
typedef struct {
    size_t label, partner;
    double share, smoothing;
} rl_label_target;

/* Loss of one row: -sum_k target_k * log softmax(logits)_k with target = (1 - smoothing) * (share *
 * onehot(label) + (1 - share) * onehot(partner)) + smoothing / classes: the mean, weighted by
 * share, of PyTorch's CrossEntropyLoss(label_smoothing=...) for the two labels. dlogits, if not
 * NULL, = (softmax - target) * scale. Double inside. Not instruction-set specific: a few numbers a
 * row. */
double rl_softmax_cross_entropy(size_t classes, const float *logits, const rl_label_target *target,
                                float scale, float *dlogits);

/* The class that the logits name: that of the largest one, the first of equals. `classes` where a
 * logit is not finite: such a row names no class. */
size_t rl_largest_logit(size_t classes, const float *logits);

/* probabilities = softmax(logits), overflow-safe; may be in place. */
void rl_softmax(size_t classes, const float *logits, float *probabilities);

#endif
