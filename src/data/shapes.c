/* "shapes", the built-in data set: ten forms drawn from a seed, so that every command works with no
 * download. Class is form alone; position, size, rotation, stretch, colours, textured background,
 * distractors and noise vary from image to image, which defeats a linear model but not a small
 * network.
 *
 * Every image has a random stream of its own, so images are drawn on all cores in any order. All
 * arithmetic is of the kind that IEEE 754 defines to the last bit (no sine, no exp): a seed gives
 * the same pixels everywhere. Changing anything here changes the fingerprint that runs record. */
#include "data/dataset.h"

#include "base/random.h"
#include "data/dataset_build.h"
#include "data/parallel.h"
#include "data/shape_forms.h"

#include <math.h>
#include <string.h>

#define TRAIN_IMAGES 10000
#define TEST_IMAGES 2000
#define SUPERSAMPLES 4 /* a side: 16 inside tests a pixel */
#define CONTRAST 50    /* the form is brighter than the background by this, of 255 */
#define SIDE RL_IMAGE_SIDE

typedef struct {
    float rgb[RL_IMAGE_CHANNELS]; /* 0..255 */
} color;

typedef struct {
    color pixels[SIDE][SIDE];
} canvas;

typedef struct {
    float x, y;
} vector;

/* fminf and fmaxf are calls into libm unless NaN may be ignored. */
static inline float clamp(float x, float low, float high) {
    return x < low ? low : x > high ? high : x;
}

static vector random_direction(rl_random *random) {
    for (;;) {
        float x = rl_random_range(random, -1, 1), y = rl_random_range(random, -1, 1);
        float square = x * x + y * y;
        if (square > 0.01f && square <= 1) {
            float length = sqrtf(square);
            return (vector){x / length, y / length};
        }
    }
}

static color random_color(rl_random *random, float low, float high) {
    color c;
    for (size_t i = 0; i < RL_IMAGE_CHANNELS; i++)
        c.rgb[i] = rl_random_range(random, low, high);
    return c;
}

/* `other` with each channel moved by up to `reach` towards a random side, within 0..255. */
static color random_color_near(rl_random *random, const color *other, float reach) {
    color c;
    for (size_t i = 0; i < RL_IMAGE_CHANNELS; i++)
        c.rgb[i] = clamp(other->rgb[i] + rl_random_range(random, -reach, reach), 0, 255);
    return c;
}

static float brightness(const color *c) {
    return 0.3f * c->rgb[0] + 0.6f * c->rgb[1] + 0.1f * c->rgb[2];
}

static color mix(const color *a, const color *b, float share) {
    color c;
    for (size_t i = 0; i < RL_IMAGE_CHANNELS; i++)
        c.rgb[i] = a->rgb[i] + (b->rgb[i] - a->rgb[i]) * share;
    return c;
}

/* 0..1..0 with period 1. */
static float triangle_wave(float x) {
    return fabsf((x - floorf(x)) * 2 - 1);
}

/* ---- Backgrounds: how much of the second colour shows at each pixel, 0..1 ---- */

static void texture_stripes(rl_random *random, float share[SIDE][SIDE]) {
    vector along = random_direction(random);
    float frequency = rl_random_range(random, 0.03f, 0.25f), phase = rl_random_float(random);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            share[y][x] =
                triangle_wave(((float)x * along.x + (float)y * along.y) * frequency + phase);
}

static void texture_checks(rl_random *random, float share[SIDE][SIDE]) {
    vector along = random_direction(random);
    float frequency = rl_random_range(random, 0.06f, 0.15f);
    float phase_u = rl_random_float(random), phase_v = rl_random_float(random);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            float u = (float)x * along.x + (float)y * along.y;
            float v = (float)y * along.x - (float)x * along.y;
            float a = triangle_wave(u * frequency + phase_u);
            float b = triangle_wave(v * frequency + phase_v);
            share[y][x] = (a > 0.5f) == (b > 0.5f) ? 1 : 0;
        }
}

