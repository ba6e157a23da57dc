/* Tests of the net after an epoch: on validation and test images, in test mode, with running
 * statistics, of the averaged weights where there are any. */
#include "run/testing.h"
#include "base/clock.h"

#include <math.h>

static void forward(rl_training *t, const rl_batch *batch) {
    if (t->mirror)
        rl_mirror_forward_eval(t->mirror, batch->images, batch->count);
    else
        rl_net_forward_eval(t->net, batch->images, batch->count);
}

/* As rl_net_loss counts: the first of the largest logits, and none where one is not finite. */
static void mark_correct(const rl_training *t, const rl_batch *batch, uint8_t *correct) {
    const size_t classes = t->info.spec.class_count;
    const float *logits = rl_net_logits(t->net);
    for (size_t i = 0; i < batch->count; i++)
        correct[i] = rl_largest_logit(classes, logits + i * classes) == batch->labels[i];
}

static rl_status test_net(rl_training *t, rl_loader *loader, rl_tested *tested, uint8_t *correct) {
    double loss = 0;
    size_t images = 0, all_right = 0;
    rl_batch batch;
    rl_loader_start(loader, 0, 0);
    while (rl_loader_next(loader, &batch)) {
        if (!rl_training_report(t, RL_EVENT_EVALUATING))
            return RL_STOPPED;
        size_t right;
        forward(t, &batch);
        loss += rl_net_loss(t->net, batch.labels, 0, false, &right) * (double)batch.count;
        if (correct)
            mark_correct(t, &batch, correct + images);
        all_right += right;
        images += batch.count;
    }
    *tested = (rl_tested){.loss = loss / (double)images,
                          .accuracy = (double)all_right / (double)images,
                          .images = images};
    return RL_OK;
}

rl_status rl_training_test_on(rl_training *t, rl_loader *loader, rl_tested *tested,
                              uint8_t *correct) {
    const double begin = rl_clock_seconds();
    if (t->average)
        rl_average_swap(t->average);
    const rl_status status = test_net(t, loader, tested, correct);
    if (t->average)
        rl_average_swap(t->average);
    t->clock.seconds += rl_clock_seconds() - begin;
    return status;
}

/* The first of equal accuracies stays the best. */
static void note_best(rl_position *p) {
    if (p->best_epoch > 0 && !(p->validation_accuracy > p->best_accuracy))
        return;
    p->best_accuracy = p->validation_accuracy;
    p->best_epoch = p->epoch + 1;
}

rl_status rl_training_test(rl_training *t) {
    const double begin = rl_clock_seconds();
    rl_position *p = &t->position;
    rl_tested validated = {0}, tested = {0};
    rl_status status = RL_OK;
    if (t->validation)
        status = rl_training_test_on(t, t->validation, &validated, NULL);
    if (status == RL_OK && t->test)
        status = rl_training_test_on(t, t->test, &tested, t->correct);
    if (status != RL_OK)
        return status;
    if (t->validation) {
        p->validation_loss = validated.loss;
        p->validation_accuracy = validated.accuracy;
        note_best(p);
    }
    if (t->test) {
        p->test_loss = tested.loss;
        p->test_accuracy = tested.accuracy;
        t->correct_epoch = p->epoch + 1;
    }
    t->clock.test_seconds = rl_clock_seconds() - begin;
    return RL_OK;
}

/* The losses are NaN before the first test. */
bool rl_training_tested_badly(const rl_training *t, const char **which) {
    const rl_position *p = &t->position;
    const bool test = t->test && !isfinite(p->test_loss);
    const bool validation = t->validation && !isfinite(p->validation_loss);
    if (which)
        *which = test ? "test" : "validation";
    return p->epoch > 0 && (test || validation);
}
