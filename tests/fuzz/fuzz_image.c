/* Image files of all formats, decoded, turned upright and fitted to 32x32. */
#include "fuzz.h"

#include "base/memory.h"
#include "data/dataset.h"
#include "data/image_decode.h"

#include <stdlib.h>
#include <string.h>

/* Sizes stand behind the chunk's head: 24 bits each in the extended form, 14 bits each in the
 * others.
 */
static bool webp_promises_much(const uint8_t *data) {
    if (memcmp(data + 12, "VP8X", 4) == 0)
        return data[25] > 4 || data[26] || data[28] > 4 || data[29];
    if (memcmp(data + 12, "VP8L", 4) == 0)
        return (data[22] & 0x3f) > 4 || (data[24] & 0xf) > 1 || data[23] > 0x7f;
    return (data[27] & 0x3f) > 4 || (data[29] & 0x3f) > 4;
}

/* A header may promise up to RL_IMAGE_PIXELS_MAX, which the decoder then honestly works through;
 * such inputs only make the fuzzer slow. Big-endian sizes stand in the first bytes of a PNG, and
 * behind an SOF marker in a JPEG; libwebp is given sizes in three places, of which the largest
 * counts here. BMP and Netpbm are as large as they promise. */
static bool promises_much(const uint8_t *data, size_t size) {
    if (size >= 24 && data[0] == 0x89)
        return data[16] || data[17] || data[18] > 4 || data[20] || data[21] || data[22] > 4;
    if (size >= 30 && memcmp(data, "RIFF", 4) == 0)
        return webp_promises_much(data);
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
