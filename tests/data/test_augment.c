/* Each augmentation against its definition, written here pixel by pixel; what is drawn, against the
 * random stream it is promised to come from; and that none of them disturbs another. */
#include "data/fixtures.h"

#include "data/augment_kind.h"

#include <math.h>

enum { SIDE = RL_IMAGE_SIDE, BYTES = RL_IMAGE_BYTES };

static const rl_normalization normalization = {{0.4914F, 0.4822F, 0.4465F},
                                               {0.2470F, 0.2435F, 0.2616F}};
static uint8_t image[BYTES];

/* No byte is the mean's, and pixels differ from their neighbours. */
static int make_image(void **state) {
    (void)state;
    for (size_t y = 0; y < SIDE; y++)
        for (size_t x = 0; x < SIDE; x++)
            for (size_t c = 0; c < 3; c++)
                image[(y * SIDE + x) * 3 + c] = test_pixel(3, y, x, c);
    return 0;
}

static const rl_augment_options plain = {
    .enabled = true, .crop = RL_CROP_NONE, .pad = 4, .crop_area = 0.08, .flip = RL_FLIP_NONE};

static rl_augment_sample sample_at(size_t index) {
    return (rl_augment_sample){.seed = 9, .epoch = 2, .index = index, .may_flip = true};
}

static rl_random stream(rl_random_purpose purpose, const rl_augment_sample *s) {
    return rl_random_stream(s->seed, purpose, s->epoch, s->index);
}

static uint8_t pixel(const uint8_t *pixels, int y, int x, int c) {
    return pixels[(y * SIDE + x) * 3 + c];
}

/* The image as bytes; the floats are checked to be their normalised values. */
static void augment(const rl_augment_options *options, const rl_augment_sample *sample,
                    uint8_t out[BYTES]) {
    float floats[BYTES], expected[BYTES];
    rl_augment_bytes(options, sample, image, out);
    rl_augment_image(options, sample, &normalization, image, floats);
    rl_normalize_image(&normalization, out, expected);
    assert_memory_equal(floats, expected, sizeof floats);
}

/* ---- Windows of the padded image, and random flips ---- */

/* numpy.pad(mode="reflect"), walking to and fro. */
static int reflected(int i) {
    int position = 0;
    for (int step = 0, direction = i < 0 ? -1 : 1; step < abs(i); step++) {
        if (position + direction < 0 || position + direction >= SIDE)
            direction = -direction;
        position += direction;
    }
    return position;
}

static uint8_t window_pixel(rl_crop crop, int y, int x, int c) {
    if (crop == RL_CROP_REFLECT)
        return pixel(image, reflected(y), reflected(x), c);
    return y < 0 || y >= SIDE || x < 0 || x >= SIDE ? 0 : pixel(image, y, x, c);
}

/* `samples` draws; with `all`, every crop and flip must be among them. */
static void check_windows(rl_crop crop, uint32_t pad, size_t samples, bool all) {
    rl_augment_options options = plain;
    options.crop = crop;
    options.pad = pad;
    options.flip = RL_FLIP_RANDOM;
    bool seen[33][33][2] = {{{false}}};
    for (size_t i = 0; i < samples; i++) {
        const rl_augment_sample sample = sample_at(i);
        uint8_t out[BYTES], expected[BYTES];
        rl_random random = stream(RL_RANDOM_AUGMENT, &sample);
        const int top = (int)rl_random_below(&random, 2 * pad + 1);
        const int left = (int)rl_random_below(&random, 2 * pad + 1);
        const int flip = (int)rl_random_below(&random, 2);
        seen[top][left][flip] = true;
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                for (int c = 0; c < 3; c++)
                    expected[(y * SIDE + (flip ? SIDE - 1 - x : x)) * 3 + c] =
                        window_pixel(crop, y + top - (int)pad, x + left - (int)pad, c);
        augment(&options, &sample, out);
        assert_memory_equal(out, expected, BYTES);
    }
    for (uint32_t top = 0; all && top <= 2 * pad; top++)
        for (uint32_t left = 0; left <= 2 * pad; left++)
            assert_true(seen[top][left][0] && seen[top][left][1]);
}

static void windows(void **state) {
    (void)state;
    for (rl_crop crop = RL_CROP_ZERO; crop <= RL_CROP_REFLECT; crop++) {
        check_windows(crop, 0, 20, true);
        check_windows(crop, 1, 300, true);
        check_windows(crop, 4, 1500, true);
        check_windows(crop, 16, 300, false);
    }
}

