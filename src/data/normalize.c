/* The choices of --normalize and the mapping of 8-bit pixels to floats.
 *
 * (p / 255 - mean) / deviation is computed in this order in float, as torchvision's ToTensor and
 * Normalize do, so that both see bit-identical inputs. */
#include "data/dataset.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

const char *const rl_normalization_names[] = {"dataset", "cifar10", "imagenet", "none", NULL};

/* Rows of the names above; "dataset" is filled from the data. */
static const rl_normalization presets[] = {
    {{0, 0, 0}, {1, 1, 1}},
    {{0.4914f, 0.4822f, 0.4465f}, {0.2470f, 0.2435f, 0.2616f}},
    {{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}},
    {{0, 0, 0}, {1, 1, 1}},
};
#define PRESET_COUNT (sizeof presets / sizeof *presets)

rl_status rl_normalization_find(rl_normalization *normalization, const char *name,
                                const rl_dataset *dataset, rl_error *error) {
    size_t row = 0;
    while (row < PRESET_COUNT && strcmp(rl_normalization_names[row], name) != 0)
        row++;
    if (row == PRESET_COUNT) {
        char valid[128];
        rl_text_list(valid, sizeof valid, rl_normalization_names, PRESET_COUNT);
        return rl_fail(error, RL_ERROR_ARGUMENT, "normalize '%s' is unknown; expected %s", name,
                       valid);
    }
    *normalization = presets[row];
    if (row == 0) {
        memcpy(normalization->mean, dataset->mean, sizeof dataset->mean);
        memcpy(normalization->deviation, dataset->deviation, sizeof dataset->deviation);
    }
    for (size_t c = 0; c < RL_IMAGE_CHANNELS; c++)
        if (normalization->deviation[c] == 0)
            normalization->deviation[c] = 1;
    return RL_OK;
}

void rl_normalize_image(const rl_normalization *normalization, const uint8_t *pixels,
                        float *image) {
    for (size_t i = 0; i < RL_IMAGE_BYTES; i += RL_IMAGE_CHANNELS)
        for (size_t c = 0; c < RL_IMAGE_CHANNELS; c++)
            image[i + c] = ((float)pixels[i + c] / 255.0f - normalization->mean[c]) /
                           normalization->deviation[c];
}
