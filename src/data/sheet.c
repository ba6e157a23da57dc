/* Lays out the sample sheet in memory and writes it through libpng. There is no text on it: the
 * names of the classes belong to whoever shows the sheet, in their own language and type. */
#include "data/sheet.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

#include <png.h>

enum { PIXEL_BYTES = 4, PITCH = RL_IMAGE_SIDE + RL_SHEET_GAP };

typedef struct {
    size_t width, height;
    uint8_t *pixels; /* [height][width][RGBA]; zero is transparent */
} sheet;

static void draw_image(sheet *s, const uint8_t *image, size_t row, size_t column) {
    for (size_t y = 0; y < RL_IMAGE_SIDE; y++) {
        uint8_t *to =
            s->pixels + ((row * PITCH + y) * s->width + column * PITCH) * (size_t)PIXEL_BYTES;
        for (size_t x = 0; x < RL_IMAGE_SIDE; x++, to += PIXEL_BYTES, image += RL_IMAGE_CHANNELS) {
            for (size_t c = 0; c < RL_IMAGE_CHANNELS; c++)
                to[c] = image[c];
            to[RL_IMAGE_CHANNELS] = UINT8_MAX;
        }
    }
}

static void draw_samples(sheet *s, const rl_image_set *set, size_t rows) {
    size_t filled[RL_SHEET_ROWS] = {0};
    for (size_t i = 0; i < set->count; i++) {
        const size_t row = set->labels[i];
        if (row < rows && filled[row] < RL_SHEET_COLUMNS)
            draw_image(s, set->pixels + i * RL_IMAGE_BYTES, row, filled[row]++);
    }
}

static bool write_png(FILE *stream, void *context) {
    const sheet *s = context;
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)s->width,
                       .height = (png_uint_32)s->height,
                       .format = PNG_FORMAT_RGBA};
    return png_image_write_to_stdio(&image, stream, 0, s->pixels, 0, NULL) != 0;
}

rl_status rl_dataset_sheet(const rl_dataset *dataset, const char *path, rl_error *error) {
    const size_t rows = rl_min(dataset->class_count, RL_SHEET_ROWS);
    sheet s = {.width = RL_SHEET_COLUMNS * PITCH - RL_SHEET_GAP,
               .height = rows * PITCH - RL_SHEET_GAP};
    s.pixels = rl_alloc(s.width * s.height, PIXEL_BYTES);
    if (!s.pixels)
        return rl_fail_memory(error, "a sheet of sample images");
    draw_samples(&s, &dataset->split[RL_SPLIT_TRAIN], rows);
    const rl_status status = rl_file_replace(path, write_png, &s, error);
    rl_free(s.pixels);
    return status;
}