/* Within five standard deviations of a binomial count. */
static void assert_share(size_t count, size_t of, double share) {
    const double expected = (double)of * share;
    assert_true(fabs((double)count - expected) <= 5 * sqrt(expected * (1 - share)));
}

static void windows_are_uniform(void **state) {
    (void)state;
    enum { DRAWS = 9000 };
    size_t top[9] = {0}, left[9] = {0}, flips = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        const rl_augment_sample sample = sample_at(i);
        const rl_shift drawn = rl_shift_draw(&plain, &sample);
        assert_true(drawn.top <= 8 && drawn.left <= 8);
        top[drawn.top]++;
        left[drawn.left]++;
        flips += drawn.flip;
    }
    for (size_t i = 0; i < 9; i++) {
        assert_share(top[i], DRAWS, 1 / 9.0);
        assert_share(left[i], DRAWS, 1 / 9.0);
    }
    assert_share(flips, DRAWS, 0.5);
}

/* ---- Flips ---- */

static bool is_mirrored(const rl_augment_options *options, const rl_augment_sample *sample) {
    uint8_t out[BYTES];
    augment(options, sample, out);
    const bool mirrored = memcmp(out, image, BYTES) != 0;
    uint8_t expected[BYTES];
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            for (int c = 0; c < 3; c++)
                expected[(y * SIDE + x) * 3 + c] = pixel(image, y, mirrored ? SIDE - 1 - x : x, c);
    assert_memory_equal(out, expected, BYTES);
    return mirrored;
}

static void flips_alternate(void **state) {
    (void)state;
    enum { DRAWS = 500 };
    rl_augment_options options = plain;
    options.flip = RL_FLIP_ALTERNATING;
    size_t first = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        rl_augment_sample sample = sample_at(i);
        sample.epoch = 0;
        const bool mirrored = is_mirrored(&options, &sample);
        first += mirrored;
        for (sample.epoch = 1; sample.epoch < 5; sample.epoch++)
            assert_true(is_mirrored(&options, &sample) == (mirrored != (sample.epoch % 2 == 1)));
    }
    assert_share(first, DRAWS, 0.5);
}

static void flips_only_where_allowed(void **state) {
    (void)state;
    rl_augment_options options = plain;
    for (rl_flip flip = RL_FLIP_RANDOM; flip <= RL_FLIP_NONE; flip++)
        for (size_t i = 0, mirrored = 0; i < 20; i++) {
            rl_augment_sample sample = sample_at(i);
            options.flip = flip;
            mirrored += is_mirrored(&options, &sample);
            if (i == 19)
                assert_true((mirrored > 0) == (flip != RL_FLIP_NONE));
            sample.may_flip = false;
            assert_false(is_mirrored(&options, &sample));
        }
}

/* ---- Enlarged parts ---- */

static const rl_box_range crop_range = {0.08, 1, 3.0 / 4, 4.0 / 3, SIDE};

/* Where output pixel i reads, along a side of `size` pixels: centres fall on centres. */
static double source_position(int i, uint32_t size) {
    return fmin(fmax((i + 0.5) * size / SIDE - 0.5, 0), size - 1.0);
}

static double bilinear(const rl_box *box, int y, int x, int c) {
    const double v = source_position(y, box->height), u = source_position(x, box->width);
    double sum = 0;
    for (uint32_t j = 0; j < box->height; j++)
        for (uint32_t i = 0; i < box->width; i++)
            sum += fmax(1 - fabs(v - j), 0) * fmax(1 - fabs(u - i), 0) *
                   pixel(image, (int)(box->top + j), (int)(box->left + i), c);
    return sum;
}

static void enlarged_parts(void **state) {
    (void)state;
    rl_augment_options options = plain;
    options.crop = RL_CROP_RESIZED;
    size_t squares = 0;
    for (size_t i = 0; i < 60; i++) {
        const rl_augment_sample sample = sample_at(i);
        rl_random random = stream(RL_RANDOM_RESIZED_CROP, &sample);
        const rl_box box = rl_box_draw(&random, &crop_range);
        uint8_t out[BYTES], fitted[BYTES], part[BYTES];
        augment(&options, &sample, out);
        /* Weights are multiples of 1/64: these sums are exact. */
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                for (int c = 0; c < 3; c++)
                    assert_int_equal(pixel(out, y, x, c), floor(bilinear(&box, y, x, c) + 0.5));
        if (box.width != box.height)
            continue;
        squares++;
        for (uint32_t y = 0; y < box.height; y++)
            memcpy(part + (size_t)y * box.width * 3,
                   image + ((box.top + y) * SIDE + box.left) * (size_t)3, box.width * 3);
        assert_int_equal(rl_image_fit(part, box.width, box.height, fitted, NULL), RL_OK);
        for (size_t k = 0; k < BYTES; k++)
            assert_true(abs(fitted[k] - out[k]) <= 1);
    }
    assert_true(squares > 0);
    options.crop_area = 1; /* only the whole image is as large */
    for (size_t i = 0; i < 60; i++) {
        const rl_augment_sample sample = sample_at(i);
        uint8_t out[BYTES];
        augment(&options, &sample, out);
        assert_memory_equal(out, image, BYTES);
    }
}

