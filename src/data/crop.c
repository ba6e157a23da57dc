/* Random crops of the same size as the image: a window of the image with a border around it, black
 * or mirrored, or a part of the image enlarged (torchvision's RandomResizedCrop, bilinear). All of
 * it is integer arithmetic on bytes, so that every machine sees the same pixels. */
#include "base/memory.h"
#include "data/augment_kind.h"

#include <string.h>

const char *const rl_crop_names[] = {"zero", "reflect", "resized", "none", NULL};

rl_shift rl_shift_draw(const rl_augment_options *options, const rl_augment_sample *sample) {
    rl_random random =
        rl_random_stream(sample->seed, RL_RANDOM_AUGMENT, sample->epoch, sample->index);
    rl_shift drawn;
    drawn.top = rl_random_below(&random, 2 * options->pad + 1);
    drawn.left = rl_random_below(&random, 2 * options->pad + 1);
    drawn.flip = rl_random_below(&random, 2) == 1;
    return drawn;
}

/* ---- A window of the padded image ---- */

enum { BLACK = -1 };

/* For a row or column at `i`, which may lie outside, the one whose pixels are seen there. */
typedef int border_function(int i);

static int black_border(int i) {
    return i < 0 || i >= RL_IMAGE_SIDE ? BLACK : i;
}

/* The outermost pixels are the mirror, and not repeated: PyTorch's and numpy's "reflect". */
static int mirrored_border(int i) {
    if (i < 0)
        return -i;
    return i < RL_IMAGE_SIDE ? i : 2 * (RL_IMAGE_SIDE - 1) - i;
}

static void window(const rl_augment_options *options, const rl_augment_sample *sample,
                   border_function *border, const uint8_t *pixels, uint8_t *out) {
    const rl_shift drawn = rl_shift_draw(options, sample);
    int rows[RL_IMAGE_SIDE], columns[RL_IMAGE_SIDE];
    for (int i = 0; i < RL_IMAGE_SIDE; i++) {
        rows[i] = border(i + (int)drawn.top - (int)options->pad);
        columns[i] = border(i + (int)drawn.left - (int)options->pad);
    }
    memset(out, 0, RL_IMAGE_BYTES);
    for (size_t y = 0; y < RL_IMAGE_SIDE; y++)
        for (size_t x = 0; x < RL_IMAGE_SIDE && rows[y] != BLACK; x++)
            if (columns[x] != BLACK)
                memcpy(out + y * RL_IMAGE_ROW + x * RL_IMAGE_CHANNELS,
                       pixels + rows[y] * RL_IMAGE_ROW + columns[x] * RL_IMAGE_CHANNELS,
                       RL_IMAGE_CHANNELS);
}

static void black_window(const rl_augment_options *options, const rl_augment_sample *sample,
                         const uint8_t *pixels, uint8_t *out) {
    window(options, sample, black_border, pixels, out);
}

static void mirrored_window(const rl_augment_options *options, const rl_augment_sample *sample,
                            const uint8_t *pixels, uint8_t *out) {
    window(options, sample, mirrored_border, pixels, out);
}

/* ---- A part, enlarged ---- */

enum { UNITS = 2 * RL_IMAGE_SIDE }; /* a pixel, in the units that positions are exact in */

/* An output pixel lies between two source pixels, `weight` / UNITS of the way to the second. */
typedef struct {
    uint32_t first, second, weight;
} tap;

/* Pixel i of the output has its centre at (i + 1/2) size / 32 - 1/2, which is a whole number of
 * units; centres beyond those of the outermost pixels are moved there. */
static void make_taps(tap taps[RL_IMAGE_SIDE], uint32_t start, uint32_t size) {
    for (uint32_t i = 0; i < RL_IMAGE_SIDE; i++) {
        const uint32_t from_border = (2 * i + 1) * size;
        uint32_t position = from_border < RL_IMAGE_SIDE ? 0 : from_border - RL_IMAGE_SIDE;
        position = rl_min(position, (size - 1) * UNITS);
        const uint32_t first = position / UNITS;
        taps[i] = (tap){start + first, start + rl_min(first + 1, size - 1), position % UNITS};
    }
}

static void enlarge(const rl_box *box, const uint8_t *pixels, uint8_t *out) {
    tap across[RL_IMAGE_SIDE], down[RL_IMAGE_SIDE];
    uint16_t widened[RL_IMAGE_SIDE][RL_IMAGE_ROW];
    make_taps(across, box->left, box->width);
    make_taps(down, box->top, box->height);
    for (size_t y = box->top; y < box->top + box->height; y++)
        for (size_t x = 0; x < RL_IMAGE_SIDE; x++) {
            const uint8_t *row = pixels + y * RL_IMAGE_ROW;
            const uint8_t *first = row + across[x].first * RL_IMAGE_CHANNELS;
            const uint8_t *second = row + across[x].second * RL_IMAGE_CHANNELS;
            for (size_t c = 0; c < RL_IMAGE_CHANNELS; c++)
                widened[y][x * RL_IMAGE_CHANNELS + c] =
                    (uint16_t)(first[c] * (UNITS - across[x].weight) +
                               second[c] * across[x].weight);
        }
    for (size_t y = 0; y < RL_IMAGE_SIDE; y++) {
        const uint16_t *first = widened[down[y].first], *second = widened[down[y].second];
        for (size_t i = 0; i < RL_IMAGE_ROW; i++)
            out[y * RL_IMAGE_ROW + i] = (uint8_t)((first[i] * (UNITS - down[y].weight) +
                                                   second[i] * down[y].weight + UNITS * UNITS / 2) /
                                                  (UNITS * UNITS));
    }
}

/* Ratios of torchvision's default. */
static void enlarged_part(const rl_augment_options *options, const rl_augment_sample *sample,
                          const uint8_t *pixels, uint8_t *out) {
    const rl_box_range range = {options->crop_area, 1, 3.0 / 4, 4.0 / 3, RL_IMAGE_SIDE};
    rl_random random =
        rl_random_stream(sample->seed, RL_RANDOM_RESIZED_CROP, sample->epoch, sample->index);
    rl_box box = rl_box_draw(&random, &range);
    if (box.height == 0)
        box = (rl_box){0, 0, RL_IMAGE_SIDE, RL_IMAGE_SIDE};
    enlarge(&box, pixels, out);
}

/* ---- The choices ---- */

/* In the order of rl_crop. */
static void (*const crops[])(const rl_augment_options *, const rl_augment_sample *, const uint8_t *,
                             uint8_t *) = {black_window, mirrored_window, enlarged_part};

static bool applies(const rl_augment_options *options, const rl_augment_sample *sample) {
    (void)sample;
    return options->crop != RL_CROP_NONE;
}

static void crop(const rl_augment_options *options, const rl_augment_sample *sample,
                 const uint8_t *pixels, uint8_t *out) {
    crops[options->crop](options, sample, pixels, out);
}

const rl_augment_kind rl_augment_crop = {.name = "crop", .applies = applies, .move = crop};
