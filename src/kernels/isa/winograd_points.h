/* One-dimensional Winograd transforms, the building blocks of the two schemes of this folder.
 *
 * Polynomial products by evaluation at the points 0, +-a, +-b and infinity (Winograd 1980; for
 * convolutions Lavin and Gray 2016, arXiv:1509.09308), with a = 1/sqrt 2 and b = sqrt 2, which
 * round half as much as the usual +-1, +-2. For a product of degree n - 1 at the points p:
 *   inputs   row p of B^T: coefficients of prod over finite q != p of (x - q); infinity: over all q
 *   weights  row p of G:   (1, p, p^2) / prod over finite q != p of (p - q);   infinity: the last
 *   outputs  row k of A^T: p^k; infinity: only in the last
 * and the transposed matrices for gradients. In two dimensions each is applied to columns and
 * rows. Suffixes name the length of the result, or of the argument for outputs. */
#ifndef RL_KERNELS_ISA_WINOGRAD_POINTS_H
#define RL_KERNELS_ISA_WINOGRAD_POINTS_H

#include "kernels/isa/vector.h"

#define RL_ROOT 1.41421356237309505F /* b; a = b / 2 */
#define RL_HALF_ROOT 0.70710678118654752F

RL_INLINE vec times(float factor, vec v) {
    return v * factor;
}

/* base + factor * v */
RL_INLINE vec plus(vec base, float factor, vec v) {
    return vec_fma(vec_all(factor), v, base);
}

/* --- Points +-a, +-b and infinity: four outputs of two taps from five inputs. --- */

/* The rows of B^T at +-a and +-b; they read four inputs only, and so serve one tap as well. */
RL_INLINE void inputs_4(const vec d[4], vec out[4]) {
    const vec even_a = plus(d[3], -2, d[1]), odd_a = plus(d[2], -2, d[0]);
    const vec even_b = plus(d[3], -0.5F, d[1]), odd_b = plus(d[2], -0.5F, d[0]);
    out[0] = plus(even_a, RL_HALF_ROOT, odd_a);
    out[1] = plus(even_a, -RL_HALF_ROOT, odd_a);
    out[2] = plus(even_b, RL_ROOT, odd_b);
    out[3] = plus(even_b, -RL_ROOT, odd_b);
}

RL_INLINE void inputs_5(const vec d[5], vec out[5]) {
    inputs_4(d, out);
    out[4] = plus(d[0] + d[4], -2.5F, d[2]);
}

RL_INLINE void weights_4(vec g, vec out[4]) {
    out[1] = times(RL_ROOT / 3, g);
    out[0] = -out[1];
    out[2] = times(RL_HALF_ROOT / 3, g);
    out[3] = -out[2];
}

RL_INLINE void weights_5(vec g0, vec g1, vec out[5]) {
    weights_4(g0, out);
    out[0] = plus(out[0], -1.0F / 3, g1);
    out[1] = plus(out[1], -1.0F / 3, g1);
    out[2] = plus(out[2], 1.0F / 3, g1);
    out[3] = plus(out[3], 1.0F / 3, g1);
    out[4] = g1;
}

RL_INLINE void outputs_4(const vec m[4], vec out[4]) {
    const vec sum_a = m[0] + m[1], difference_a = m[0] - m[1];
    const vec sum_b = m[2] + m[3], difference_b = m[2] - m[3];
    out[0] = sum_a + sum_b;
    out[1] = times(RL_HALF_ROOT, plus(difference_a, 2, difference_b));
    out[2] = plus(times(2, sum_b), 0.5F, sum_a);
    out[3] = times(RL_HALF_ROOT, plus(times(4, difference_b), 0.5F, difference_a));
}

RL_INLINE void outputs_5(const vec m[5], vec out[4]) {
    outputs_4(m, out);
    out[3] += m[4];
}

/* A y, the adjoint of outputs_5. */
RL_INLINE void output_gradients_5(const vec y[4], vec out[5]) {
    const vec even_a = plus(y[0], 0.5F, y[2]), odd_a = plus(y[1], 0.5F, y[3]);
    const vec even_b = plus(y[0], 2, y[2]), odd_b = plus(y[1], 2, y[3]);
    out[0] = plus(even_a, RL_HALF_ROOT, odd_a);
    out[1] = plus(even_a, -RL_HALF_ROOT, odd_a);
    out[2] = plus(even_b, RL_ROOT, odd_b);
    out[3] = plus(even_b, -RL_ROOT, odd_b);
    out[4] = y[3];
}

/* G^T m, the adjoint of weights_4. */
RL_INLINE vec weight_gradient_4(const vec m[4]) {
    return plus(times(RL_ROOT / 3, m[1] - m[0]), RL_HALF_ROOT / 3, m[2] - m[3]);
}

RL_INLINE void weight_gradients_5(const vec m[5], vec *g0, vec *g1) {
    *g0 = weight_gradient_4(m);
    *g1 = plus(m[4], 1.0F / 3, (m[2] + m[3]) - (m[0] + m[1]));
}

/* --- Points 0, +-a, +-b and infinity: four outputs of three taps from six inputs. --- */

RL_INLINE void inputs_6(const vec d[6], vec out[6]) {
    out[0] = plus(d[0] + d[4], -2.5F, d[2]);
    const vec even_a = plus(d[4], -2, d[2]), odd_a = plus(d[3], -2, d[1]);
    const vec even_b = plus(d[4], -0.5F, d[2]), odd_b = plus(d[3], -0.5F, d[1]);
    out[1] = plus(even_a, RL_HALF_ROOT, odd_a);
    out[2] = plus(even_a, -RL_HALF_ROOT, odd_a);
    out[3] = plus(even_b, RL_ROOT, odd_b);
    out[4] = plus(even_b, -RL_ROOT, odd_b);
    out[5] = plus(d[1] + d[5], -2.5F, d[3]);
}

RL_INLINE void weights_6(const vec g[3], vec out[6]) {
    const vec even_a = times(-2.0F / 3, plus(g[0], 0.5F, g[2]));
    const vec even_b = times(1.0F / 6, plus(g[0], 2, g[2]));
    out[0] = g[0];
    out[1] = plus(even_a, -RL_ROOT / 3, g[1]);
    out[2] = plus(even_a, RL_ROOT / 3, g[1]);
    out[3] = plus(even_b, RL_ROOT / 6, g[1]);
    out[4] = plus(even_b, -RL_ROOT / 6, g[1]);
    out[5] = g[2];
}

RL_INLINE void outputs_6(const vec m[6], vec out[4]) {
    outputs_5(m + 1, out);
    out[0] += m[0];
}

/* A y, the adjoint of outputs_6. */
RL_INLINE void output_gradients_6(const vec y[4], vec out[6]) {
    out[0] = y[0];
    output_gradients_5(y, out + 1);
}

/* G^T m, the adjoint of weights_6. */
RL_INLINE void weight_gradients_6(const vec m[6], vec out[3]) {
    const vec sum_a = m[1] + m[2], difference_a = m[2] - m[1];
    const vec sum_b = m[3] + m[4], difference_b = m[3] - m[4];
    out[0] = plus(plus(m[0], -2.0F / 3, sum_a), 1.0F / 6, sum_b);
    out[1] = plus(times(RL_ROOT / 3, difference_a), RL_ROOT / 6, difference_b);
    out[2] = plus(m[5], 1.0F / 3, sum_b - sum_a);
}

#endif
