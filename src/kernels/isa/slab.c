/* Elementwise passes over flat slabs: sums, averages, and the optimizers' updates (PyTorch 1.13,
 * torch/optim/sgd.py, adam.py, adamw.py; single-tensor form). */
#include "kernels/isa/symbols.h"
#include "kernels/isa/vector.h"

/* Runs BODY with `i` and `n` for each block of up to LANES elements. */
#define RL_EACH_BLOCK(count, BODY)                                                                 \
    do {                                                                                           \
        size_t i = 0;                                                                              \
        for (; i + LANES <= (count); i += LANES) {                                                 \
            enum { n = LANES };                                                                    \
            BODY                                                                                   \
        }                                                                                          \
        if (i < (count)) {                                                                         \
            const size_t n = (count)-i;                                                            \
            BODY                                                                                   \
        }                                                                                          \
    } while (0)

void RL_SYMBOL(add)(size_t count, const float *x, float *y) {
    RL_EACH_BLOCK(count, { vec_put(y + i, vec_get(y + i, n) + vec_get(x + i, n), n); });
}

void RL_SYMBOL(scale)(size_t count, float factor, float *y) {
    RL_EACH_BLOCK(count, { vec_put(y + i, vec_get(y + i, n) * factor, n); });
}

void RL_SYMBOL(approach)(size_t count, float share, const float *x, float *y) {
    const vec part = vec_all(share);
    RL_EACH_BLOCK(count, {
        const vec old = vec_get(y + i, n);
        vec_put(y + i, vec_fma(part, vec_get(x + i, n) - old, old), n);
    });
}

double RL_SYMBOL(sum_of_squares)(size_t count, const float *x) {
    double lanes[8] = {0}; /* independent sums, so that the additions overlap */
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (size_t j = 0; j < 8; j++)
            lanes[j] += (double)x[i + j] * x[i + j];
    for (; i < count; i++)
        lanes[0] += (double)x[i] * x[i];
    double sum = 0;
    for (size_t j = 0; j < 8; j++)
        sum += lanes[j];
    return sum;
}

/* g + weight_decay * w */
RL_INLINE vec decayed(vec g, vec w, float weight_decay) {
    return vec_fma(w, vec_all(weight_decay), g);
}

void RL_SYMBOL(update_sgd)(size_t count, const rl_update_rule *rule, float *w, const float *g) {
    const float decay = (float)rule->weight_decay;
    const vec rate = vec_all(-(float)rule->lr);
    RL_EACH_BLOCK(count, {
        const vec weight = vec_get(w + i, n);
        vec_put(w + i, vec_fma(rate, decayed(vec_get(g + i, n), weight, decay), weight), n);
    });
}

void RL_SYMBOL(update_momentum)(size_t count, const rl_update_rule *rule, float *w, const float *g,
                                float *buffer) {
    const float decay = (float)rule->weight_decay;
    const vec rate = vec_all(-(float)rule->lr), momentum = vec_all((float)rule->momentum);
    const float fresh = (float)(1 - rule->dampening);
    RL_EACH_BLOCK(count, {
        const vec weight = vec_get(w + i, n);
        const vec gradient = decayed(vec_get(g + i, n), weight, decay);
        vec velocity = gradient;
        if (!rule->first_step)
            velocity = vec_fma(momentum, vec_get(buffer + i, n), gradient * fresh);
        vec_put(buffer + i, velocity, n);
        const vec step = rule->nesterov ? vec_fma(momentum, velocity, gradient) : velocity;
        vec_put(w + i, vec_fma(rate, step, weight), n);
    });
}

void RL_SYMBOL(update_adam)(size_t count, const rl_update_rule *rule, float *w, const float *g,
                            float *m, float *v) {
    const float l2 = rule->decoupled_decay ? 0 : (float)rule->weight_decay;
    const float shrink = rule->decoupled_decay ? (float)(1 - rule->lr * rule->weight_decay) : 1.0F;
    const vec beta1 = vec_all((float)rule->beta1), beta2 = vec_all((float)rule->beta2);
    const float fresh1 = (float)(1 - rule->beta1), fresh2 = (float)(1 - rule->beta2);
    const vec rate = vec_all((float)(-rule->lr / rule->bias_correction1));
    const float root2 = (float)__builtin_sqrt(rule->bias_correction2), eps = (float)rule->eps;
    RL_EACH_BLOCK(count, {
        const vec weight = vec_get(w + i, n) * shrink;
        const vec gradient = decayed(vec_get(g + i, n), weight, l2);
        const vec first = vec_fma(beta1, vec_get(m + i, n), gradient * fresh1);
        const vec second = vec_fma(beta2, vec_get(v + i, n), gradient * gradient * fresh2);
        vec_put(m + i, first, n);
        vec_put(v + i, second, n);
        vec_put(w + i, vec_fma(rate, first / (vec_sqrt(second) / root2 + eps), weight), n);
    });
}
