/* Batch normalisation's affine map with residual and activation in one pass, forward and backward,
 * and the gradient of its input. One template, instantiated for every activation. */
#include "kernels/isa/activation.h"
#include "kernels/isa/symbols.h"

typedef vec activation(vec z, vec slope);

enum { VECTORS = 4 }; /* of channels whose sums are kept in registers at a time */

/* Channels [c, c + count) of one row, count <= LANES. */
RL_INLINE vec pre_activation(const float *x, const rl_affine *affine, const float *residual,
                             size_t c, size_t count) {
    vec z = vec_fma(vec_get(x + c, count), vec_get(affine->scale + c, count),
                    vec_get(affine->shift + c, count));
    if (residual)
        z += vec_get(residual + c, count);
    return z;
}

RL_INLINE void forward(activation *value, size_t rows, size_t C, const float *x, size_t ldx,
                       const rl_affine *affine, const float *residual, size_t ld_residual, float *y,
                       size_t ldy) {
    const vec slope = vec_all(affine->negative_slope);
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * ldx;
        const float *added = residual ? residual + r * ld_residual : NULL;
        float *out = y + r * ldy;
        size_t c = 0;
        for (; c + LANES <= C; c += LANES)
            vec_store(out + c, value(pre_activation(row, affine, added, c, LANES), slope));
        if (c < C)
            vec_store_part(out + c, value(pre_activation(row, affine, added, c, C - c), slope),
                           C - c);
    }
}

/* The arguments of a backward kernel that its inner part needs. */
typedef struct {
    const rl_activation_tape *tape;
    float *dy;
    size_t ldy;
    float *d_residual; /* or NULL */
    size_t ld_d_residual;
    bool accumulate_residual;
    float *sum_g, *sum_gx;
} backward_pass;

/* Channels [c, c + count) of all rows, in `vectors` vectors. Sums stay in registers: in memory
 * every row's would wait for the store of the row before. */
RL_INLINE void backward_columns(activation *derivative, const size_t vectors, size_t rows, size_t c,
                                const backward_pass *pass, size_t count) {
    const rl_activation_tape *tape = pass->tape;
    const vec slope = vec_all(tape->affine.negative_slope);
    vec sum_g[VECTORS], sum_gx[VECTORS];
    RL_UNROLL
    for (size_t v = 0; v < vectors; v++)
        sum_g[v] = sum_gx[v] = vec_all(0);
    for (size_t r = 0; r < rows; r++) {
        const float *row = tape->x + r * tape->ldx;
        const float *added = tape->residual ? tape->residual + r * tape->ld_residual : NULL;
        RL_UNROLL
        for (size_t v = 0; v < vectors; v++) {
            const size_t at = c + v * LANES;
            const vec z = pre_activation(row, &tape->affine, added, at, count);
            float *gradient = pass->dy + r * pass->ldy + at;
            const vec g = vec_get(gradient, count) * derivative(z, slope);
            vec_put(gradient, g, count);
            if (pass->d_residual) {
                float *out = pass->d_residual + r * pass->ld_d_residual + at;
                vec_put(out, pass->accumulate_residual ? vec_get(out, count) + g : g, count);
            }
            sum_g[v] += g;
            sum_gx[v] =
                vec_fma(g, vec_get(row + at, count) - vec_get(tape->mean + at, count), sum_gx[v]);
        }
    }
    RL_UNROLL
    for (size_t v = 0; v < vectors; v++) {
        vec_put(pass->sum_g + c + v * LANES, sum_g[v], count);
        vec_put(pass->sum_gx + c + v * LANES, sum_gx[v], count);
    }
}

RL_INLINE void backward(activation *derivative, size_t rows, size_t C, const backward_pass *pass) {
    size_t c = 0;
    for (; c + VECTORS * LANES <= C; c += VECTORS * LANES)
        backward_columns(derivative, VECTORS, rows, c, pass, LANES);
    for (; c + 2 * LANES <= C; c += 2 * LANES)
        backward_columns(derivative, 2, rows, c, pass, LANES);
    for (; c + LANES <= C; c += LANES)
        backward_columns(derivative, 1, rows, c, pass, LANES);
    if (c < C)
        backward_columns(derivative, 1, rows, c, pass, C - c);
}

#define RL_ACTIVATION(name)                                                                        \
    void RL_SYMBOL(affine_##name)(size_t rows, size_t C, const float *x, size_t ldx,               \
                                  const rl_affine *affine, const float *residual,                  \
                                  size_t ld_residual, float *y, size_t ldy) {                      \
        forward(name##_value, rows, C, x, ldx, affine, residual, ld_residual, y, ldy);             \
    }                                                                                              \
    void RL_SYMBOL(affine_##name##_backward)(                                                      \
        size_t rows, size_t C, const rl_activation_tape *tape, float *dy, size_t ldy,              \
        float *d_residual, size_t ld_d_residual, bool accumulate_residual, float *sum_g,           \
        float *sum_gx) {                                                                           \
        const backward_pass pass = {                                                               \
            tape, dy, ldy, d_residual, ld_d_residual, accumulate_residual, sum_g, sum_gx};         \
        backward(name##_derivative, rows, C, &pass);                                               \
    }
RL_ACTIVATIONS
#undef RL_ACTIVATION

RL_INLINE void gradient_part(float *dx, const float *g, const float *x, const float *a,
                             const float *b, const float *mean, const float *d, size_t count,
                             bool accumulate) {
    vec value =
        vec_fma(vec_get(b, count), vec_get(x, count) - vec_get(mean, count), vec_get(d, count));
    value = vec_fma(vec_get(a, count), vec_get(g, count), value);
    vec_put(dx, accumulate ? vec_get(dx, count) + value : value, count);
}

void RL_SYMBOL(affine_gradient)(size_t rows, size_t C, const float *g, size_t ldg, const float *x,
                                size_t ldx, const float *a, const float *b, const float *mean,
                                const float *d, float *dx, size_t ld_dx, bool accumulate) {
    for (size_t r = 0; r < rows; r++) {
        size_t c = 0;
        for (; c + LANES <= C; c += LANES)
            gradient_part(dx + r * ld_dx + c, g + r * ldg + c, x + r * ldx + c, a + c, b + c,
                          mean + c, d + c, LANES, accumulate);
        if (c < C)
            gradient_part(dx + r * ld_dx + c, g + r * ldg + c, x + r * ldx + c, a + c, b + c,
                          mean + c, d + c, C - c, accumulate);
    }
}
