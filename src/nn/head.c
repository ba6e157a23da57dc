#include "nn/head.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { BLOCK_ROWS = 32 };

typedef struct {
    const rl_engine *engine;
    const rl_head *head;
    size_t images;
    const float *x;
    float *dx;
    bool accumulate;
} head_pass;

void rl_head_needs(const rl_head *head, size_t images, const rl_kernels *kernels,
                   rl_engine_needs *needs) {
    needs->pointers = rl_max(needs->pointers, 2 * rl_max(images, BLOCK_ROWS));
    needs->packed_floats =
        rl_max(needs->packed_floats, rl_max(rl_packed_size(kernels, 1, head->C, head->classes),
                                            rl_packed_size(kernels, 1, head->classes, head->C)));
}

static void pool_item(const void *context, size_t image, int thread) {
    (void)thread;
    const head_pass *pass = context;
    const rl_head *head = pass->head;
    pass->engine->kernels->average_rows(head->pixels, head->C,
                                        pass->x + image * head->pixels * head->ldx, head->ldx,
                                        head->pooled + image * head->C);
}

/* y[rows][K] (+)= x[rows][C] * packed: one tap of the convolution kernel. */
static void multiply_rows(const rl_engine *engine, size_t rows, size_t C, size_t K, const float *x,
                          float *y, bool accumulate) {
    const size_t tap = 0;
    for (size_t first = 0; first < rows; first += BLOCK_ROWS) {
        const size_t count = rl_min(BLOCK_ROWS, rows - first);
        const float **source = engine->pointers;
        float *destination[BLOCK_ROWS];
        for (size_t r = 0; r < count; r++) {
            source[r] = x + (first + r) * C;
            destination[r] = y + (first + r) * K;
        }
        engine->kernels->gemm_rows(count, 1, &tap, 1, C, K, source, engine->packed, 0,
                                   rl_divide_up(K, engine->kernels->panel), destination,
                                   accumulate);
    }
}

void rl_head_forward(const rl_engine *engine, const rl_head *head, size_t images, const float *x) {
    const head_pass pass = {.engine = engine, .head = head, .x = x};
    rl_engine_run(engine, images, pool_item, &pass);
    const size_t K = head->classes;
    engine->kernels->pack_weights(1, head->C, K, head->w, 0, K, 1, 0,
                                  rl_divide_up(K, engine->kernels->panel), engine->packed);
    for (size_t image = 0; image < images; image++)
        memcpy(head->logits + image * K, head->bias, K * sizeof(float));
    multiply_rows(engine, images, head->C, K, head->pooled, head->logits, true);
}

/* Of two labels the one with the larger share counts. */
static size_t main_label(const rl_label_target *target) {
    return target->share >= 0.5 ? target->label : target->partner;
}

double rl_head_loss(const rl_head *head, size_t images, const rl_net_targets *targets,
                    bool gradients, size_t *correct) {
    const bool mixed = targets->partners != NULL;
    double loss = 0;
    *correct = 0;
    for (size_t image = 0; image < images; image++) {
        const float *logits = head->logits + image * head->classes;
        float *d_logits = gradients ? head->d_logits + image * head->classes : NULL;
        const rl_label_target target = {.label = targets->labels[image],
                                        .partner = mixed ? targets->partners[image]
                                                         : targets->labels[image],
                                        .share = mixed ? targets->share : 1,
                                        .smoothing = targets->smoothing};
        loss += rl_softmax_cross_entropy(head->classes, logits, &target, 1.0F / (float)images,
                                         d_logits);
        const size_t named = rl_largest_logit(head->classes, logits);
        *correct += named == main_label(&target);
        if (named == head->classes) /* an infinite logit can leave the loss finite */
            loss = NAN;
    }
    return loss / (double)images;
}

static void spread_item(const void *context, size_t image, int thread) {
    (void)thread;
    const head_pass *pass = context;
    const rl_head *head = pass->head;
    pass->engine->kernels->spread_rows(head->pixels, head->C, head->d_pooled + image * head->C,
                                       pass->dx + image * head->pixels * head->ldx, head->ldx,
                                       pass->accumulate);
}

void rl_head_backward(const rl_engine *engine, const rl_head *head, size_t images, float *dw,
                      float *d_bias, float *dx, bool accumulate) {
    const size_t C = head->C, K = head->classes;
    const float **pooled = engine->pointers, **d_logits = engine->pointers + images;
    memset(dw, 0, C * K * sizeof(float));
    memset(d_bias, 0, K * sizeof(float));
    for (size_t image = 0; image < images; image++) {
        pooled[image] = head->pooled + image * C;
        d_logits[image] = head->d_logits + image * K;
        engine->kernels->add(K, d_logits[image], d_bias);
    }
    engine->kernels->outer_rows(images, C, K, pooled, d_logits, dw, K);

    engine->kernels->pack_weights(1, K, C, head->w, 0, 1, K, 0,
                                  rl_divide_up(C, engine->kernels->panel), engine->packed);
    multiply_rows(engine, images, K, C, head->d_logits, head->d_pooled, false);
    const head_pass pass = {.engine = engine, .head = head, .dx = dx, .accumulate = accumulate};
    rl_engine_run(engine, images, spread_item, &pass);
}
