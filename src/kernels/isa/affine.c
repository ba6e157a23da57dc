/* Batch normalisation's affine map with residual and activation in one pass, forward and backward,
 * and the gradient of its input. One template, instantiated for every activation. */
#include "kernels/isa/activation.h"
#include "kernels/isa/symbols.h"

typedef vec activation(vec z, vec slope);

enum {
    VECTORS = 4, /* of channels at a time, whose constants and sums stay in registers */
    ROWS = 16    /* at a time, where there are more channels: memory is still read in order */
};

/* Runs CALL, which uses `c`, `vectors` and `count`, for columns of channels: `vectors` vectors of
 * `count` channels each from channel c on. */
#define EACH_COLUMN(C, CALL)                                                                       \
    do {                                                                                           \
        size_t c = 0;                                                                              \
        for (; c + VECTORS * LANES <= (C); c += VECTORS * LANES) {                                 \
            enum { vectors = VECTORS, count = LANES };                                             \
            CALL;                                                                                  \
        }                                                                                          \
        for (; c + 2 * LANES <= (C); c += 2 * LANES) {                                             \
            enum { vectors = 2, count = LANES };                                                   \
            CALL;                                                                                  \
        }                                                                                          \
        for (; c + LANES <= (C); c += LANES) {                                                     \
            enum { vectors = 1, count = LANES };                                                   \
            CALL;                                                                                  \
        }                                                                                          \
        if (c < (C)) {                                                                             \
            enum { vectors = 1 };                                                                  \
            const size_t count = (C)-c;                                                            \
            CALL;                                                                                  \
        }                                                                                          \
    } while (0)

/* A column's constants: `vectors` vectors from p on. */
RL_INLINE void get_column(const size_t vectors, const float *p, size_t count, vec column[VECTORS]) {
    RL_UNROLL
    for (size_t v = 0; v < vectors; v++)
        column[v] = vec_get(p + v * LANES, count);
}

static size_t rows_at_a_time(size_t rows, size_t C) {
    return C <= VECTORS * LANES || rows < ROWS ? rows : ROWS;
}

/* The arguments of a forward kernel. */
typedef struct {
    const float *x;
    size_t ldx;
    const rl_affine *affine;
    const float *residual; /* or NULL */
    size_t ld_residual;
    float *y;
    size_t ldy;
} forward_pass;

/* Rows [begin, end) of a column. */
RL_INLINE void forward_column(activation *value, const bool has_residual, const size_t vectors,
                              const forward_pass *pass, size_t begin, size_t end, size_t c,
                              size_t count) {
    const vec slope = vec_all(pass->affine->negative_slope);
    const bool stream = pass->affine->stream && count == LANES;
    vec scale[VECTORS], shift[VECTORS];
    get_column(vectors, pass->affine->scale + c, count, scale);
    get_column(vectors, pass->affine->shift + c, count, shift);
    const float *x = pass->x + begin * pass->ldx + c;
    const float *residual = has_residual ? pass->residual + begin * pass->ld_residual + c : NULL;
    float *y = pass->y + begin * pass->ldy + c;
    for (size_t r = begin; r < end; r++, x += pass->ldx, y += pass->ldy) {
        RL_UNROLL
        for (size_t v = 0; v < vectors; v++) {
            vec z = vec_fma(vec_get(x + v * LANES, count), scale[v], shift[v]);
            if (has_residual)
                z += vec_get(residual + v * LANES, count);
            if (stream)
                vec_stream(y + v * LANES, value(z, slope));
            else
                vec_put(y + v * LANES, value(z, slope), count);
        }
        if (has_residual)
            residual += pass->ld_residual;
    }
}

/* With a residual, three maps come from or go to memory: that wants rows in order above all. */
RL_INLINE void forward(activation *value, size_t rows, size_t C, const forward_pass *pass) {
    if (pass->residual) {
        for (size_t r = 0; r < rows; r++)
            EACH_COLUMN(C, forward_column(value, true, vectors, pass, r, r + 1, c, count));
        return;
    }
    const size_t step = rows_at_a_time(rows, C);
    for (size_t r = 0; r < rows; r += step) {
        const size_t end = rows - r < step ? rows : r + step;
        EACH_COLUMN(C, forward_column(value, false, vectors, pass, r, end, c, count));
    }
}

/* The arguments of a backward kernel. */
typedef struct {
    const rl_activation_tape *tape;
    float *dy;
    size_t ldy;
    float *d_residual; /* or NULL */
    size_t ld_d_residual;
    bool accumulate_residual;
    float *sum_g, *sum_gx;
} backward_pass;

/* What a residual adds to a row: to the input of the activation, and its gradient. */
RL_INLINE vec residual_at(const backward_pass *pass, size_t r, size_t at, size_t count) {
    const rl_activation_tape *tape = pass->tape;
    return tape->residual ? vec_get(tape->residual + r * tape->ld_residual + at, count)
                          : vec_all(0);
}

RL_INLINE void put_residual_gradient(const backward_pass *pass, size_t r, size_t at, vec g,
                                     size_t count) {
    if (!pass->d_residual)
        return;
    float *out = pass->d_residual + r * pass->ld_d_residual + at;
    vec_put(out, pass->accumulate_residual ? vec_get(out, count) + g : g, count);
}

