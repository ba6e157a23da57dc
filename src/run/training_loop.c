/* The loop over epochs and steps. It decides nothing from test figures: they are recorded only.
 * What option patience decides, it decides from validation images. */
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "run/run_events.h"
#include "run/training.h"

#include <inttypes.h>
#include <math.h>

#define SMOOTHING_SECONDS 3.0

/* Has option max-seconds been used up? A first step is always taken. */
static bool time_is_up(const rl_training *t) {
    return t->config->max_seconds > 0 && t->position.total_step > 0 &&
           t->clock.all_train_seconds >= t->config->max_seconds;
}

/* Was the last epoch ended by the time that is up? */
static bool was_cut_short(const rl_training *t) {
    const rl_position *p = &t->position;
    return p->total_step < p->epoch * rl_loader_steps_per_epoch(t->train);
}

bool rl_training_lost_patience(const rl_training *t) {
    const rl_position *p = &t->position;
    const uint64_t patience = t->config->patience;
    return patience > 0 && p->step == 0 && p->epoch > 0 && p->epoch - p->best_epoch >= patience;
}

bool rl_training_is_finished(const rl_training *t) {
    const rl_position *p = &t->position;
    return p->epoch == t->config->epochs || was_cut_short(t) || rl_training_lost_patience(t) ||
           (p->step == 0 && time_is_up(t));
}

void rl_training_end(const rl_training *t, char *text, size_t size) {
    const rl_position *p = &t->position;
    text[0] = '\0';
    if (was_cut_short(t) || (p->epoch < t->config->epochs && p->step == 0 && time_is_up(t)))
        snprintf(text, size, "the %g seconds of option max-seconds were used up",
                 t->config->max_seconds);
    else if (p->epoch < t->config->epochs && rl_training_lost_patience(t))
        snprintf(text, size,
                 "no better validation accuracy in %" PRIu64 " epochs (option patience) than the "
                 "%.2f%% of epoch %" PRIu64,
                 t->config->patience, 100 * p->best_accuracy, p->best_epoch);
}

/* Images that are tested after every epoch. */
static size_t tested_images(const rl_training *t) {
    return (t->test ? rl_loader_image_count(t->test) : 0) +
           (t->validation ? rl_loader_image_count(t->validation) : 0);
}

static double seconds_left(const rl_training *t) {
    const rl_position *p = &t->position;
    if (rl_training_is_finished(t))
        return 0;
    if (t->clock.seconds_per_image == 0)
        return NAN;
    const double epochs = (double)(t->config->epochs - p->epoch);
    const double whole = (double)rl_loader_images_in(t->train, rl_loader_steps_per_epoch(t->train));
    const double images = epochs * whole - (double)p->images;
    /* Before the first test pass, one is guessed at a third of a training pass by image. */
    const double test = t->clock.test_seconds > 0
                            ? t->clock.test_seconds
                            : (double)tested_images(t) * t->clock.seconds_per_image / 3;
    const double train = images * t->clock.seconds_per_image;
    const double allowed = t->config->max_seconds - t->clock.all_train_seconds;
    if (t->config->max_seconds == 0 || train <= allowed)
        return train + epochs * test;
    /* Of the tests to come, those of the epochs that there is time for. */
    return fmax(allowed, 0) + fmax(ceil(epochs * allowed / train), 1) * test;
}

bool rl_training_report(const rl_training *t, rl_event event) {
    if (!t->progress)
        return true;
    const rl_position *p = &t->position;
    const size_t steps = rl_loader_steps_per_epoch(t->train);
    const bool ended = event == RL_EVENT_EPOCH; /* the position is already the next epoch's */
    const rl_progress progress = {
        .event = event,
        .run_directory = t->directory.path,
        .epoch = rl_min(p->epoch + (ended ? 0 : 1), t->config->epochs),
        .epochs = t->config->epochs,
        .step = ended ? steps : p->step,
        .steps_per_epoch = steps,
        .total_step = p->total_step,
        .lr = t->lr,
        .step_loss = t->step_loss,
        .train_loss = ended ? p->train_loss : p->loss_sum / (double)p->images,
        .train_accuracy = ended ? p->train_accuracy : (double)p->correct / (double)p->images,
        .test_loss = p->test_loss,
        .test_accuracy = p->test_accuracy,
        .validation_loss = p->validation_loss,
        .validation_accuracy = p->validation_accuracy,
        .images_per_second = t->clock.seconds_per_image > 0 ? 1 / t->clock.seconds_per_image : NAN,
        .seconds = t->clock.seconds,
        .seconds_left = seconds_left(t)};
    return t->progress(&progress, t->context);
}

