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
} canvas;

static void draw_image(canvas *c, const uint8_t *image, size_t row, size_t column) {
    for (size_t y = 0; y < RL_IMAGE_SIDE; y++) {
        uint8_t *to = c->pixels + ((row * PITCH + y) * c->width + column * PITCH) * PIXEL_BYTES;
        for (size_t x = 0; x < RL_IMAGE_SIDE; x++, to += PIXEL_BYTES, image += RL_IMAGE_CHANNELS) {
            for (size_t channel = 0; channel < RL_IMAGE_CHANNELS; channel++)
                to[channel] = image[channel];
            to[RL_IMAGE_CHANNELS] = UINT8_MAX;
        }
    }
}

/* One image along its row, as training sees it from epoch to epoch. */
static void draw_epochs(canvas *c, const rl_dataset *dataset, const rl_sheet *sheet, size_t index,
                        size_t row) {
    const uint8_t *pixels = dataset->split[sheet->split].pixels + index * RL_IMAGE_BYTES;
    uint8_t drawn[RL_IMAGE_BYTES];
    for (size_t column = 0; column < sheet->columns; column++) {
        const rl_augment_sample sample = {.seed = sheet->seed,
                                          .epoch = (uint32_t)column,
                                          .index = index,
                                          .may_flip = dataset->flip_keeps_label};
        rl_augment_bytes(sheet->augment, &sample, pixels, drawn);
        draw_image(c, drawn, row, column);
    }
}

/* filled: [rows], zero. */
static void draw_samples(canvas *c, const rl_dataset *dataset, const rl_sheet *sheet, size_t rows,
                         size_t *filled) {
    const rl_image_set *set = &dataset->split[sheet->split];
    for (size_t i = 0; i < set->count; i++) {
        const size_t row = set->labels[i];
        if (row >= rows || filled[row] == sheet->columns)
            continue;
        if (sheet->augment) {
            draw_epochs(c, dataset, sheet, i, row);
            filled[row] = sheet->columns;
        } else {
            draw_image(c, set->pixels + i * RL_IMAGE_BYTES, row, filled[row]++);
        }
    }
}

static bool write_png(FILE *stream, void *context) {
    const canvas *c = context;
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)c->width,
                       .height = (png_uint_32)c->height,
                       .format = PNG_FORMAT_RGBA};
    return png_image_write_to_stdio(&image, stream, 0, c->pixels, 0, NULL) != 0;
}

rl_status rl_sheet_write(const rl_dataset *dataset, const rl_sheet *sheet, const char *path,
                         rl_error *error) {
    const size_t rows = rl_min(dataset->class_count, sheet->rows);
    canvas c = {.width = sheet->columns * PITCH - RL_SHEET_GAP,
                .height = rows * PITCH - RL_SHEET_GAP};
    c.pixels = rl_alloc(c.width * c.height, PIXEL_BYTES);
    size_t *filled = rl_alloc(rows, sizeof *filled);
    rl_status status;
    if (c.pixels && filled) {
        draw_samples(&c, dataset, sheet, rows, filled);
        status = rl_file_replace(path, write_png, &c, error);
    } else {
        status = rl_fail_memory(error, "a sheet of sample images");
    }
    rl_free(c.pixels);
    rl_free(filled);
    return status;
}
