/* IDX labels and their names.
 *
 * Sets in this layout have the same file names and shapes, so a folder does not tell which one it
 * is; the test labels do, whatever the folder is called. Of a set that is not known, nothing says
 * that an image and its mirror image mean the same: digits and letters do not. */
#include "data/idx_labels.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/dataset_build.h"
#include "data/idx.h"
#include "data/name_list.h"

#include <stdio.h>
#include <string.h>

#define FILE_LIMIT ((size_t)64 << 20)
#define NAMES_FILE "classes.txt"

typedef struct {
    const char *set;         /* for messages */
    const char *test_labels; /* SHA-256 of their file, unpacked */
    const char *names[10];
    size_t count;
    bool flip_keeps_label;
} known_labels;

static const known_labels known[] = {
    {.set = "Fashion-MNIST",
     .test_labels = "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
     .names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
               "Bag", "Ankle boot"},
     .count = 10,
     .flip_keeps_label = true},
};
enum { KNOWN_COUNT = sizeof known / sizeof *known };

/* ---- Reading ---- */

static rl_status read_values(rl_idx_labels *labels, const uint8_t *bytes, size_t size,
                             rl_error *error) {
    rl_idx *idx;
    rl_status status = rl_idx_open(&idx, RL_IDX_LABELS, bytes, size, labels->path, error);
    if (status != RL_OK)
        return status;
    const size_t count = rl_idx_get_shape(idx).count;
    labels->values = rl_alloc(count, 1);
    if (labels->values)
        status = rl_idx_read(idx, labels->values, count, error);
    else
        status = rl_fail_memory(error, "reading the labels");
    labels->count = count;
    rl_idx_free(idx);
    return status;
}

rl_status rl_idx_labels_read(rl_idx_labels *labels, const char *path, rl_error *error) {
    uint8_t *bytes = NULL;
    size_t size;
    labels->values = NULL;
    labels->count = 0;
    snprintf(labels->path, sizeof labels->path, "%s", path);
    rl_status status = rl_file_read(path, FILE_LIMIT, &bytes, &size, error);
    if (status == RL_OK)
        status = read_values(labels, bytes, size, error);
    rl_free(bytes);
    if (status != RL_OK)
        rl_idx_labels_clear(labels);
    return status;
}

void rl_idx_labels_clear(rl_idx_labels *labels) {
    rl_free(labels->values);
    labels->values = NULL;
    labels->count = 0;
}

/* ---- Names ---- */

/* SHA-256 of the file that holds these labels, unpacked: its header follows from their number. */
static rl_status hash_labels(char text[RL_DIGEST_TEXT], const rl_idx_labels *labels,
                             rl_error *error) {
    const size_t n = labels->count;
    const uint8_t header[8] = {0,
                               0,
                               0x08,
                               RL_IDX_LABELS,
                               (uint8_t)(n >> 24),
                               (uint8_t)(n >> 16),
                               (uint8_t)(n >> 8),
                               (uint8_t)n};
    rl_digest digest;
    rl_digest_begin(&digest);
    rl_digest_add(&digest, header, sizeof header);
    rl_digest_add(&digest, labels->values, n);
    const bool done = rl_digest_text(&digest, text);
    rl_digest_end(&digest);
    return done ? RL_OK : rl_fail_memory(error, "recognising the data");
}

/* Which set these are the test labels of; NULL when none that is known. */
static rl_status find_known(const known_labels **found, const rl_idx_labels *test,
                            rl_error *error) {
    char digest[RL_DIGEST_TEXT];
    *found = NULL;
    rl_status status = hash_labels(digest, test, error);
    for (size_t k = 0; status == RL_OK && k < KNOWN_COUNT; k++)
        if (strcmp(known[k].test_labels, digest) == 0)
            *found = &known[k];
    return status;
}

/* Every label must be one of the `count` classes that `who` names. */
static rl_status check_labels(const rl_idx_labels *labels, size_t count, const char *who,
                              rl_error *error) {
    for (size_t i = 0; i < labels->count; i++)
        if (labels->values[i] >= count)
            return rl_fail(error, RL_ERROR_FORMAT,
                           "%s: label %d of image %zu, expected 0 to %zu, as %s has %zu classes",
                           labels->path, labels->values[i], i, count - 1, who, count);
    return RL_OK;
}

static rl_status give_names(rl_dataset *dataset, const rl_idx_labels labels[2],
                            const char *const *names, size_t count, const char *who,
                            rl_error *error) {
    rl_status status = RL_OK;
    for (size_t s = 0; status == RL_OK && s < 2; s++)
        status = check_labels(&labels[s], count, who, error);
    return status == RL_OK ? rl_dataset_name_classes(dataset, who, names, count, error) : status;
}

/* "0" to the largest label. */
static rl_status give_numerals(rl_dataset *dataset, const rl_idx_labels labels[2],
                               const char *folder, rl_error *error) {
    char text[RL_NAME_LIST_MAX][4];
    const char *names[RL_NAME_LIST_MAX];
    size_t count = 0;
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < labels[s].count; i++)
            count = rl_max(count, (size_t)labels[s].values[i] + 1);
    for (size_t k = 0; k < count; k++) {
        snprintf(text[k], sizeof text[k], "%u", (unsigned)(uint8_t)k); /* labels are bytes */
        names[k] = text[k];
    }
    return rl_dataset_name_classes(dataset, folder, names, count, error);
}

rl_status rl_idx_labels_name(rl_dataset *dataset, const rl_idx_labels labels[2], const char *folder,
                             rl_error *error) {
    char path[PATH_MAX];
    rl_name_list list = {0};
    const known_labels *set;
    rl_status status = find_known(&set, &labels[RL_SPLIT_TEST], error);
    if (status == RL_OK)
        status = rl_path_join(path, sizeof path, folder, NAMES_FILE, error);
    if (status != RL_OK)
        return status;
    dataset->flip_keeps_label = set && set->flip_keeps_label;
    if (rl_file_exists(path)) {
        status = rl_name_list_read(&list, path, 0, error);
        if (status == RL_OK)
            status = give_names(dataset, labels, list.names, list.count, path, error);
        rl_name_list_clear(&list);
    } else if (set) {
        status = give_names(dataset, labels, set->names, set->count, set->set, error);
    } else {
        status = give_numerals(dataset, labels, folder, error);
    }
    return status;
}
