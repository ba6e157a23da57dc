/* Image files of all formats, decoded, turned upright and fitted to 32x32. */
#include "fuzz.h"

#include "base/memory.h"
#include "data/dataset.h"
#include "data/image_decode.h"

#include <stdlib.h>
#include <string.h>

/* A header may promise up to RL_IMAGE_PIXELS_MAX, which the decoder then honestly works through;
 * such inputs only make the fuzzer slow. Big-endian sizes stand in the first bytes of a PNG, and
 * behind an SOF marker in a JPEG. BMP and Netpbm are as large as they promise. */
static bool promises_much(const uint8_t *data, size_t size) {
    if (size >= 24 && data[0] == 0x89)
        return data[16] || data[17] || data[18] > 4 || data[20] || data[21] || data[22] > 4;
    for (size_t i = 0; i + 9 < size; i++)
        if (data[i] == 0xff && data[i + 1] >= 0xc0 && data[i + 1] <= 0xcf &&
            (data[i + 5] > 4 || data[i + 7] > 4))
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const rl_image_file file = {data, size, "input"};
    uint8_t pixels[RL_IMAGE_BYTES];
    rl_bitmap bitmap;
    rl_error error;
    if (promises_much(data, size))
        return 0;
    rl_status status = rl_image_decode(&file, &bitmap, &error);
    if (status != RL_OK) {
        if (bitmap.rgb || error.code != status || !error.message[0] || strchr(error.message, '\n'))
            abort();
        return 0;
    }
    if (rl_image_fit(bitmap.rgb, bitmap.width, bitmap.height, pixels, NULL) != RL_OK)
        abort();
    rl_free(bitmap.rgb);
    return 0;
}
