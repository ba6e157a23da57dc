/* Building blocks of the dataset formats: a split's arrays and checked class names. */
#include "data/dataset_build.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

rl_status rl_image_set_allocate(rl_image_set *set, size_t count, rl_error *error) {
    set->pixels = rl_alloc(count, RL_IMAGE_BYTES);
    set->labels = rl_alloc(count, sizeof *set->labels);
    if (!set->pixels || !set->labels)
        return rl_fail_memory(error, "reading the images");
    set->count = count;
    return RL_OK;
}

static bool is_printable_utf8(const char *text) {
    if (!rl_text_is_utf8(text))
        return false;
    for (const unsigned char *s = (const unsigned char *)text; *s; s++)
        if (s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0))
            return false;
    return true;
}

static rl_status check_name(const char *path, const char *const *names, size_t index,
                            rl_error *error) {
    const char *name = names[index];
    if (!*name)
        return rl_fail_at(error, RL_ERROR_FORMAT, (long long)index + 1,
                          "%s: class %zu has an empty name", path, index);
    if (!is_printable_utf8(name))
        return rl_fail_at(error, RL_ERROR_FORMAT, (long long)index + 1,
                          "%s: class name '%s' is not printable UTF-8 text", path, name);
    for (size_t i = 0; i < index; i++)
        if (strcmp(names[i], name) == 0)
            return rl_fail_at(error, RL_ERROR_FORMAT, (long long)index + 1,
                              "%s: classes %zu and %zu are both named '%s'", path, i, index, name);
    return RL_OK;
}

rl_status rl_dataset_name_classes(rl_dataset *dataset, const char *path, const char *const *names,
                                  size_t count, rl_error *error) {
    dataset->class_names = rl_alloc(count, sizeof *dataset->class_names);
    if (!dataset->class_names)
        return rl_fail_memory(error, "listing the classes");
    dataset->class_count = count; /* entries not reached stay NULL, which rl_free takes */
    for (size_t i = 0; i < count; i++) {
        rl_status status = check_name(path, names, i, error);
        if (status != RL_OK)
            return status;
        dataset->class_names[i] = rl_strdup(names[i]);
        if (!dataset->class_names[i])
            return rl_fail_memory(error, "listing the classes");
    }
    return RL_OK;
}

rl_status rl_dataset_add_note(rl_dataset *dataset, rl_error *error, const char *format, ...) {
    char line[sizeof error->message];
    va_list list;
    va_start(list, format);
    rl_message_format(line, sizeof line, format, list);
    va_end(list);
    char **notes = rl_alloc(dataset->note_count + 1, sizeof *notes);
    char *note = rl_strdup(line);
    if (!notes || !note) {
        rl_free(notes);
        rl_free(note);
        return rl_fail_memory(error, "a note on the data");
    }
    if (dataset->note_count)
        memcpy(notes, dataset->notes, dataset->note_count * sizeof *notes);
    notes[dataset->note_count++] = note;
    rl_free(dataset->notes);
    dataset->notes = notes;
    return RL_OK;
}
