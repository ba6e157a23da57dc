/* Grey to RGB. Small images are not enlarged: the digits and clothes of the MNIST family are 28x28,
 * and a margin of black, which is their ground, keeps their pixels as they are. */
#include "data/grey.h"

#include "base/memory.h"

#include <string.h>

static void spread(const uint8_t *grey, size_t count, uint8_t *rgb) {
    for (size_t i = 0; i < count; i++)
        memset(rgb + i * RL_IMAGE_CHANNELS, grey[i], RL_IMAGE_CHANNELS);
}

rl_status rl_grey_fit(const uint8_t *grey, size_t width, size_t height, uint8_t *rgb,
                      uint8_t pixels[RL_IMAGE_BYTES], rl_error *error) {
    if (rl_max(width, height) > RL_IMAGE_SIDE) {
        spread(grey, width * height, rgb);
        return rl_image_fit(rgb, width, height, pixels, error);
    }
    memset(pixels, 0, RL_IMAGE_BYTES);
    const size_t left = (RL_IMAGE_SIDE - width) / 2, top = (RL_IMAGE_SIDE - height) / 2;
    for (size_t y = 0; y < height; y++)
        spread(grey + y * width, width,
               pixels + ((top + y) * RL_IMAGE_SIDE + left) * RL_IMAGE_CHANNELS);
    return RL_OK;
}
