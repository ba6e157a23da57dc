/* Folders of images. The input is a list of entries, a line each: a path, which is a folder where
 * it ends with '/', a link where "->" and its target follow, and a file otherwise: an image, or no
 * image where its name has an 'x'. Whatever stands there becomes a data set whose labels are of its
 * classes, or there is an error of one line. */
#include "scratch.h"

#include "data/dataset.h"

enum { ENTRIES_MAX = 64, NAME_MAX_HERE = 200 };

/* Stays below the folder: no "..", nothing absolute. */
static bool is_inside(const char *name) {
    return name[0] && name[0] != '/' && !strstr(name, "..");
}

static void make_entry(char *name) {
    uint8_t image[3200];
    char path[SCRATCH_PATH], part[512];
    char *target = strstr(name, "->");
    if (target)
        *target = '\0', target += 2;
    if (!is_inside(name) || (target && (target[0] == '/' || strlen(target) > NAME_MAX_HERE)))
        return;
    snprintf(part, sizeof part, "data/%s", name);
    for (char *slash = strchr(part, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(scratch_path(path, part), 0777);
        *slash = '/';
    }
    if (target && symlink(target, scratch_path(path, part)) != 0)
        return; /* there is one of this name */
    const size_t size = scratch_image(image, (uint8_t)name[0]);
    if (!target && name[strlen(name) - 1] != '/')
        scratch_write(part, image, strchr(name, 'x') ? 5 : size);
}

static void make_entries(const uint8_t *data, size_t size) {
    char name[NAME_MAX_HERE + 1];
    for (size_t i = 0; i < ENTRIES_MAX && size > 0; i++) {
        const uint8_t *end = memchr(data, '\n', size);
        const size_t length = end ? (size_t)(end - data) : size;
        snprintf(name, sizeof name, "%.*s", (int)(length > NAME_MAX_HERE ? NAME_MAX_HERE : length),
                 (const char *)data);
        make_entry(name);
        data += length + (end != NULL);
        size -= length + (end != NULL);
    }
}

static void check_dataset(const rl_dataset *dataset) {
    for (size_t split = 0; split < 2; split++)
        for (size_t i = 0; i < dataset->split[split].count; i++)
            if (dataset->split[split].labels[i] >= dataset->class_count)
                abort();
    if (dataset->class_count < 1 || dataset->split[0].count == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[SCRATCH_PATH];
    if (size > 0 && memchr(data, '\0', size))
        return 0; /* names have none */
    mkdir(scratch_path(path, "data"), 0777);
    make_entries(data, size);
    for (int skip = 0; skip < 2; skip++) {
        rl_dataset *dataset;
        rl_error error;
        const rl_dataset_request request = {
            .data = scratch_path(path, "data"), .labels = rl_label_names[0], .skip_bad = skip};
        const rl_status status = rl_dataset_read(&dataset, &request, &error);
        if (status == RL_OK)
            check_dataset(dataset);
        else
            check_refusal(status, &error);
        rl_dataset_free(dataset);
    }
    scratch_remove(scratch_path(path, "data"));
    return 0;
}
