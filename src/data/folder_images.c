/* All images are decoded, cropped and resized at opening, on all cores: 32x32 images are small
 * enough to keep, and every later epoch is then free of decoding. Each thread writes to the places
 * of its own images only, so that results and complaints come in file order whatever the threads.
 * All bad images are found before anything is said of the first: who has to mend a folder wants to
 * know how much is broken. */
#include "data/folder_images.h"

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset_build.h"
#include "data/parallel.h"

#include <stdatomic.h>
#include <string.h>

void rl_split_files_free(rl_split_files *split) {
    for (size_t i = 0; split->outcomes && i < split->files.count; i++) {
        rl_free(split->outcomes[i].reason);
        rl_free(split->outcomes[i].remark);
    }
    rl_free(split->outcomes);
    rl_free(split->ends);
    rl_path_list_free(&split->files);
}

typedef struct {
    rl_split_files *split;
    uint8_t *pixels;
    atomic_bool out_of_memory; /* which says nothing about an image */
} decoding;

/* False when memory ran out. */
static bool take_outcome(rl_image_outcome *outcome, const char *path, uint8_t *pixels) {
    rl_image_facts facts;
    rl_error why;
    outcome->code = rl_image_read(path, pixels, &facts, &why);
    if (outcome->code != RL_OK) {
        outcome->reason = rl_strdup(why.message);
        return outcome->code != RL_ERROR_MEMORY && outcome->reason;
    }
    outcome->width = (unsigned short)facts.width;
    outcome->height = (unsigned short)facts.height;
    outcome->remark = facts.remark[0] ? rl_strdup(facts.remark) : NULL;
    return outcome->remark || !facts.remark[0];
}

static void decode_range(size_t begin, size_t end, void *context) {
    decoding *d = context;
    for (size_t i = begin; i < end; i++) {
        const char *path = d->split->files.items[i];
        if (!take_outcome(&d->split->outcomes[i], path, d->pixels + i * RL_IMAGE_BYTES))
            atomic_store(&d->out_of_memory, true);
    }
}

static void set_labels(rl_image_set *set, const size_t *ends) {
    for (size_t i = 0, k = 0; i < set->count; i++) {
        while (i >= ends[k])
            k++;
        set->labels[i] = (uint16_t)k;
    }
}

rl_status rl_split_files_decode(rl_split_files *split, rl_image_set *set, rl_error *error) {
    const size_t count = split->files.count;
    const rl_status status = rl_image_set_allocate(set, count, error);
    if (status != RL_OK)
        return status;
    split->outcomes = rl_alloc(count, sizeof *split->outcomes);
    if (!split->outcomes)
        return rl_fail_memory(error, "reading the images");
    set_labels(set, split->ends);
    decoding d = {.split = split, .pixels = set->pixels};
    rl_parallel_for(count, decode_range, &d);
    if (atomic_load(&d.out_of_memory))
        return rl_fail_memory(error, "reading the images");
    for (size_t i = 0; i < count; i++)
        split->bad_count += split->outcomes[i].reason != NULL;
    return RL_OK;
}

/* There must be one. */
static const rl_image_outcome *first_bad(const rl_split_files *split) {
    const rl_image_outcome *bad = split->outcomes;
    while (!bad->reason)
        bad++;
    return bad;
}

rl_status rl_split_files_refuse_bad(const rl_split_files splits[2], rl_error *error) {
    const size_t count = splits[0].bad_count + splits[1].bad_count;
    if (count == 0)
        return RL_OK;
    const rl_image_outcome *first = first_bad(&splits[splits[0].bad_count == 0]);
    /* A reason of full length is cut, to leave room for what follows it. */
    if (count == 1)
        return rl_fail(error, first->code, "%.900s (--skip-bad leaves it out)", first->reason);
    return rl_fail(error, first->code, "%.900s (and %zu more; --skip-bad leaves them out)",
                   first->reason, count - 1);
}

static rl_status check_classes(const rl_dataset *dataset, const rl_split_files *split,
                               rl_error *error) {
    for (size_t k = 0, first = 0; k < dataset->class_count; first = split->ends[k++]) {
        size_t i = first;
        while (i < split->ends[k] && split->outcomes[i].reason)
            i++;
        if (i == split->ends[k])
            return rl_fail(
                error, RL_ERROR_FORMAT,
                "%.700s (so with all %zu images of class '%.200s', expected one at least "
                "that can be read)",
                split->outcomes[first].reason, i - first, dataset->class_names[k]);
    }
    return RL_OK;
}

static void take_out(rl_dataset *dataset, rl_image_set *set, rl_split_files *split) {
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (split->outcomes[i].reason) {
            dataset->skipped[dataset->skipped_count++] = split->outcomes[i].reason;
            split->outcomes[i].reason = NULL; /* it is the data set's now */
            continue;
        }
        memmove(set->pixels + kept * RL_IMAGE_BYTES, set->pixels + i * RL_IMAGE_BYTES,
                RL_IMAGE_BYTES);
        set->labels[kept++] = set->labels[i];
    }
    set->count = kept;
}

rl_status rl_split_files_skip_bad(rl_dataset *dataset, rl_split_files splits[2], rl_error *error) {
    const size_t count = splits[0].bad_count + splits[1].bad_count;
    rl_status status = RL_OK;
    for (size_t s = 0; status == RL_OK && s < 2; s++)
        status = check_classes(dataset, &splits[s], error);
    if (status != RL_OK || count == 0)
        return status;
    dataset->skipped = rl_alloc(count, sizeof *dataset->skipped);
    if (!dataset->skipped)
        return rl_fail_memory(error, "reading the images");
    for (size_t s = 0; s < 2; s++)
        take_out(dataset, &dataset->split[s], &splits[s]);
    return RL_OK;
}
