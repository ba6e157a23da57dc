/* Records of the binary layouts of CIFAR-10 and CIFAR-100. Files may have any positive number of
 * records, so that cut-down copies work. */
#include "data/cifar_records.h"

#include "base/error.h"

#define FILE_LIMIT ((size_t)1 << 30)

const rl_cifar_layout rl_cifar10_layout = {
    .set = "CIFAR-10",
    .label_count = 1,
    .labels = {{"label", 10}},
};

const rl_cifar_layout rl_cifar100_layout = {
    .set = "CIFAR-100",
    .label_count = 2,
    .labels =
        {[RL_CIFAR100_COARSE] = {"coarse label", 20}, [RL_CIFAR100_FINE] = {"fine label", 100}},
};

size_t rl_cifar_record_size(const rl_cifar_layout *layout) {
    return layout->label_count + RL_IMAGE_BYTES;
}

rl_status rl_cifar_count(size_t *count, const rl_cifar_layout *layout, uint64_t size,
                         const char *path, rl_error *error) {
    *count = 0;
    const size_t record = rl_cifar_record_size(layout);
    if (size == 0)
        return rl_fail_at(error, RL_ERROR_FORMAT, 0,
                          "%s: the file is empty, expected %s records of %zu bytes", path,
                          layout->set, record);
    if (size > FILE_LIMIT)
        return rl_fail(error, RL_ERROR_FORMAT, "%s: %llu bytes, expected at most %zu", path,
                       (unsigned long long)size, FILE_LIMIT);
    const uint64_t rest = size % record;
    if (rest)
        return rl_fail_at(error, RL_ERROR_FORMAT, (long long)(size - rest),
                          "%s: the last record, at byte %llu, has %llu bytes, expected %zu "
                          "(%s: %s and 32x32 RGB)",
                          path, (unsigned long long)(size - rest), (unsigned long long)rest, record,
                          layout->set, layout->label_count > 1 ? "two labels" : "a label");
    *count = (size_t)(size / record);
    return RL_OK;
}

static rl_status check_labels(const uint8_t *record, const rl_cifar_layout *layout, size_t offset,
                              const char *path, rl_error *error) {
    for (size_t l = 0; l < layout->label_count; l++)
        if (record[l] >= layout->labels[l].classes)
            return rl_fail_at(error, RL_ERROR_FORMAT, (long long)(offset + l),
                              "%s: %s %d at byte %zu, expected 0 to %zu", path,
                              layout->labels[l].name, record[l], offset + l,
                              layout->labels[l].classes - 1);
    return RL_OK;
}

static void interleave(const uint8_t *planes, uint8_t *image) {
    const size_t plane = (size_t)RL_IMAGE_SIDE * RL_IMAGE_SIDE;
    for (size_t i = 0; i < plane; i++)
        for (size_t c = 0; c < RL_IMAGE_CHANNELS; c++)
            image[i * RL_IMAGE_CHANNELS + c] = planes[c * plane + i];
}

rl_status rl_cifar_parse(const uint8_t *records, size_t count, const rl_cifar_layout *layout,
                         size_t label, uint8_t *pixels, uint16_t *labels, const char *path,
                         rl_error *error) {
    const size_t size = rl_cifar_record_size(layout);
    for (size_t r = 0; r < count; r++) {
        const uint8_t *record = records + r * size;
        rl_status status = check_labels(record, layout, r * size, path, error);
        if (status != RL_OK)
            return status;
        labels[r] = record[label];
        interleave(record + layout->label_count, pixels + r * RL_IMAGE_BYTES);
    }
    return RL_OK;
}
