/* The classifier on top: global average pooling, a linear layer, cross-entropy. */
#ifndef RL_NN_HEAD_H
#define RL_NN_HEAD_H

#include "nn/engine.h"
#include "nn/net.h"

typedef struct {
    size_t pixels; /* of the feature map */
    size_t C, ldx; /* its channels; floats from pixel to pixel */
    size_t classes;
    const float *w;    /* [C][classes] */
    const float *bias; /* [classes] */
    float *pooled;     /* [images][C] */
    float *logits;     /* [images][classes] */
    float *d_logits;   /* the same; training */
    float *d_pooled;   /* [images][C]; training */
} rl_head;

void rl_head_needs(const rl_head *head, size_t images, const rl_kernels *kernels,
                   rl_engine_needs *needs);

/* logits = mean over pixels of x, times w, plus bias */
void rl_head_forward(const rl_engine *engine, const rl_head *head, size_t images, const float *x);

/* Mean cross-entropy of the logits, NaN where one of them is not finite, and the number of correct
 * images, to which such logits do not add; sets d_logits when wanted. */
double rl_head_loss(const rl_head *head, size_t images, const rl_net_targets *targets,
                    bool gradients, size_t *correct);

/* From d_logits: dw, d_bias overwritten; dx overwritten or added to. */
void rl_head_backward(const rl_engine *engine, const rl_head *head, size_t images, float *dw,
                      float *d_bias, float *dx, bool accumulate);

#endif
