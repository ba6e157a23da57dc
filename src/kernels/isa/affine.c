/* Batch normalisation's affine map with residual and activation in one pass, forward and backward,
 * and the gradient of its input. One template, instantiated for every activation. */
#include "kernels/isa/activation.h"
#include "kernels/isa/symbols.h"

typedef vec activation(vec z, vec slope);

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

/* Channels [c, c + count) of row r, count <= LANES. */
RL_INLINE void backward_part(activation *derivative, const backward_pass *pass, size_t r, size_t c,
                             size_t count) {
    const rl_activation_tape *tape = pass->tape;
    const float *row = tape->x + r * tape->ldx;
    const float *added = tape->residual ? tape->residual + r * tape->ld_residual : NULL;
    const vec z = pre_activation(row, &tape->affine, added, c, count);
    float *gradient = pass->dy + r * pass->ldy + c;
    const vec g = vec_get(gradient, count) * derivative(z, vec_all(tape->affine.negative_slope));
    vec_put(gradient, g, count);
    if (pass->d_residual) {
        float *out = pass->d_residual + r * pass->ld_d_residual + c;
        vec_put(out, pass->accumulate_residual ? vec_get(out, count) + g : g, count);
    }
    vec_put(pass->sum_g + c, vec_get(pass->sum_g + c, count) + g, count);
    const vec distance = vec_get(row + c, count) - vec_get(tape->mean + c, count);
    vec_put(pass->sum_gx + c, vec_fma(g, distance, vec_get(pass->sum_gx + c, count)), count);
}

/* Memory is read row by row, in the order that the hardware prefetches; coefficients and sums, a
 * few KiB, stay in the L1 cache. */
RL_INLINE void backward(activation *derivative, size_t rows, size_t C, const backward_pass *pass) {
    memset(pass->sum_g, 0, C * sizeof(float));
    memset(pass->sum_gx, 0, C * sizeof(float));
    for (size_t r = 0; r < rows; r++) {
        size_t c = 0;
        for (; c + LANES <= C; c += LANES)
            backward_part(derivative, pass, r, c, LANES);
        if (c < C)
            backward_part(derivative, pass, r, c, C - c);
    }
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
