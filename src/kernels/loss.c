/* Softmax and cross-entropy of one row, in double: a few numbers an image, where overflow and
 * cancellation would hurt. */
#include "kernels/kernels.h"

#include <math.h>

/* The largest logit, and the log of the sum of exp(logit - largest). */
static double log_sum(size_t classes, const float *logits, double *largest) {
    *largest = logits[0];
    for (size_t k = 1; k < classes; k++)
        if (logits[k] > *largest || isnan(logits[k]))
            *largest = logits[k];
    double sum = 0;
    for (size_t k = 0; k < classes; k++)
        sum += exp(logits[k] - *largest);
    return log(sum);
}

/* The share of class k, before smoothing. */
static double share_of(const rl_label_target *target, size_t k) {
    return (k == target->label ? target->share : 0) +
           (k == target->partner ? 1 - target->share : 0);
}

double rl_softmax_cross_entropy(size_t classes, const float *logits, const rl_label_target *target,
                                float scale, float *dlogits) {
    double largest, loss = 0;
    const double normalizer = log_sum(classes, logits, &largest);
    const double even = target->smoothing / (double)classes;
    for (size_t k = 0; k < classes; k++) {
        const double log_probability = logits[k] - largest - normalizer;
        const double wanted = even + (1 - target->smoothing) * share_of(target, k);
        if (wanted > 0)
            loss -= wanted * log_probability;
        if (dlogits)
            dlogits[k] = (float)((exp(log_probability) - wanted) * scale);
    }
    return loss;
}

size_t rl_largest_logit(size_t classes, const float *logits) {
    size_t largest = 0;
    for (size_t k = 0; k < classes; k++) {
        if (!isfinite(logits[k]))
            return classes;
        if (logits[k] > logits[largest])
            largest = k;
    }
    return largest;
}

void rl_softmax(size_t classes, const float *logits, float *probabilities) {
    double largest;
    const double normalizer = log_sum(classes, logits, &largest);
    for (size_t k = 0; k < classes; k++)
        probabilities[k] = (float)exp(logits[k] - largest - normalizer);
}