/* Random values on a coarse grid, interpolated. */
static void texture_clouds(rl_random *random, float share[SIDE][SIDE]) {
    enum { CELL = 8, GRID = SIDE / CELL + 1 };
    float grid[GRID][GRID];
    for (int y = 0; y < GRID; y++)
        for (int x = 0; x < GRID; x++)
            grid[y][x] = rl_random_float(random);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            float fx = (float)(x % CELL) / CELL, fy = (float)(y % CELL) / CELL;
            const float *upper = grid[y / CELL] + x / CELL, *lower = grid[y / CELL + 1] + x / CELL;
            float top = upper[0] + (upper[1] - upper[0]) * fx;
            float bottom = lower[0] + (lower[1] - lower[0]) * fx;
            share[y][x] = top + (bottom - top) * fy;
        }
}

static void (*const textures[])(rl_random *, float[SIDE][SIDE]) = {
    texture_stripes,
    texture_checks,
    texture_clouds,
};

static void draw_background(canvas *image, rl_random *random, const color *first,
                            const color *second) {
    float share[SIDE][SIDE];
    textures[rl_random_below(random, sizeof textures / sizeof *textures)](random, share);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            image->pixels[y][x] = mix(first, second, share[y][x]);
}

/* ---- Distractors: short thin lines, the shortest of them dots ---- */

static void draw_line(canvas *image, rl_random *random) {
    vector from = {rl_random_range(random, 0, SIDE), rl_random_range(random, 0, SIDE)};
    vector along = random_direction(random);
    float length = rl_random_range(random, 0, 12), half_width = rl_random_range(random, 0.5f, 1);
    const color paint = random_color(random, 0, 255);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            float dx = (float)x + 0.5f - from.x, dy = (float)y + 0.5f - from.y;
            float t = clamp(dx * along.x + dy * along.y, 0, length);
            float rx = dx - t * along.x, ry = dy - t * along.y;
            float cover = half_width + 0.5f - sqrtf(rx * rx + ry * ry);
            if (cover > 0)
                image->pixels[y][x] = mix(&image->pixels[y][x], &paint, clamp(cover, 0, 1));
        }
}

/* ---- The form ---- */

typedef struct {
    bool (*contains)(float x, float y);
    vector centre, axis;      /* position in pixels; unit vector of the form's x axis */
    float radius_x, radius_y; /* in pixels */
} placement;

static placement random_placement(rl_random *random, const rl_shape_form *form) {
    float radius = rl_random_range(random, 8, 13), stretch = rl_random_range(random, 0.85f, 1.15f);
    float margin = 0.85f * radius;
    placement p = {.contains = form->contains};
    p.centre.x = rl_random_range(random, margin, SIDE - margin);
    p.centre.y = rl_random_range(random, margin, SIDE - margin);
    p.axis = random_direction(random);
    p.radius_x = radius * stretch;
    p.radius_y = radius / stretch;
    return p;
}

/* Share of pixel (x, y) that lies in the form. */
static float coverage(const placement *p, int x, int y) {
    int hits = 0;
    for (int sy = 0; sy < SUPERSAMPLES; sy++)
        for (int sx = 0; sx < SUPERSAMPLES; sx++) {
            float dx = (float)x + ((float)sx + 0.5f) / SUPERSAMPLES - p->centre.x;
            float dy = (float)y + ((float)sy + 0.5f) / SUPERSAMPLES - p->centre.y;
            hits += p->contains((dx * p->axis.x + dy * p->axis.y) / p->radius_x,
                                (dy * p->axis.x - dx * p->axis.y) / p->radius_y);
        }
    return (float)hits / (SUPERSAMPLES * SUPERSAMPLES);
}

