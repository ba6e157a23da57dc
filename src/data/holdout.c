/* The images of a class in a random order of its own; the first of them are held. The stream is
 * named by the fingerprint, not by a seed. */
#include "data/holdout.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const rl_dataset *dataset;
    size_t images;
    double share;
    uint64_t seed;
    uint32_t *members; /* of one class; [images] each */
    uint32_t *order;
    bool *is_held;
} drawing;

static rl_status fail_share(const drawing *d, size_t label, size_t count, const char *side,
                            rl_error *error) {
    return rl_fail(error, RL_ERROR_ARGUMENT,
                   "--validation: a share of %g %s none of the %zu training image%s of class "
                   "'%.60s', expected at least one of every class on either side",
                   d->share, side, count, count == 1 ? "" : "s", d->dataset->class_names[label]);
}

static rl_status draw_class(drawing *d, size_t label, rl_error *error) {
    const uint16_t *labels = d->dataset->split[RL_SPLIT_TRAIN].labels;
    size_t count = 0;
    for (size_t i = 0; i < d->images; i++)
        if (labels[i] == label)
            d->members[count++] = (uint32_t)i;
    if (count == 0) /* rl_limit_check says so */
        return RL_OK;
    const size_t held = (size_t)floor(d->share * (double)count + 0.5);
    if (held == 0 || held >= count)
        return fail_share(d, label, count, held == 0 ? "holds" : "leaves", error);
    rl_random random = rl_random_stream(d->seed, RL_RANDOM_HOLDOUT, 0, label);
    rl_random_order(&random, d->order, count);
    for (size_t i = 0; i < held; i++)
        d->is_held[d->members[d->order[i]]] = true;
    return RL_OK;
}

static rl_status put_digest(rl_holdout *holdout, const char *fingerprint, rl_error *error) {
    rl_digest digest;
    rl_digest_begin(&digest);
    rl_digest_add(&digest, fingerprint, strlen(fingerprint));
    for (size_t i = 0; i < holdout->held_count; i++)
        rl_digest_add_u64(&digest, holdout->held[i]);
    const bool good = rl_digest_text(&digest, holdout->digest);
    rl_digest_end(&digest);
    return good ? RL_OK : rl_fail_memory(error, "the validation images");
}

static rl_status draw(drawing *d, rl_holdout *holdout, rl_error *error) {
    rl_status status = RL_OK;
    for (size_t k = 0; k < d->dataset->class_count && status == RL_OK; k++)
        status = draw_class(d, k, error);
    for (size_t i = 0; i < d->images && status == RL_OK; i++)
        if (d->is_held[i])
            holdout->held[holdout->held_count++] = (uint32_t)i;
        else
            holdout->kept[holdout->kept_count++] = (uint32_t)i;
    return status == RL_OK ? put_digest(holdout, d->dataset->fingerprint, error) : status;
}

rl_status rl_holdout_draw(rl_holdout *holdout, const rl_dataset *dataset, size_t images,
                          double share, rl_error *error) {
    char begin[17] = "";
    memcpy(begin, dataset->fingerprint, sizeof begin - 1);
    drawing d = {.dataset = dataset,
                 .images = images,
                 .share = share,
                 .seed = strtoull(begin, NULL, 16),
                 .members = rl_alloc(images, sizeof *d.members),
                 .order = rl_alloc(images, sizeof *d.order),
                 .is_held = rl_alloc(images, sizeof *d.is_held)};
    *holdout = (rl_holdout){.kept = rl_alloc(images, sizeof *holdout->kept),
                            .held = rl_alloc(images, sizeof *holdout->held)};
    const bool complete = d.members && d.order && d.is_held && holdout->kept && holdout->held;
    const rl_status status =
        complete ? draw(&d, holdout, error) : rl_fail_memory(error, "the validation images");
    rl_free(d.members);
    rl_free(d.order);
    rl_free(d.is_held);
    if (status != RL_OK)
        rl_holdout_clear(holdout);
    return status;
}

void rl_holdout_clear(rl_holdout *holdout) {
    rl_free(holdout->kept);
    rl_free(holdout->held);
    *holdout = (rl_holdout){0};
}
