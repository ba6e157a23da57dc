/* What makes a kind of image file: a row of the table in image_decode.c. Names, messages and --help
 * follow from the rows. */
#ifndef RL_DATA_IMAGE_FORMAT_H
#define RL_DATA_IMAGE_FORMAT_H

#include "data/image_decode.h"

#include <stdbool.h>

typedef struct {
    const char *name;       /* for messages: "JPEG" */
    const char *endings[5]; /* of file names, in lower case with their dot; ended by NULL */
    bool (*recognize)(const uint8_t *bytes, size_t size);
    /* Fills `bitmap`, which is empty, by way of rl_bitmap_allocate. A file of which pixels are lost
     * is refused: a broken image in a training set should be found, not learnt. What is wrong with
     * it otherwise, and does not keep viewers from showing the whole image, is its remark. What was
     * allocated when an error is found may stay in `bitmap`. */
    rl_status (*decode)(const rl_image_file *file, rl_bitmap *bitmap, rl_error *error);
    /* EXIF's number of how the pixels are turned, RL_UPRIGHT where nothing says so; NULL for a
     * format that cannot say. */
    unsigned (*orientation)(const rl_image_file *file);
} rl_image_format;

extern const rl_image_format rl_image_jpeg;
extern const rl_image_format rl_image_png;
extern const rl_image_format rl_image_bmp;
extern const rl_image_format rl_image_netpbm;
extern const rl_image_format rl_image_webp;

/* Is it a size that we take? For formats that must know before they allocate. */
rl_status rl_bitmap_check(size_t width, size_t height, const rl_image_file *file, rl_error *error);

/* Room for the pixels of the file, after rl_bitmap_check. */
rl_status rl_bitmap_allocate(rl_bitmap *bitmap, size_t width, size_t height,
                             const rl_image_file *file, rl_error *error);

/* Sets the bitmap's remark, cut to its size; "" for none. */
void rl_bitmap_remark(rl_bitmap *bitmap, const char *remark);

/* Lays transparent pixels over black, in linear light as libpng does: [pixels][4] to [pixels][3].
 */
void rl_bitmap_over_black(const uint8_t *rgba, size_t pixels, uint8_t *rgb);

/* "<path>: damaged <format>: <what>" */
rl_status rl_image_damaged(const rl_image_file *file, const rl_image_format *format,
                           const char *what, rl_error *error);

#endif