static void draw_form(canvas *image, const placement *p, const color *from, const color *to) {
    /* Pixels that the form cannot touch are skipped: half a pixel's diagonal from its circle. */
    const float larger = p->radius_x > p->radius_y ? p->radius_x : p->radius_y;
    const float reach = RL_SHAPE_REACH * larger + 0.7072f;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            float dx = (float)x + 0.5f - p->centre.x, dy = (float)y + 0.5f - p->centre.y;
            if (dx * dx + dy * dy > reach * reach)
                continue;
            float cover = coverage(p, x, y);
            if (cover > 0) {
                color paint = mix(from, to, 0.5f + 0.5f * dy / reach);
                image->pixels[y][x] = mix(&image->pixels[y][x], &paint, cover);
            }
        }
}

/* To 8 bits, with uniform noise. Four noise bytes come from one random word. */
static void finish(const canvas *image, rl_random *random, uint8_t *pixels) {
    const float amplitude = rl_random_range(random, 0, 20);
    const float *values = image->pixels[0][0].rgb;
    for (size_t i = 0; i < RL_IMAGE_BYTES; i += 4) {
        uint32_t bits = rl_random_u32(random);
        for (size_t k = 0; k < 4; k++) {
            float noise = ((float)(bits >> (8 * k) & 255) - 127.5f) / 127.5f;
            pixels[i + k] = (uint8_t)clamp(values[i + k] + amplitude * noise + 0.5f, 0, 255);
        }
    }
}

static void draw_image(const rl_shape_form *form, rl_random *random, uint8_t *pixels) {
    canvas image;
    const color ground = random_color(random, 0, 180);
    const color ground_second = random_color_near(random, &ground, 60);
    const float ground_brightness = brightness(&ground) > brightness(&ground_second)
                                        ? brightness(&ground)
                                        : brightness(&ground_second);
    color paint;
    do
        paint = random_color(random, 60, 255);
    while (brightness(&paint) < clamp(ground_brightness + CONTRAST, 0, 220));
    const color paint_second = random_color_near(random, &paint, 30);

    draw_background(&image, random, &ground, &ground_second);
    for (uint32_t i = rl_random_below(random, 4); i > 0; i--)
        draw_line(&image, random);
    const placement place = random_placement(random, form);
    draw_form(&image, &place, &paint, &paint_second);
    if (rl_random_below(random, 2))
        draw_line(&image, random);
    finish(&image, random, pixels);
}

/* ---- The format ---- */

typedef struct {
    rl_image_set *set;
    uint64_t seed;
    rl_split split;
} drawing;

/* Classes take turns, so that the first N images of a split are balanced too. */
static void draw_range(size_t begin, size_t end, void *context) {
    const drawing *d = context;
    for (size_t i = begin; i < end; i++) {
        rl_random random = rl_random_stream(d->seed, RL_RANDOM_SHAPES, (uint32_t)d->split, i);
        const size_t label = i % RL_SHAPE_FORMS;
        d->set->labels[i] = (uint16_t)label;
        draw_image(&rl_shape_forms[label], &random, d->set->pixels + i * RL_IMAGE_BYTES);
    }
}

static bool recognize(const char *path) {
    return strcmp(path, rl_format_shapes.name) == 0;
}

static rl_status draw_dataset(rl_dataset *dataset, const char *path,
                              const rl_dataset_request *request, rl_error *error) {
    static const size_t counts[2] = {TRAIN_IMAGES, TEST_IMAGES};
    const char *names[RL_SHAPE_FORMS];
    for (size_t i = 0; i < RL_SHAPE_FORMS; i++)
        names[i] = rl_shape_forms[i].name;
    rl_status status = rl_dataset_name_classes(dataset, path, names, RL_SHAPE_FORMS, error);
    for (size_t s = 0; status == RL_OK && s < 2; s++) {
        drawing d = {.set = &dataset->split[s], .seed = request->seed, .split = (rl_split)s};
        status = rl_image_set_allocate(d.set, counts[s], error);
        if (status == RL_OK)
            rl_parallel_for(counts[s], draw_range, &d);
    }
    dataset->flip_keeps_label = true; /* every form is its own mirror image */
    return status;
}

const rl_dataset_format rl_format_shapes = {
    .name = "shapes",
    .help = "the word 'shapes' for the built-in data",
    .recognize = recognize,
    .read = draw_dataset,
};
