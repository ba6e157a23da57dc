/* Batches prepared one ahead by a thread, in two buffers that change hands. Where the system gives
 * no thread, rl_loader_next prepares them, with a notice.
 *
 * The state is a window of steps over the epoch: steps before `taken` were handed out, those before
 * `filled` are prepared, and step s lives in slot s % 2. The worker may fill a step when its slot's
 * last batch is no longer the caller's, that is when filled - released < 2. */
#include "data/loader.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/notice.h"
#include "base/random.h"
#include "base/thread.h"
#include "data/mix.h"

#include <string.h>

#define SLOTS 2

typedef struct {
    size_t count;
    float *images;
    uint16_t *labels;
    uint16_t *partner_labels; /* mixup */
    double share;
} slot;

/* What the images of a batch are mixed from. */
typedef struct {
    float *images;      /* [batch] before mixing */
    uint32_t *partners; /* [batch] */
} mixing_buffers;

struct rl_loader {
    const rl_image_set *set;
    rl_loader_options options;
    size_t images, steps; /* of an epoch */
    bool may_flip;
    uint32_t *order; /* [images] those of the epoch, in order */
    slot slots[SLOTS];
    bool mixes;
    mixing_buffers unmixed; /* where it mixes; the worker's alone */

    pthread_t worker;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool has_lock, has_changed, has_worker; /* what rl_loader_free must undo */

    /* Under the lock. The worker fills outside it, with `busy` set; only then may it read epoch,
     * order and a slot, and start() waits for it before it changes them. */
    uint32_t epoch;
    size_t filled, taken, released; /* steps; released <= taken <= filled */
    bool busy, quit;
};

/* The images of a batch, augmented and normalised, and their labels. */
static void prepare(const rl_loader *loader, size_t step, slot *s, float *images) {
    const rl_loader_options *o = &loader->options;
    const size_t first = step * o->batch_size;
    s->count = rl_min(o->batch_size, loader->images - first);
    for (size_t i = 0; i < s->count; i++) {
        const size_t at = loader->order[first + i];
        const size_t sample = o->chosen ? o->chosen[at] : at;
        const uint8_t *pixels = loader->set->pixels + sample * RL_IMAGE_BYTES;
        s->labels[i] = loader->set->labels[sample];
        const rl_augment_sample which = {o->seed, loader->epoch, sample, loader->may_flip};
        rl_augment_image(&o->augment, &which, &o->normalization, pixels,
                         images + i * RL_IMAGE_BYTES);
    }
}

static void mix(const rl_loader *loader, size_t step, slot *s) {
    const rl_loader_options *o = &loader->options;
    const mixing_buffers *from = &loader->unmixed;
    const rl_mix_batch which = {o->seed, loader->epoch, step};
    s->share = rl_mix_share(&which, o->augment.mixup);
    rl_mix_partners(&which, from->partners, s->count);
    for (size_t i = 0; i < s->count; i++) {
        const size_t partner = from->partners[i];
        s->partner_labels[i] = s->labels[partner];
        rl_mix_floats(s->share, from->images + i * RL_IMAGE_BYTES,
                      from->images + partner * RL_IMAGE_BYTES, s->images + i * RL_IMAGE_BYTES,
                      RL_IMAGE_BYTES);
    }
}

static void fill(const rl_loader *loader, size_t step, slot *s) {
    prepare(loader, step, s, loader->mixes ? loader->unmixed.images : s->images);
    if (loader->mixes)
        mix(loader, step, s);
}

static bool may_fill(const rl_loader *loader) {
    return loader->filled < loader->steps && loader->filled - loader->released < SLOTS;
}

static void *work(void *argument) {
    rl_loader *loader = argument;
    pthread_mutex_lock(&loader->lock);
    while (!loader->quit) {
        if (!may_fill(loader)) {
            pthread_cond_wait(&loader->changed, &loader->lock);
            continue;
        }
        const size_t step = loader->filled;
        loader->busy = true;
        pthread_mutex_unlock(&loader->lock);
        fill(loader, step, &loader->slots[step % SLOTS]);
        pthread_mutex_lock(&loader->lock);
        loader->busy = false;
        loader->filled = step + 1;
        pthread_cond_broadcast(&loader->changed);
    }
    pthread_mutex_unlock(&loader->lock);
    return NULL;
}

static void start_worker(rl_loader *loader) {
    const int reason = rl_thread_start(&loader->worker, work, loader);
    loader->has_worker = reason == 0;
    if (!loader->has_worker)
        rl_notice("the system gives no thread to load data (%s): batches are prepared one after "
                  "the other, between the steps",
                  strerror(reason));
}

static rl_status allocate(rl_loader *loader, rl_error *error) {
    size_t floats;
    const size_t batch = loader->options.batch_size;
    if (!rl_multiply(batch, RL_IMAGE_BYTES, &floats))
        return rl_fail_memory(error, "making the batch buffers");
    loader->order = rl_alloc(loader->images, sizeof *loader->order);
    bool complete = loader->order != NULL;
    for (size_t i = 0; i < SLOTS; i++) {
        slot *s = &loader->slots[i];
        s->images = rl_alloc_floats(floats);
        s->labels = rl_alloc(batch, sizeof *s->labels);
        s->share = 1;
        complete = complete && s->images && s->labels;
        if (loader->mixes) {
            s->partner_labels = rl_alloc(batch, sizeof *s->partner_labels);
            complete = complete && s->partner_labels;
        }
    }
    if (loader->mixes) {
        mixing_buffers *unmixed = &loader->unmixed;
        unmixed->images = rl_alloc_floats(floats);
        unmixed->partners = rl_alloc(batch, sizeof *unmixed->partners);
        complete = complete && unmixed->images && unmixed->partners;
    }
    return complete ? RL_OK : rl_fail_memory(error, "making the batch buffers");
}

