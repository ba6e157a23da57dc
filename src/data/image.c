/* An image file to the 32x32 RGB pixels that networks here take. */
#include "data/dataset.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/notice.h"
#include "data/image_decode.h"

#include <string.h>

#define FILE_LIMIT ((size_t)512 << 20)

rl_status rl_image_read(const char *path, uint8_t pixels[RL_IMAGE_BYTES], rl_image_facts *facts,
                        rl_error *error) {
    uint8_t *bytes;
    size_t size;
    rl_bitmap bitmap;
    rl_status status = rl_file_read(path, FILE_LIMIT, &bytes, &size, error);
    if (status != RL_OK)
        return status;
    status = rl_image_decode(&(rl_image_file){bytes, size, path}, &bitmap, error);
    if (status == RL_OK)
        status = rl_image_fit(bitmap.rgb, bitmap.width, bitmap.height, pixels, error);
    if (status == RL_OK && facts) {
        *facts = (rl_image_facts){.width = bitmap.width, .height = bitmap.height};
        memcpy(facts->remark, bitmap.remark, sizeof facts->remark);
    }
    rl_free(bitmap.rgb);
    rl_free(bytes);
    return status;
}

rl_status rl_image_load(const char *path, uint8_t pixels[32 * 32 * 3], rl_error *error) {
    rl_image_facts facts;
    const rl_status status = rl_image_read(path, pixels, &facts, error);
    if (status == RL_OK && facts.remark[0])
        rl_notice("%s: has a flaw that costs no pixel: %s", path, facts.remark);
    return status;
}