static void advance_clock(rl_clock *clock, double seconds, size_t images) {
    const double each = seconds / (double)images;
    const double weight = clock->seconds_per_image == 0 ? 1 : 1 - exp(-seconds / SMOOTHING_SECONDS);
    clock->seconds_per_image += weight * (each - clock->seconds_per_image);
    clock->seconds += seconds;
    clock->train_seconds += seconds;
    clock->all_train_seconds += seconds;
}

static rl_status diverged_in_test(const rl_training *t, rl_error *error) {
    const char *which;
    rl_training_tested_badly(t, &which);
    return rl_fail(error, RL_ERROR_DIVERGED,
                   "%s: the %s loss is not finite after epoch %" PRIu64
                   ": the last checkpoint was kept; try a smaller learning rate",
                   t->directory.path, which, t->position.epoch);
}

static rl_status diverged(const rl_training *t, const char *what, rl_error *error) {
    return rl_fail(error, RL_ERROR_DIVERGED,
                   "%s: %s is not finite at step %" PRIu64 " (epoch %" PRIu64
                   "): the update was not applied; try a smaller learning rate",
                   t->directory.path, what, t->position.total_step + 1, t->position.epoch + 1);
}

/* From the gradient of the loss to new weights. */
static rl_status update_weights(rl_training *t, rl_error *error) {
    rl_net_backward(t->net);
    const double norm = rl_optimizer_gradient_norm(t->optimizer);
    const rl_status status =
        t->config->clip_norm > 0 ? rl_run_events_gradient_norm(t, norm, error) : RL_OK;
    if (status != RL_OK)
        return status;
    if (!isfinite(norm))
        return diverged(t, "a gradient", error);
    rl_optimizer_clip(t->optimizer, norm);
    rl_optimizer_step(t->optimizer, t->lr);
    if (t->average)
        rl_average_update(t->average, t->position.total_step);
    return RL_OK;
}

/* The loss of the step without label smoothing. */
static double plain_loss(const rl_training *t, const rl_net_targets *targets) {
    rl_net_targets plain = *targets;
    size_t correct;
    plain.smoothing = 0;
    return targets->smoothing > 0 ? rl_net_loss_mixed(t->net, &plain, false, &correct)
                                  : t->step_loss;
}

/* One step on `batch`; the position moves only when it succeeds. A step that diverged has its row
 * in steps.csv too. */
static rl_status take_step(rl_training *t, const rl_batch *batch, rl_error *error) {
    rl_position *p = &t->position;
    size_t correct;
    t->lr = rl_schedule_lr(&t->schedule, p->total_step);
    rl_net_forward_train(t->net, batch->images, batch->count);
    const rl_net_targets targets = {.labels = batch->labels,
                                    .partners = batch->partner_labels,
                                    .share = batch->share,
                                    .smoothing = t->config->label_smoothing};
    t->step_loss = rl_net_loss_mixed(t->net, &targets, true, &correct);
    const rl_step_row row = {.step = p->total_step + 1,
                             .loss = t->step_loss,
                             .accuracy = (double)correct / (double)batch->count,
                             .lr = t->lr,
                             .cross_entropy = plain_loss(t, &targets)};
    rl_status status = rl_metrics_step(&t->metrics, &row, error);
    if (status == RL_OK)
        status = rl_run_events_step(t, &row, error);
    if (status != RL_OK)
        return status;
    if (!isfinite(t->step_loss))
        return diverged(t, "the loss", error);
    status = update_weights(t, error);
    if (status != RL_OK)
        return status;
    p->step++;
    p->total_step++;
    p->loss_sum += t->step_loss * (double)batch->count;
    p->cross_entropy_sum += row.cross_entropy * (double)batch->count;
    p->correct += correct;
    p->images += batch->count;
    return RL_OK;
}

static bool all_finite(const float *values, size_t count) {
    bool finite = true;
    for (size_t i = 0; i < count; i++)
        finite &= values[i] - values[i] == 0; /* inf - inf and NaN - NaN are NaN */
    return finite;
}

/* Finite gradients do not make finite weights: an update can still overflow. */
static bool state_is_finite(const rl_training *t) {
    const size_t floats = rl_net_parameter_floats(t->net);
    bool finite = all_finite(rl_net_parameters(t->net), floats) &&
                  all_finite(rl_net_statistics(t->net), rl_net_statistic_floats(t->net));
    for (size_t i = 0; finite && i < rl_optimizer_slab_count(t->optimizer); i++)
        finite = all_finite(rl_optimizer_slab(t->optimizer, i), floats);
    if (t->average)
        finite = finite && all_finite(rl_average_parameters(t->average), floats) &&
                 all_finite(rl_average_statistics(t->average), rl_net_statistic_floats(t->net));
    return finite;
}