static rl_status initialize(rl_loader *loader, const rl_dataset *dataset,
                            const rl_loader_options *options, rl_error *error) {
    loader->set = &dataset->split[options->split];
    loader->options = *options;
    loader->may_flip = dataset->flip_keeps_label;
    loader->mixes = options->augment.enabled && options->augment.mixup > 0;
    loader->images = loader->set->count;
    if (options->limit)
        loader->images = rl_min(options->limit, loader->images);
    if (loader->images == 0 || loader->images > UINT32_MAX)
        return rl_fail(error, RL_ERROR_ARGUMENT, "a split of %zu images, expected 1 to %u",
                       loader->images, UINT32_MAX);
    if (options->batch_size == 0)
        return rl_fail(error, RL_ERROR_ARGUMENT, "batch-size 0, expected at least 1");
    /* A batch is never longer than the epoch, so neither need the buffers be. */
    loader->options.batch_size = rl_min(options->batch_size, loader->images);
    loader->steps = options->drop_last ? loader->images / loader->options.batch_size
                                       : rl_divide_up(loader->images, loader->options.batch_size);
    loader->filled = loader->taken = loader->released = loader->steps; /* idle until start() */

    rl_status status = allocate(loader, error);
    if (status != RL_OK)
        return status;
    loader->has_lock = pthread_mutex_init(&loader->lock, NULL) == 0;
    loader->has_changed = pthread_cond_init(&loader->changed, NULL) == 0;
    if (!loader->has_lock || !loader->has_changed)
        return rl_fail_memory(error, "the lock of the data loader");
    start_worker(loader);
    return RL_OK;
}

rl_status rl_loader_create(rl_loader **loader, const rl_dataset *dataset,
                           const rl_loader_options *options, rl_error *error) {
    *loader = NULL;
    rl_loader *created = rl_alloc(1, sizeof *created);
    if (!created)
        return rl_fail_memory(error, "making the data loader");
    rl_status status = initialize(created, dataset, options, error);
    if (status != RL_OK) {
        rl_loader_free(created);
        return status;
    }
    *loader = created;
    return RL_OK;
}

void rl_loader_free(rl_loader *loader) {
    if (!loader)
        return;
    if (loader->has_worker) {
        pthread_mutex_lock(&loader->lock);
        loader->quit = true;
        pthread_cond_broadcast(&loader->changed);
        pthread_mutex_unlock(&loader->lock);
        pthread_join(loader->worker, NULL);
    }
    if (loader->has_changed)
        pthread_cond_destroy(&loader->changed);
    if (loader->has_lock)
        pthread_mutex_destroy(&loader->lock);
    for (size_t i = 0; i < SLOTS; i++) {
        rl_free(loader->slots[i].images);
        rl_free(loader->slots[i].labels);
        rl_free(loader->slots[i].partner_labels);
    }
    rl_free(loader->unmixed.images);
    rl_free(loader->unmixed.partners);
    rl_free(loader->order);
    rl_free(loader);
}

size_t rl_loader_image_count(const rl_loader *loader) {
    return loader->images;
}

size_t rl_loader_steps_per_epoch(const rl_loader *loader) {
    return loader->steps;
}

size_t rl_loader_images_in(const rl_loader *loader, size_t steps) {
    return rl_min(steps * loader->options.batch_size, loader->images);
}

/* File order, or a permutation from the epoch's own stream. */
static void make_order(rl_loader *loader, uint32_t epoch) {
    if (loader->options.shuffle) {
        rl_random random = rl_random_stream(loader->options.seed, RL_RANDOM_SHUFFLE, epoch, 0);
        rl_random_order(&random, loader->order, loader->images);
    } else {
        for (size_t i = 0; i < loader->images; i++)
            loader->order[i] = (uint32_t)i;
    }
}

void rl_loader_start(rl_loader *loader, uint32_t epoch, size_t first_step) {
    pthread_mutex_lock(&loader->lock);
    while (loader->busy)
        pthread_cond_wait(&loader->changed, &loader->lock);
    loader->epoch = epoch;
    make_order(loader, epoch);
    loader->filled = loader->taken = loader->released = rl_min(first_step, loader->steps);
    pthread_cond_broadcast(&loader->changed);
    pthread_mutex_unlock(&loader->lock);
}

bool rl_loader_next(rl_loader *loader, rl_batch *batch) {
    *batch = (rl_batch){0};
    pthread_mutex_lock(&loader->lock);
    loader->released = loader->taken;
    pthread_cond_broadcast(&loader->changed);
    const bool more = loader->taken < loader->steps;
    if (more) {
        if (!loader->has_worker) {
            fill(loader, loader->filled, &loader->slots[loader->filled % SLOTS]);
            loader->filled++;
        }
        while (loader->filled == loader->taken)
            pthread_cond_wait(&loader->changed, &loader->lock);
        const slot *s = &loader->slots[loader->taken % SLOTS];
        *batch = (rl_batch){.count = s->count,
                            .images = s->images,
                            .labels = s->labels,
                            .partner_labels = s->partner_labels,
                            .share = s->share};
        loader->taken++;
    }
    pthread_mutex_unlock(&loader->lock);
    return more;
}
