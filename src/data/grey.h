/* Grey images of any size as the 32x32 RGB pixels that networks here take. */
#ifndef RL_DATA_GREY_H
#define RL_DATA_GREY_H

#include "data/dataset.h"

/* Three equal channels. An image that is not larger than 32x32 either way is centred on black, as
 * it is (where the margin is odd, its smaller half is left and above); any other is cropped and
 * resized by rl_image_fit. `rgb` is room for width * height * 3 bytes. */
rl_status rl_grey_fit(const uint8_t *grey, size_t width, size_t height, uint8_t *rgb,
                      uint8_t pixels[RL_IMAGE_BYTES], rl_error *error);

#endif
