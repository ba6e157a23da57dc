/* IDX files, plain or gzipped, as images and as labels. Images go all the way to 32x32 pixels. */
#include "fuzz.h"

#include "base/memory.h"
#include "data/grey.h"
#include "data/idx.h"

#include <stdlib.h>
#include <string.h>

#define READ_MAX ((size_t)1 << 16) /* bytes of an item, and items: enough, and quick */

static void check_error(rl_status status, const rl_error *error) {
    if (error->code != status || !error->message[0] || strchr(error->message, '\n'))
        abort();
}

static void fit(const uint8_t *grey, rl_idx_shape shape) {
    uint8_t pixels[RL_IMAGE_BYTES];
    uint8_t *rgb = rl_alloc(shape.height * shape.width, RL_IMAGE_CHANNELS);
    if (rgb && rl_grey_fit(grey, shape.width, shape.height, rgb, pixels, NULL) != RL_OK)
        abort();
    rl_free(rgb);
}

/* What was accepted must not be more than the input can hold, and reads in any order of pieces. */
static void read_items(rl_idx *idx, size_t size) {
    const rl_idx_shape shape = rl_idx_get_shape(idx);
    const size_t item = shape.height * shape.width;
    if (shape.count * item > size * 1032)
        abort();
    if (item > READ_MAX || shape.count > READ_MAX)
        return;
    rl_error error;
    rl_status status = RL_OK;
    uint8_t *values = rl_alloc(item, 1);
    for (size_t i = 0; values && status == RL_OK && i < shape.count; i++) {
        status = rl_idx_read(idx, values, 1, &error);
        if (status == RL_OK && i == 0)
            fit(values, shape);
    }
    if (status != RL_OK)
        check_error(status, &error);
    rl_free(values);
}

static void fuzz_kind(rl_idx_kind kind, const uint8_t *data, size_t size) {
    rl_idx *idx;
    rl_error error;
    const rl_status status = rl_idx_open(&idx, kind, data, size, "input", &error);
    if (status == RL_OK)
        read_items(idx, size);
    else
        check_error(status, &error);
    rl_idx_free(idx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_kind(RL_IDX_IMAGES, data, size);
    fuzz_kind(RL_IDX_LABELS, data, size);
    return 0;
}
