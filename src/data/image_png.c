/* PNG, through libpng's simplified interface. Grey and palettes become RGB, 16 bits a channel 8;
 * transparent pixels are laid over black. That interface does not pass EXIF data on, so their chunk
 * is looked for here. Left out: EXIF data in text chunks, as ImageMagick wrote them before there
 * was a chunk of their own. */
#include "data/image_format.h"

#include "base/error.h"
#include "data/exif.h"

#include <png.h>
#include <string.h>
#include <zlib.h>

static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

static bool recognize(const uint8_t *bytes, size_t size) {
    return size >= sizeof signature && memcmp(bytes, signature, sizeof signature) == 0;
}

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The content of the first chunk of a type: length, type, content, CRC of type and content. NULL
 * where there is none, or what is there is damaged. */
static const uint8_t *find_chunk(const rl_image_file *file, const char type[4], size_t *size) {
    enum { HEAD = 8, CRC = 4 };
    size_t at = sizeof signature;
    while (file->size - at >= HEAD + CRC) {
        const uint8_t *chunk = file->bytes + at;
        *size = big_endian(chunk);
        if (*size > file->size - at - HEAD - CRC)
            return NULL;
        if (memcmp(chunk + 4, type, 4) == 0) {
            const uLong found = crc32(0, chunk + 4, (uInt)(*size + 4));
            return found == big_endian(chunk + HEAD + *size) ? chunk + HEAD : NULL;
        }
        at += HEAD + *size + CRC;
    }
    return NULL;
}

static rl_status read_pixels(png_image *image, const rl_image_file *file, rl_bitmap *bitmap,
                             rl_error *error) {
    static const png_color black = {0, 0, 0};
    size_t size;
    if (!png_image_begin_read_from_memory(image, file->bytes, file->size))
        return rl_image_damaged(file, &rl_image_png, image->message, error);
    image->format = PNG_FORMAT_RGB;
    image->flags |= PNG_IMAGE_FLAG_16BIT_sRGB; /* without it 16 bits a channel are read as linear */
    const rl_status status = rl_bitmap_allocate(bitmap, image->width, image->height, file, error);
    if (status == RL_OK && !png_image_finish_read(image, &black, bitmap->rgb, 0, NULL))
        return rl_image_damaged(file, &rl_image_png, image->message, error);
    if (status == RL_OK && image->warning_or_error & PNG_IMAGE_WARNING)
        rl_bitmap_remark(bitmap, image->message);
    else if (status == RL_OK && find_chunk(file, "acTL", &size))
        rl_bitmap_remark(bitmap, "it is animated: only its first image is read");
    return status;
}

static rl_status decode(const rl_image_file *file, rl_bitmap *bitmap, rl_error *error) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    const rl_status status = read_pixels(&image, file, bitmap, error);
    png_image_free(&image);
    return status;
}

static unsigned orientation(const rl_image_file *file) {
    size_t size;
    const uint8_t *content = find_chunk(file, "eXIf", &size);
    return content ? rl_exif_orientation_of(content, size) : RL_UPRIGHT;
}

const rl_image_format rl_image_png = {
    .name = "PNG",
    .endings = {".png"},
    .recognize = recognize,
    .decode = decode,
    .orientation = orientation,
};
