/* The table of dataset formats, opening by path, and the public accessors.
 *
 * Formats only read; what must hold for every dataset (labels in range, at least two classes, no
 * empty split) is checked here, once, and so are statistics and fingerprint made. */
#include "data/dataset.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/notice.h"
#include "base/text.h"
#include "data/find.h"
#include "data/folder_splits.h"
#include "data/measure.h"

#include <stdio.h>
#include <string.h>

static const rl_dataset_format *const formats[] = {
    &rl_format_shapes, &rl_format_cifar10,      &rl_format_cifar100,
    &rl_format_idx,    &rl_format_image_folder,
};
#define FORMAT_COUNT (sizeof formats / sizeof *formats)

const char *const rl_label_names[] = {"fine", "coarse", NULL};

static const rl_dataset_format *recognize(const char *path) {
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (formats[i]->recognize(path))
            return formats[i];
    return NULL;
}

/* The first folder in `folders` that is of one of the formats; archives come wrapped in one. */
static const char *find_inner(const char *path, const rl_path_list *folders) {
    char inner[PATH_MAX];
    for (size_t i = 0; i < folders->count; i++)
        if (rl_path_join(inner, sizeof inner, path, folders->items[i], NULL) == RL_OK &&
            recognize(inner))
            return folders->items[i];
    return NULL;
}

/* A path that is there must be of one of the formats; of a folder, what was found is said. */
static rl_status fail_layout(const char *path, const char *formats_text, rl_error *error) {
    rl_path_list folders = {0};
    char found[400];
    if (!rl_file_is_folder(path))
        return rl_fail(error, RL_ERROR_FORMAT, "data '%s': not a folder; expected %s", path,
                       formats_text);
    rl_status status = rl_folder_list_subfolders(&folders, NULL, path, error);
    const char *inner = status == RL_OK ? find_inner(path, &folders) : NULL;
    rl_folder_splits_text(found, sizeof found, &folders);
    if (inner)
        status =
            rl_fail(error, RL_ERROR_FORMAT,
                    "data '%.300s': a folder of unknown layout, but its folder '%.100s' is of a "
                    "known one; expected --data '%.300s/%.100s'",
                    path, inner, path, inner);
    else if (status == RL_OK)
        status = rl_fail(error, RL_ERROR_FORMAT,
                         "data '%.200s': a folder of unknown layout, with %.200s; expected %s",
                         path, found, formats_text);
    rl_path_list_free(&folders);
    return status;
}

/* What is not there may also have been meant as a name. */
static rl_status fail_absent(const char *path, const char *formats_text, rl_error *error) {
    const char *names[16] = {rl_format_shapes.name};
    const size_t count = 1 + rl_data_known_names(names + 1, 15);
    char known[128];
    rl_text_list(known, sizeof known, names + 1, count - 1);
    const char *nearest = strchr(path, '/') ? NULL : rl_text_nearest(path, names, count);
    if (nearest)
        return rl_fail(error, RL_ERROR_IO,
                       "data '%s': no such folder; did you mean '%s'? Expected %s, or a name: %s",
                       path, nearest, formats_text, known);
    return rl_fail(error, RL_ERROR_IO, "data '%s': no such folder; expected %s, or a name: %s",
                   path, formats_text, known);
}

static rl_status fail_unknown(const char *path, rl_error *error) {
    const char *helps[FORMAT_COUNT];
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        helps[i] = formats[i]->help;
    char accepted[sizeof error->message];
    rl_text_list(accepted, sizeof accepted, helps, FORMAT_COUNT);
    return rl_file_exists(path) || rl_file_is_folder(path) ? fail_layout(path, accepted, error)
                                                           : fail_absent(path, accepted, error);
}

static rl_status validate(const rl_dataset *dataset, const char *path, rl_error *error) {
    static const char *const split_names[] = {"training", "test"};
    if (dataset->class_count < 2)
        return rl_fail(error, RL_ERROR_FORMAT, "data '%s': found %zu class%s, expected at least 2",
                       path, dataset->class_count, dataset->class_count == 1 ? "" : "es");
    if (dataset->class_count > UINT16_MAX)
        return rl_fail(error, RL_ERROR_FORMAT, "data '%s': found %zu classes, expected at most %d",
                       path, dataset->class_count, UINT16_MAX);
    for (size_t s = 0; s < 2; s++) {
        const rl_image_set *set = &dataset->split[s];
        if (set->count == 0)
            return rl_fail(error, RL_ERROR_FORMAT, "data '%s': there are no %s images", path,
                           split_names[s]);
        for (size_t i = 0; i < set->count; i++)
            if (set->labels[i] >= dataset->class_count)
                return rl_fail(error, RL_ERROR_FORMAT,
                               "data '%s': %s image %zu has label %u, expected 0 to %zu", path,
                               split_names[s], i, (unsigned)set->labels[i],
                               dataset->class_count - 1);
    }
    return RL_OK;
}

