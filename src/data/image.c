/* An image file to the 32x32 RGB pixels that networks here take. */
#include "data/dataset.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/image_decode.h"

#include <string.h>
#include <strings.h>

#define FILE_LIMIT ((size_t)512 << 20)

bool rl_image_name(const char *name) {
    static const char *const endings[] = {".jpg", ".jpeg", ".png"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}

rl_status rl_image_read(const char *path, uint8_t pixels[RL_IMAGE_BYTES], rl_error *error) {
    uint8_t *bytes = NULL, *rgb = NULL;
    size_t size, width = 0, height = 0;
    rl_status status = rl_file_read(path, FILE_LIMIT, &bytes, &size, error);
    if (status == RL_OK)
        status = rl_image_decode(bytes, size, &rgb, &width, &height, path, error);
    if (status == RL_OK)
        status = rl_image_fit(rgb, width, height, pixels, error);
    rl_free(rgb);
    rl_free(bytes);
    return status;
}

rl_status rl_image_load(const char *path, uint8_t pixels[32 * 32 * 3], rl_error *error) {
    return rl_image_read(path, pixels, error);
}