/* Ranges that no box exceeds the image by: nothing is drawn twice, so that area and the logarithm
 * of the ratio are uniform but for the rounding of sides. */
static void boxes_are_uniform(void **state) {
    (void)state;
    enum { DRAWS = 20000 };
    const rl_box_range range = {0.1, 0.5, 0.5, 2, SIDE};
    rl_random random = rl_random_stream(1, RL_RANDOM_TEST, 0, 0);
    double area = 0, squared_area = 0, ratio = 0, squared_ratio = 0, place = 0;
    bool at_begin = false, at_end = false;
    for (size_t i = 0; i < DRAWS; i++) {
        const rl_box box = rl_box_draw(&random, &range);
        const double a = (double)box.width * box.height / (SIDE * SIDE);
        const double r = log2((double)box.width / box.height);
        assert_true(box.top + box.height <= SIDE && box.left + box.width <= SIDE);
        assert_true(a > 0.085 && a < 0.53 && fabs(r) < 1.15);
        area += a / DRAWS;
        squared_area += a * a / DRAWS;
        ratio += r / DRAWS;
        squared_ratio += r * r / DRAWS;
        if (box.height < SIDE)
            place += (double)box.top / (SIDE - box.height) / DRAWS;
        at_begin = at_begin || box.left == 0;
        at_end = at_end || box.left + box.width == SIDE;
    }
    /* Means and variances of uniform numbers on 0.1..0.5 and -1..1, and of the place on 0..1. */
    assert_true(fabs(area - 0.3) < 0.005 && fabs(squared_area - area * area - 0.16 / 12) < 0.001);
    assert_true(fabs(ratio) < 0.025 && fabs(squared_ratio - 4.0 / 12) < 0.02);
    assert_true(fabs(place - 0.5) < 0.015 && at_begin && at_end);
    const rl_box_range too_large = {0.9, 1, 1, 1, SIDE / 2};
    const rl_box none = rl_box_draw(&random, &too_large);
    assert_true(none.width == 0 && none.height == 0);
}

/* ---- Erased parts ---- */

/* Exactly zero in the box and on, in floats; options->mean in bytes; elsewhere untouched. */
static void check_erased(const rl_augment_options *options, const rl_augment_sample *sample,
                         bool (*erased)(const void *context, int y, int x), const void *context) {
    static const float zero = 0;
    float floats[BYTES], untouched[BYTES];
    uint8_t bytes[BYTES];
    rl_augment_image(options, sample, &normalization, image, floats);
    rl_augment_bytes(options, sample, image, bytes);
    rl_normalize_image(&normalization, image, untouched);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            for (int c = 0; c < 3; c++) {
                const size_t i = ((size_t)y * SIDE + (size_t)x) * 3 + (size_t)c;
                const bool gone = erased(context, y, x);
                assert_memory_equal(&floats[i], gone ? &zero : &untouched[i], sizeof zero);
                assert_int_equal(bytes[i], gone ? options->mean[c] : image[i]);
            }
}

typedef struct {
    int y, x, side;
} square;

/* DeVries and Taylor's code: rows y - side / 2 up to, not with, y + side / 2, clipped. */
static bool in_square(const void *context, int y, int x) {
    const square *s = context;
    const int before = s->side / 2, after = s->side - before;
    return y >= s->y - before && y < s->y + after && x >= s->x - before && x < s->x + after;
}

