/* Activations as vector functions: value and derivative of each, and the exp and normal
 * distribution they need. A new activation is two functions here and a row in affine.c. NaN comes
 * out as NaN, so that a diverging run is noticed. */
#ifndef RL_KERNELS_ISA_ACTIVATION_H
#define RL_KERNELS_ISA_ACTIVATION_H

#include "kernels/isa/vector.h"

/* exp(x) for x <= 0: relative error below 2e-7; 0 below -87.3, where the result leaves the normal
 * range. Reduction x = n ln 2 + r, |r| <= ln 2 / 2, with ln 2 in two parts (Cody and Waite 1980),
 * Taylor polynomial of degree 7 for exp(r), and 2^n by its bits. */
RL_INLINE vec exp_negative(vec x) {
    const vec lowest = vec_all(-87.3F);
    const mask vanishes = x < lowest;
    x = vec_choose(vanishes, lowest, x);
    const vec rounding = vec_all(12582912.0F); /* 1.5 * 2^23: adding it rounds to an integer */
    const vec shifted = vec_fma(x, vec_all(1.44269504F), rounding);
    const vec n = shifted - rounding;
    vec r = vec_fma(n, vec_all(-0.693359375F), x);
    r = vec_fma(n, vec_all(2.12194440e-4F), r);
    vec p = vec_all(1.0F / 5040);
    p = vec_fma(p, r, vec_all(1.0F / 720));
    p = vec_fma(p, r, vec_all(1.0F / 120));
    p = vec_fma(p, r, vec_all(1.0F / 24));
    p = vec_fma(p, r, vec_all(1.0F / 6));
    p = vec_fma(p, r, vec_all(0.5F));
    p = vec_fma(p, r, vec_all(1.0F));
    p = vec_fma(p, r, vec_all(1.0F));
    const mask power = ((mask)shifted - (mask)rounding + 127) << 23;
    return vec_choose(vanishes, vec_all(0), vec_choose(x == x, p * (vec)power, x));
}

/* The normal distribution at x: *density = exp(-x^2/2) / sqrt(2 pi), returns Phi(x).
 * The upper tail is Q(a) = exp(-a^2/2) t P(t), t = 1 / (1 + 0.35 a), with P fitted to a relative
 * error of 4e-7 for all a >= 0 (scripts/fit_normal.py; the form is Abramowitz and
 * Stegun 26.2.17's). So Phi has an absolute error below 3e-7, and the lower tail is right to a few
 * digits of its own size. */
RL_INLINE vec normal_distribution(vec x, vec *density) {
    const vec a = vec_abs(x);
    const vec e = exp_negative(a * a * -0.5F);
    const vec t = 1.0F / vec_fma(a, vec_all(0.35F), vec_all(1.0F));
    vec p = vec_all(-0.02137757649F);
    p = vec_fma(p, t, vec_all(0.1106846193F));
    p = vec_fma(p, t, vec_all(-0.1963832721F));
    p = vec_fma(p, t, vec_all(0.1021463289F));
    p = vec_fma(p, t, vec_all(0.008941214479F));
    p = vec_fma(p, t, vec_all(0.09482688959F));
    p = vec_fma(p, t, vec_all(0.1218732281F));
    p = vec_fma(p, t, vec_all(0.1396593775F));
    p = vec_fma(p, t, vec_all(0.1396293695F));
    const vec tail = e * t * p;
    *density = e * 0.398942280F;
    return vec_choose(x > 0, 1.0F - tail, tail);
}

/* Parameter of all of them: the slope below zero, which only leaky_relu uses. */

RL_INLINE vec none_value(vec z, vec slope) {
    (void)slope;
    return z;
}

RL_INLINE vec none_derivative(vec z, vec slope) {
    (void)z;
    (void)slope;
    return vec_all(1);
}

RL_INLINE vec sigmoid_value(vec z, vec slope) {
    (void)slope;
    const vec e = exp_negative(-vec_abs(z));
    return vec_choose(z < 0, e, vec_all(1)) / (1.0F + e);
}

/* e / (1 + e)^2 is even in z, and loses no digits to 1 - sigmoid. */
RL_INLINE vec sigmoid_derivative(vec z, vec slope) {
    (void)slope;
    const vec e = exp_negative(-vec_abs(z));
    const vec inverse = 1.0F / (1.0F + e);
    return e * inverse * inverse;
}

RL_INLINE vec relu_value(vec z, vec slope) {
    (void)slope;
    return vec_choose(z < 0, vec_all(0), z); /* NaN < 0 is false: NaN passes */
}

RL_INLINE vec relu_derivative(vec z, vec slope) {
    (void)slope;
    return vec_choose(z > 0, vec_all(1), vec_choose(z == z, vec_all(0), z));
}

RL_INLINE vec leaky_relu_value(vec z, vec slope) {
    return vec_choose(z > 0, z, z * slope);
}

RL_INLINE vec leaky_relu_derivative(vec z, vec slope) {
    return vec_choose(z > 0, vec_all(1), vec_choose(z == z, slope, z));
}

/* z Phi(z); minus infinity, as in PyTorch, gives NaN. */
RL_INLINE vec gelu_value(vec z, vec slope) {
    (void)slope;
    vec density;
    return z * normal_distribution(z, &density);
}

RL_INLINE vec gelu_derivative(vec z, vec slope) {
    (void)slope;
    vec density;
    const vec cumulative = normal_distribution(z, &density);
    return vec_fma(z, density, cumulative);
}

#endif