/* All rows of a column. Sums stay in registers: in memory every row's would wait for the store of
 * the row before. Everything is loaded before the store, since the compiler must take it for a
 * store to what is loaded after it. */
RL_INLINE void backward_column(activation *derivative, const bool has_residual,
                               const size_t vectors, size_t rows, const backward_pass *pass,
                               size_t c, size_t count) {
    const rl_activation_tape *tape = pass->tape;
    const size_t ldx = tape->ldx, ldy = pass->ldy;
    const vec slope = vec_all(tape->affine.negative_slope);
    vec scale[VECTORS], shift[VECTORS], mean[VECTORS], sum_g[VECTORS], sum_gx[VECTORS];
    get_column(vectors, tape->affine.scale + c, count, scale);
    get_column(vectors, tape->affine.shift + c, count, shift);
    get_column(vectors, tape->mean + c, count, mean);
    RL_UNROLL
    for (size_t v = 0; v < vectors; v++)
        sum_g[v] = sum_gx[v] = vec_all(0);
    const float *row = tape->x + c;
    float *dy = pass->dy + c;
    for (size_t r = 0; r < rows; r++, row += ldx, dy += ldy) {
        RL_UNROLL
        for (size_t v = 0; v < vectors; v++) {
            const vec x = vec_get(row + v * LANES, count);
            vec z = vec_fma(x, scale[v], shift[v]);
            if (has_residual)
                z += residual_at(pass, r, c + v * LANES, count);
            const vec g = vec_get(dy + v * LANES, count) * derivative(z, slope);
            vec_put(dy + v * LANES, g, count);
            if (has_residual)
                put_residual_gradient(pass, r, c + v * LANES, g, count);
            sum_g[v] += g;
            sum_gx[v] = vec_fma(g, x - mean[v], sum_gx[v]);
        }
    }
    RL_UNROLL
    for (size_t v = 0; v < vectors; v++) {
        vec_put(pass->sum_g + c + v * LANES, sum_g[v], count);
        vec_put(pass->sum_gx + c + v * LANES, sum_gx[v], count);
    }
}

RL_INLINE void backward(activation *derivative, size_t rows, size_t C, const backward_pass *pass) {
    if (pass->tape->residual || pass->d_residual)
        EACH_COLUMN(C, backward_column(derivative, true, vectors, rows, pass, c, count));
    else
        EACH_COLUMN(C, backward_column(derivative, false, vectors, rows, pass, c, count));
}

#define RL_ACTIVATION(name)                                                                        \
    void RL_SYMBOL(affine_##name)(size_t rows, size_t C, const float *x, size_t ldx,               \
                                  const rl_affine *affine, const float *residual,                  \
                                  size_t ld_residual, float *y, size_t ldy) {                      \
        const forward_pass pass = {x, ldx, affine, residual, ld_residual, y, ldy};                 \
        forward(name##_value, rows, C, &pass);                                                     \
        if (affine->stream)                                                                        \
            vec_streamed();                                                                        \
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

/* The arguments of affine_gradient. */
typedef struct {
    const float *g, *x, *a, *b, *mean, *d;
    size_t ldg, ldx, ld_dx;
    float *dx;
    bool accumulate;
} gradient_pass;

RL_INLINE void gradient_column(const size_t vectors, const gradient_pass *pass, size_t begin,
                               size_t end, size_t c, size_t count) {
    const size_t ldg = pass->ldg, ldx = pass->ldx, ld_dx = pass->ld_dx;
    const bool accumulate = pass->accumulate;
    vec a[VECTORS], b[VECTORS], mean[VECTORS], d[VECTORS];
    get_column(vectors, pass->a + c, count, a);
    get_column(vectors, pass->b + c, count, b);
    get_column(vectors, pass->mean + c, count, mean);
    get_column(vectors, pass->d + c, count, d);
    const float *g = pass->g + begin * ldg + c, *x = pass->x + begin * ldx + c;
    float *dx = pass->dx + begin * ld_dx + c;
    for (size_t r = begin; r < end; r++, g += ldg, x += ldx, dx += ld_dx) {
        RL_UNROLL
        for (size_t v = 0; v < vectors; v++) {
            const vec distance = vec_get(x + v * LANES, count) - mean[v];
            vec value = vec_fma(b[v], distance, d[v]);
            value = vec_fma(a[v], vec_get(g + v * LANES, count), value);
            if (accumulate)
                value += vec_get(dx + v * LANES, count);
            vec_put(dx + v * LANES, value, count);
        }
    }
}

void RL_SYMBOL(affine_gradient)(size_t rows, size_t C, const float *g, size_t ldg, const float *x,
                                size_t ldx, const float *a, const float *b, const float *mean,
                                const float *d, float *dx, size_t ld_dx, bool accumulate) {
    const gradient_pass pass = {g, x, a, b, mean, d, ldg, ldx, ld_dx, dx, accumulate};
    const size_t step = rows_at_a_time(rows, C);
    for (size_t r = 0; r < rows; r += step) {
        const size_t end = rows - r < step ? rows : r + step;
        EACH_COLUMN(C, gradient_column(vectors, &pass, r, end, c, count));
    }
}