rl_status rl_dataset_open(rl_dataset **dataset, const char *data, uint64_t seed, rl_error *error) {
    const rl_dataset_request request = {.data = data, .seed = seed, .labels = rl_label_names[0]};
    return rl_dataset_read(dataset, &request, error);
}

bool rl_dataset_serves(const rl_dataset *dataset, const rl_dataset_request *opened,
                       const rl_dataset_request *wanted) {
    const bool drawn = dataset->format == rl_format_shapes.name;
    return strcmp(opened->data, wanted->data) == 0 && strcmp(opened->labels, wanted->labels) == 0 &&
           opened->skip_bad == wanted->skip_bad && (opened->seed == wanted->seed || !drawn);
}

rl_status rl_dataset_read(rl_dataset **dataset, const rl_dataset_request *request,
                          rl_error *error) {
    *dataset = NULL;
    const char *path;
    char buffer[PATH_MAX];
    rl_status status = rl_data_find(&path, buffer, request->data, error);
    if (status != RL_OK)
        return status;
    const rl_dataset_format *format = recognize(path);
    if (!format)
        return fail_unknown(path, error);
    if (!format->has_coarse_labels && strcmp(request->labels, rl_label_names[0]) != 0)
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "--labels: '%s' is for CIFAR-100, which has two labels an image; data '%s' "
                       "is %s, expected '%s'",
                       request->labels, path, format->name, rl_label_names[0]);
    rl_dataset *opened = rl_alloc(1, sizeof *opened);
    if (!opened)
        return rl_fail_memory(error, "opening the data");

    opened->format = format->name;
    char whole[PATH_MAX];
    opened->place = rl_strdup(rl_data_whole_path(path, whole));
    if (!opened->place)
        status = rl_fail_memory(error, "opening the data");
    if (status == RL_OK)
        status = format->read(opened, path, request, error);
    if (status == RL_OK)
        status = validate(opened, path, error);
    if (status == RL_OK) {
        rl_dataset_measure(opened);
        status = rl_dataset_hash(opened, error);
    }
    if (status != RL_OK) {
        rl_dataset_free(opened);
        return status;
    }
    for (size_t i = 0; i < opened->note_count; i++)
        rl_notice("%s", opened->notes[i]);
    *dataset = opened;
    return RL_OK;
}

void rl_dataset_free(rl_dataset *dataset) {
    if (!dataset)
        return;
    for (size_t s = 0; s < 2; s++) {
        rl_free(dataset->split[s].pixels);
        rl_free(dataset->split[s].labels);
    }
    for (size_t i = 0; i < dataset->class_count; i++)
        rl_free(dataset->class_names[i]);
    rl_free(dataset->class_names);
    rl_free(dataset->place);
    for (size_t i = 0; i < dataset->skipped_count; i++)
        rl_free(dataset->skipped[i]);
    rl_free(dataset->skipped);
    for (size_t i = 0; i < dataset->note_count; i++)
        rl_free(dataset->notes[i]);
    rl_free(dataset->notes);
    rl_census_clear(&dataset->unread);
    rl_free(dataset);
}

const char *rl_dataset_format_name(const rl_dataset *dataset) {
    return dataset->format;
}

size_t rl_dataset_count(const rl_dataset *dataset, rl_split split) {
    return dataset->split[split].count;
}

size_t rl_dataset_class_count(const rl_dataset *dataset) {
    return dataset->class_count;
}

const char *rl_dataset_class_name(const rl_dataset *dataset, size_t index) {
    return index < dataset->class_count ? dataset->class_names[index] : NULL;
}

void rl_dataset_statistics(const rl_dataset *dataset, float mean[3], float deviation[3]) {
    memcpy(mean, dataset->mean, sizeof dataset->mean);
    memcpy(deviation, dataset->deviation, sizeof dataset->deviation);
}

const char *rl_dataset_fingerprint(const rl_dataset *dataset) {
    return dataset->fingerprint;
}

size_t rl_dataset_skipped_count(const rl_dataset *dataset) {
    return dataset->skipped_count;
}

const char *rl_dataset_skipped(const rl_dataset *dataset, size_t index) {
    return index < dataset->skipped_count ? dataset->skipped[index] : NULL;
}

const char *rl_dataset_note(const rl_dataset *dataset, size_t index) {
    return index < dataset->note_count ? dataset->notes[index] : NULL;
}

const rl_unread *rl_dataset_unread(const rl_dataset *dataset, size_t index) {
    return index < dataset->unread.count ? &dataset->unread.items[index] : NULL;
}

const uint8_t *rl_dataset_image(const rl_dataset *dataset, rl_split split, size_t index,
                                size_t *label) {
    const rl_image_set *set = &dataset->split[split];
    if (index >= set->count)
        return NULL;
    if (label)
        *label = set->labels[index];
    return set->pixels + index * RL_IMAGE_BYTES;
}