/* A checkpoint, unless it would replace a good one by one that cannot be gone on from. */
static rl_status save(rl_training *t, rl_error *error) {
    const double begin = rl_clock_seconds();
    if (!state_is_finite(t))
        return rl_fail(error, RL_ERROR_DIVERGED,
                       "%s: a weight is not finite after step %" PRIu64
                       ": the last checkpoint was kept; try a smaller learning rate",
                       t->directory.path, t->position.total_step);
    if (rl_training_tested_badly(t, NULL))
        return diverged_in_test(t, error);
    const rl_status status = rl_checkpoint_write(t, error);
    t->clock.seconds += rl_clock_seconds() - begin;
    return status;
}

/* Steps to the end of the epoch or of the time, with a checkpoint every so many minutes. */
static rl_status train_epoch(rl_training *t, rl_error *error) {
    const double interval = 60.0 * (double)t->config->checkpoint_minutes;
    double saved = rl_clock_seconds(), begin = saved;
    rl_batch batch;
    rl_loader_start(t->train, (uint32_t)t->position.epoch, t->position.step);
    while (!time_is_up(t) && rl_loader_next(t->train, &batch)) {
        rl_status status = take_step(t, &batch, error);
        /* From the end of the step before: waiting for the loader counts. */
        advance_clock(&t->clock, rl_clock_seconds() - begin, batch.count);
        if (status == RL_OK && interval > 0 && rl_clock_seconds() - saved >= interval) {
            status = save(t, error);
            saved = rl_clock_seconds();
        }
        if (status != RL_OK)
            return status;
        if (!rl_training_report(t, RL_EVENT_STEP))
            return RL_STOPPED;
        begin = rl_clock_seconds();
    }
    return RL_OK;
}

/* Records the epoch, moves on to the next and saves. */
static rl_status finish_epoch(rl_training *t, rl_error *error) {
    rl_position *p = &t->position;
    p->train_loss = p->loss_sum / (double)p->images;
    p->train_cross_entropy = p->cross_entropy_sum / (double)p->images;
    p->train_accuracy = (double)p->correct / (double)p->images;
    const rl_epoch_row row = {.epoch = p->epoch + 1,
                              .step = p->total_step,
                              .lr = rl_schedule_lr(&t->schedule, p->total_step - 1),
                              .train_loss = p->train_loss,
                              .train_accuracy = p->train_accuracy,
                              .test_loss = p->test_loss,
                              .test_accuracy = p->test_accuracy,
                              .seconds = t->clock.seconds,
                              .images_per_second = (double)p->images / t->clock.train_seconds,
                              .train_cross_entropy = p->train_cross_entropy,
                              .validation_loss = p->validation_loss,
                              .validation_accuracy = p->validation_accuracy};
    rl_status status = rl_metrics_epoch(&t->metrics, &row, error);
    if (status == RL_OK)
        status = rl_run_events_epoch(t, &row, error);
    if (status != RL_OK)
        return status;
    p->epoch++;
    p->step = p->correct = p->images = 0;
    p->loss_sum = p->cross_entropy_sum = 0;
    t->clock.train_seconds = 0;
    return save(t, error);
}

rl_status rl_training_run(rl_training *t, rl_error *error) {
    rl_status status = RL_OK;
    if (rl_training_tested_badly(t, NULL)) /* a checkpoint of version 0.1.0, which went on */
        return diverged_in_test(t, error);
    if (t->resumed && !rl_training_report(t, RL_EVENT_RESUMED))
        return rl_fail(error, RL_STOPPED, "stopped"); /* nothing new to save */
    while (status == RL_OK && !rl_training_is_finished(t)) {
        if (t->position.step < rl_loader_steps_per_epoch(t->train))
            status = train_epoch(t, error);
        if (status == RL_OK)
            status = rl_training_test(t);
        if (status == RL_OK) {
            status = finish_epoch(t, error);
            const bool stop = (status == RL_OK || rl_training_tested_badly(t, NULL)) &&
                              !rl_training_report(t, RL_EVENT_EPOCH);
            if (status == RL_OK && stop && !rl_training_is_finished(t))
                return rl_fail(error, RL_STOPPED, "stopped"); /* just saved */
        }
    }
    if (status == RL_OK)
        return rl_outcome_make(t, error);
    if (status != RL_STOPPED)
        return status;
    status = save(t, error);
    return status == RL_OK ? rl_fail(error, RL_STOPPED, "stopped") : status;
}
