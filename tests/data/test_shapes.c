/* The built-in data: the same pixels for the same seed on every machine, balanced classes, and the
 * properties of the forms that the drawing and the augmentation rely on. */
#include "data/fixtures.h"

#include "data/parallel.h"
#include "data/shape_forms.h"

#include <math.h>

/* SHA-256 of seed 1. Recorded runs name it: if this changes, results are no longer comparable with
 * those of earlier versions, so it must not. */
#define FINGERPRINT_OF_SEED_1 "a4fd80ac1ce0a711f42a65b65ae06029564f423905a6d6931a39a8203a95355c"

static rl_dataset *open_shapes(uint64_t seed) {
    rl_dataset *dataset;
    rl_error error;
    if (rl_dataset_open(&dataset, "shapes", seed, &error) != RL_OK)
        fail_msg("%s", error.message);
    return dataset;
}

static rl_dataset *shapes; /* of seed 1, for all tests */

static int open_for_all(void **state) {
    (void)state;
    shapes = open_shapes(1);
    return 0;
}

static int close_for_all(void **state) {
    (void)state;
    rl_dataset_free(shapes);
    return 0;
}

static void test_seed_decides_everything(void **state) {
    (void)state;
    rl_dataset *again = open_shapes(1), *other = open_shapes(2);
    const rl_dataset *first = shapes;
    assert_string_equal(rl_dataset_fingerprint(first), FINGERPRINT_OF_SEED_1);
    assert_string_equal(rl_dataset_fingerprint(first), rl_dataset_fingerprint(again));
    assert_string_not_equal(rl_dataset_fingerprint(first), rl_dataset_fingerprint(other));
    rl_dataset_free(again);
    rl_dataset_free(other);
}

static int compare_images(const void *a, const void *b) {
    return memcmp(*(uint8_t *const *)a, *(uint8_t *const *)b, RL_IMAGE_BYTES);
}

/* No image comes twice, in one split or across both: streams of different items are different. */
static void test_images_are_distinct(void **state) {
    (void)state;
    const rl_dataset *dataset = shapes;
    const size_t train = rl_dataset_count(dataset, RL_SPLIT_TRAIN);
    const size_t test = rl_dataset_count(dataset, RL_SPLIT_TEST);
    const uint8_t **images = calloc(train + test, sizeof *images);
    assert_non_null(images);
    for (size_t i = 0; i < train + test; i++)
        images[i] = i < train ? rl_dataset_image(dataset, RL_SPLIT_TRAIN, i, NULL)
                              : rl_dataset_image(dataset, RL_SPLIT_TEST, i - train, NULL);
    qsort(images, train + test, sizeof *images, compare_images);
    for (size_t i = 1; i < train + test; i++)
        assert_memory_not_equal(images[i - 1], images[i], RL_IMAGE_BYTES);
    free(images);
}

static void test_classes_are_balanced_from_the_start(void **state) {
    (void)state;
    const rl_dataset *dataset = shapes;
    assert_string_equal(rl_dataset_format_name(dataset), "shapes");
    assert_int_equal(rl_dataset_class_count(dataset), RL_SHAPE_FORMS);
    for (size_t s = 0; s < 2; s++) {
        size_t counts[RL_SHAPE_FORMS] = {0}, label;
        for (size_t i = 0; rl_dataset_image(dataset, (rl_split)s, i, &label); i++) {
            assert_string_equal(rl_dataset_class_name(dataset, label), rl_shape_forms[label].name);
            counts[label]++;
            if (i % RL_SHAPE_FORMS == RL_SHAPE_FORMS - 1)
                for (size_t k = 0; k < RL_SHAPE_FORMS; k++)
                    assert_int_equal(counts[k], i / RL_SHAPE_FORMS + 1);
        }
    }
}

/* Points of a grid over -2..2 that lie off the grid lines of symmetric forms. */
static float grid(int i) {
    return ((float)i + 0.25f) / 64;
}

static bool same_under(bool (*contains)(float, float), float cos, float sin, bool mirror) {
    for (int i = -128; i < 128; i++)
        for (int j = -128; j < 128; j++) {
            float x = grid(i), y = grid(j), u = mirror ? -x : x;
            if (contains(x, y) != contains(u * cos - y * sin, u * sin + y * cos))
                return false;
        }
    return true;
}

/* flip_keeps_label: the mirror image of every form is the form, upright or turned. */
static void test_forms_survive_a_flip(void **state) {
    (void)state;
    for (size_t k = 0; k < RL_SHAPE_FORMS; k++) {
        const rl_shape_form *form = &rl_shape_forms[k];
        bool upright = same_under(form->contains, 1, 0, true);
        bool lying = same_under(form->contains, -1, 0, true); /* mirrored top to bottom */
        if (!upright && !lying)
            fail_msg("%s is not its own mirror image", form->name);
    }
}

static void test_forms_stay_within_reach(void **state) {
    (void)state;
    for (size_t k = 0; k < RL_SHAPE_FORMS; k++) {
        size_t inside = 0;
        for (int i = -128; i < 128; i++)
            for (int j = -128; j < 128; j++)
                if (rl_shape_forms[k].contains(grid(i), grid(j))) {
                    inside++;
                    assert_true(hypotf(grid(i), grid(j)) <= RL_SHAPE_REACH);
                }
        /* Nor is any form a sliver: at least a sixth of the unit disc. */
        assert_true((double)inside > 64 * 64 * 3.14159 / 6);
    }
}

/* ---- The parallel loop below it ---- */

static void count_range(size_t begin, size_t end, void *context) {
    unsigned char *touched = context;
    for (size_t i = begin; i < end; i++)
        touched[i]++;
}

static void test_parallel_loop_covers_every_item_once(void **state) {
    (void)state;
    unsigned char touched[300];
    for (size_t count = 0; count <= sizeof touched; count = count < 5 ? count + 1 : count * 3) {
        memset(touched, 0, sizeof touched);
        rl_parallel_for(count, count_range, touched);
        for (size_t i = 0; i < sizeof touched; i++)
            assert_int_equal(touched[i], i < count ? 1 : 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seed_decides_everything),
        cmocka_unit_test(test_images_are_distinct),
        cmocka_unit_test(test_classes_are_balanced_from_the_start),
        cmocka_unit_test(test_forms_survive_a_flip),
        cmocka_unit_test(test_forms_stay_within_reach),
        cmocka_unit_test(test_parallel_loop_covers_every_item_once),
    };
    return cmocka_run_group_tests(tests, open_for_all, close_for_all);
}
