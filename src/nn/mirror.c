/* The images are turned as they come, whole batches at a time; the net knows nothing of it. */
#include "nn/mirror.h"

#include "base/error.h"
#include "base/memory.h"
#include "nn/net_internal.h"

#include <string.h>

enum { SIDE = 32, CHANNELS = 3, ROW = SIDE * CHANNELS, IMAGE = SIDE * ROW };

struct rl_mirror {
    rl_net *net;
    float *images; /* [max_batch], mirrored */
    float *logits; /* [max_batch][classes] of the images as they are */
};

rl_status rl_mirror_create(rl_mirror **mirror, rl_net *net, size_t max_batch, rl_error *error) {
    *mirror = NULL;
    size_t images, logits;
    rl_mirror *made = rl_alloc(1, sizeof *made);
    if (made && rl_multiply(max_batch, IMAGE, &images) &&
        rl_multiply(max_batch, net->head.classes, &logits)) {
        made->net = net;
        made->images = rl_alloc_floats(images);
        made->logits = rl_alloc_floats(logits);
    }
    if (!made || !made->images || !made->logits) {
        rl_mirror_free(made);
        return rl_fail_memory(error, "mirror images");
    }
    *mirror = made;
    return RL_OK;
}

void rl_mirror_free(rl_mirror *mirror) {
    if (!mirror)
        return;
    rl_free(mirror->images);
    rl_free(mirror->logits);
    rl_free(mirror);
}

/* Every row of pixels from right to left. */
static void turn(const float *images, size_t count, float *turned) {
    for (size_t row = 0; row < count * SIDE; row++, images += ROW, turned += ROW)
        for (size_t x = 0; x < SIDE; x++)
            memcpy(turned + x * CHANNELS, images + (SIDE - 1 - x) * CHANNELS,
                   CHANNELS * sizeof(float));
}

void rl_mirror_forward_eval(rl_mirror *mirror, const float *images, size_t count) {
    const size_t logits = count * mirror->net->head.classes;
    float *result = mirror->net->head.logits;
    rl_net_forward_eval(mirror->net, images, count);
    memcpy(mirror->logits, result, logits * sizeof *result);
    turn(images, count, mirror->images);
    rl_net_forward_eval(mirror->net, mirror->images, count);
    for (size_t i = 0; i < logits; i++)
        result[i] = 0.5F * (mirror->logits[i] + result[i]);
}