static void cutouts(void **state) {
    (void)state;
    static const uint32_t sides[] = {1, 7, 8, 16, 32};
    rl_augment_options options = plain;
    rl_augment_set_mean(&options, &normalization);
    assert_true(options.mean[0] == 125 && options.mean[1] == 123 && options.mean[2] == 114);
    for (size_t k = 0; k < sizeof sides / sizeof *sides; k++)
        for (size_t i = 0; i < 100; i++) {
            const rl_augment_sample sample = sample_at(i);
            rl_random random = stream(RL_RANDOM_CUTOUT, &sample);
            square s = {.side = (int)sides[k]};
            s.y = (int)rl_random_below(&random, SIDE);
            s.x = (int)rl_random_below(&random, SIDE);
            options.cutout = sides[k];
            check_erased(&options, &sample, in_square, &s);
        }
}

static bool in_box(const void *context, int y, int x) {
    const rl_box *box = context;
    return y >= (int)box->top && y < (int)(box->top + box->height) && x >= (int)box->left &&
           x < (int)(box->left + box->width);
}

static void random_erasing(void **state) {
    (void)state;
    enum { DRAWS = 4000 };
    rl_augment_options options = plain;
    options.erasing = 0.3;
    size_t erased = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        const rl_augment_sample sample = sample_at(i);
        const rl_box box = rl_augment_erasing.erase(&options, &sample);
        if (i < 200)
            check_erased(&options, &sample, in_box, &box);
        if (box.width == 0)
            continue;
        erased++;
        const double area = (double)box.width * box.height / (SIDE * SIDE);
        assert_true(area > 0.014 && area < 0.35); /* but for the rounding of sides */
        assert_true((double)box.height < 3.3 * (box.width + 0.5) + 0.5);
        assert_true((double)box.width < (box.height + 0.5) / 0.3 + 0.5);
        assert_true(box.width < SIDE && box.height < SIDE);
    }
    assert_share(erased, DRAWS, 0.3);
    options.erasing = 1;
    for (size_t i = 0; i < 200; i++) {
        const rl_augment_sample sample = sample_at(i);
        assert_true(rl_augment_erasing.erase(&options, &sample).width > 0);
    }
}

/* ---- All together ---- */

static void nothing_when_disabled(void **state) {
    (void)state;
    const rl_augment_options options = {
        .crop = RL_CROP_REFLECT, .pad = 4, .cutout = 8, .erasing = 1};
    for (size_t i = 0; i < 20; i++) {
        const rl_augment_sample sample = sample_at(i);
        uint8_t out[BYTES];
        augment(&options, &sample, out);
        assert_memory_equal(out, image, BYTES);
    }
}

/* Erasing changes erased pixels only, and one kind of crop or flip leaves the other alone: runs
 * that differ in one of the options see the same of everything else. */
static void kinds_do_not_disturb_each_other(void **state) {
    (void)state;
    static const float none[3];
    for (size_t i = 0; i < 200; i++) {
        const rl_augment_sample sample = sample_at(i);
        rl_augment_options options = plain;
        float moved[BYTES], erased[BYTES];
        uint8_t bytes[BYTES];
        options.crop = RL_CROP_REFLECT;
        options.flip = RL_FLIP_RANDOM;
        rl_augment_image(&options, &sample, &normalization, image, moved);
        options.cutout = 9;
        options.erasing = 0.5;
        rl_augment_image(&options, &sample, &normalization, image, erased);
        const rl_box boxes[] = {rl_augment_cutout.erase(&options, &sample),
                                rl_augment_erasing.erase(&options, &sample)};
        options.mean[0] = 77;
        rl_augment_bytes(&options, &sample, image, bytes);
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                const size_t at = ((size_t)y * SIDE + (size_t)x) * 3;
                const bool gone = in_box(&boxes[0], y, x) || in_box(&boxes[1], y, x);
                assert_memory_equal(&erased[at], gone ? none : &moved[at], sizeof none);
                if (gone)
                    assert_memory_equal(&bytes[at], options.mean, 3);
            }
        bool first = false;
        for (rl_crop crop = RL_CROP_ZERO; crop <= RL_CROP_NONE; crop++) {
            options.crop = crop;
            const bool flips = rl_augment_flip.applies(&options, &sample);
            first = crop == RL_CROP_ZERO ? flips : first;
            assert_true(flips == first);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows),
        cmocka_unit_test(windows_are_uniform),
        cmocka_unit_test(flips_alternate),
        cmocka_unit_test(flips_only_where_allowed),
        cmocka_unit_test(enlarged_parts),
        cmocka_unit_test(boxes_are_uniform),
        cmocka_unit_test(cutouts),
        cmocka_unit_test(random_erasing),
        cmocka_unit_test(nothing_when_disabled),
        cmocka_unit_test(kinds_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, make_image, NULL);
}
