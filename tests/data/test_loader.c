/* Normalisation and the loader: batches against values computed one by one here, and
 * independence from where an epoch is entered, from timing and from what came before. */
#include "data/fixtures.h"

#include "base/random.h"
#include "base/thread.h"
#include "data/augment.h"
#include "data/loader.h"

#include <math.h>

#define COUNT 37
#define FLOATS RL_IMAGE_BYTES

static uint8_t train_pixels[COUNT * FLOATS], test_pixels[3 * FLOATS];
static uint16_t train_labels[COUNT], test_labels[3];
static rl_dataset dataset;

/* Not through a format: labels tell images apart, and so does every pixel. */
static int make_dataset(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        train_labels[i] = (uint16_t)i;
        for (size_t y = 0; y < 32; y++)
            for (size_t x = 0; x < 32; x++)
                for (size_t c = 0; c < 3; c++)
                    train_pixels[i * FLOATS + (y * 32 + x) * 3 + c] = test_pixel(i, y, x, c);
    }
    dataset =
        (rl_dataset){.split = {{COUNT, train_pixels, train_labels}, {3, test_pixels, test_labels}},
                     .class_count = COUNT,
                     .flip_keeps_label = true,
                     .mean = {0.1f, 0.2f, 0.3f},
                     .deviation = {0.5f, 0, 0.25f}};
    return 0;
}

static rl_loader_options default_options(void) {
    rl_loader_options options = {.split = RL_SPLIT_TRAIN,
                                 .batch_size = 8,
                                 .seed = 5,
                                 .shuffle = true,
                                 .augment = {.enabled = true, .pad = 4}};
    assert_int_equal(rl_normalization_find(&options.normalization, "cifar10", &dataset, NULL),
                     RL_OK);
    return options;
}

static rl_loader *create(const rl_loader_options *options) {
    rl_loader *loader;
    rl_error error;
    if (rl_loader_create(&loader, &dataset, options, &error) != RL_OK)
        fail_msg("%s", error.message);
    return loader;
}

/* ---- Normalisation ---- */

static void test_normalization_choices(void **state) {
    (void)state;
    rl_normalization n;
    rl_error error;
    assert_int_equal(rl_normalization_find(&n, "dataset", &dataset, &error), RL_OK);
    assert_true(n.mean[1] == 0.2f && n.deviation[0] == 0.5f && n.deviation[2] == 0.25f);
    assert_true(n.deviation[1] == 1); /* a constant channel */
    assert_int_equal(rl_normalization_find(&n, "none", &dataset, &error), RL_OK);
    assert_true(n.mean[2] == 0 && n.deviation[2] == 1);
    assert_int_equal(rl_normalization_find(&n, "imagenet", &dataset, &error), RL_OK);
    assert_true(n.mean[0] == 0.485f && n.deviation[2] == 0.225f);
    for (size_t i = 0; rl_normalization_names[i]; i++)
        assert_int_equal(rl_normalization_find(&n, rl_normalization_names[i], &dataset, &error),
                         RL_OK);
    rl_status status = rl_normalization_find(&n, "cifar", &dataset, &error);
    assert_error(&error, status, RL_ERROR_ARGUMENT, "'cifar'", "dataset, cifar10, imagenet or none",
                 NULL);
}

static void test_normalize_image(void **state) {
    (void)state;
    float image[FLOATS];
    const rl_normalization n = default_options().normalization;
    rl_normalize_image(&n, train_pixels, image);
    for (size_t i = 0; i < FLOATS; i++) {
        const double expected = (train_pixels[i] / 255.0 - n.mean[i % 3]) / n.deviation[i % 3];
        /* Three roundings; the first two are scaled by 1 / deviation. */
        const double bound = (2 / n.deviation[i % 3] + fabs(expected)) * 0x1p-24;
        assert_true(fabs(image[i] - expected) <= bound);
    }
}

/* ---- The loader ---- */

typedef struct {
    size_t count;
    float images[8 * FLOATS];
    uint16_t labels[8];
} kept_batch;

/* Runs an epoch from `first` to its end; batch s goes to kept[s]. */
static void run_epoch(rl_loader *loader, uint32_t epoch, size_t first, kept_batch *kept) {
    rl_batch batch;
    size_t step = first;
    rl_loader_start(loader, epoch, first);
    for (; rl_loader_next(loader, &batch); step++) {
        assert_true(batch.count <= 8);
        kept[step].count = batch.count;
        memcpy(kept[step].images, batch.images, batch.count * FLOATS * sizeof(float));
        memcpy(kept[step].labels, batch.labels, batch.count * sizeof *batch.labels);
    }
    assert_int_equal(step, rl_loader_steps_per_epoch(loader));
    assert_false(rl_loader_next(loader, &batch));
    assert_int_equal(batch.count, 0);
}

static kept_batch first_run[5], second_run[5];

static void assert_same_batches(size_t first) {
    for (size_t s = first; s < 5; s++) {
        assert_int_equal(first_run[s].count, second_run[s].count);
        assert_memory_equal(first_run[s].labels, second_run[s].labels,
                            first_run[s].count * sizeof(uint16_t));
        assert_memory_equal(first_run[s].images, second_run[s].images,
                            first_run[s].count * FLOATS * sizeof(float));
    }
}

static void test_file_order_without_shuffle(void **state) {
    (void)state;
    rl_loader_options options = default_options();
    options.shuffle = options.augment.enabled = false;
    rl_loader *loader = create(&options);
    assert_int_equal(rl_loader_image_count(loader), COUNT);
    assert_int_equal(rl_loader_steps_per_epoch(loader), 5);
    run_epoch(loader, 0, 0, first_run);
    for (size_t s = 0, i = 0; s < 5; s++) {
        assert_int_equal(first_run[s].count, s < 4 ? 8 : 5);
        for (size_t k = 0; k < first_run[s].count; k++, i++) {
            float image[FLOATS];
            assert_int_equal(first_run[s].labels[k], i);
            rl_normalize_image(&options.normalization, train_pixels + i * FLOATS, image);
            assert_memory_equal(first_run[s].images + k * FLOATS, image, sizeof image);
        }
    }
    rl_loader_free(loader);
}

/* Every image is the augmentation of its own sample and epoch, wherever it stands in the order. */
static void test_augmentation_follows_the_sample(void **state) {
    (void)state;
    rl_loader_options options = default_options();
    rl_loader *loader = create(&options);
    run_epoch(loader, 7, 0, first_run);
    bool seen[COUNT] = {false};
    for (size_t s = 0; s < 5; s++)
        for (size_t k = 0; k < first_run[s].count; k++) {
            const size_t sample = first_run[s].labels[k];
            const rl_augment_sample which = {options.seed, 7, sample, true};
            float image[FLOATS];
            assert_false(seen[sample]); /* the order is a permutation */
            seen[sample] = true;
            rl_augment_image(&options.augment, &which, &options.normalization,
                             train_pixels + sample * FLOATS, image);
            assert_memory_equal(first_run[s].images + k * FLOATS, image, sizeof image);
        }
    for (size_t i = 0; i < COUNT; i++)
        assert_true(seen[i]);
    rl_loader_free(loader);
}

/* FNV-1a of all that an epoch hands out. */
static uint64_t digest_of_epoch(rl_loader *loader, uint32_t epoch) {
    uint64_t digest = 0xcbf29ce484222325;
    rl_batch batch;
    rl_loader_start(loader, epoch, 0);
    while (rl_loader_next(loader, &batch)) {
        const struct {
            const void *bytes;
            size_t size;
        } parts[] = {{batch.images, batch.count * FLOATS * sizeof *batch.images},
                     {batch.labels, batch.count * sizeof *batch.labels}};
        for (size_t p = 0; p < 2; p++)
            for (size_t i = 0; i < parts[p].size; i++)
                digest = (digest ^ ((const uint8_t *)parts[p].bytes)[i]) * 0x100000001b3;
        assert_null(batch.partner_labels);
        assert_true(batch.share == 1);
    }
    return digest;
}

/* What a seed shuffles and augments to may never change: runs of older versions must stay
 * repeatable. These digests were taken when there were only black crops and random flips. */
static void test_batches_stay_what_they_were(void **state) {
    (void)state;
    static const uint64_t digests[2][3] = {
        {0xbf0264ab868f237a, 0x43b7be6313498cae, 0xc9d5c5abe7a0ebe7},
        {0xed3e78d786451e4a, 0x8b2de0521f231c76, 0x108c448e54b807bf}};
    const rl_loader_options options = default_options();
    for (int flips = 0; flips < 2; flips++) {
        dataset.flip_keeps_label = flips;
        rl_loader *loader = create(&options);
        for (uint32_t epoch = 0; epoch < 3; epoch++)
            assert_true(digest_of_epoch(loader, epoch) == digests[flips][epoch]);
        rl_loader_free(loader);
    }
}

static void test_any_first_step_gives_the_same_batches(void **state) {
    (void)state;
    const rl_loader_options options = default_options();
    rl_loader *loader = create(&options);
    run_epoch(loader, 3, 0, first_run);
    for (size_t first = 0; first <= 5; first++) {
        run_epoch(loader, 3, first, second_run); /* the same loader, with a past */
        assert_same_batches(first);
        rl_loader *fresh = create(&options);
        run_epoch(fresh, 3, first, second_run);
        assert_same_batches(first);
        rl_loader_free(fresh);
    }
    rl_loader_free(loader);
}

static size_t equal_places(void) {
    size_t equal = 0;
    for (size_t s = 0; s < 5; s++)
        for (size_t k = 0; k < first_run[s].count; k++)
            equal += first_run[s].labels[k] == second_run[s].labels[k];
    return equal;
}

static void test_order_differs_by_epoch_and_seed(void **state) {
    (void)state;
    rl_loader_options options = default_options();
    rl_loader *loader = create(&options);
    run_epoch(loader, 0, 0, first_run);
    run_epoch(loader, 1, 0, second_run);
    assert_true(equal_places() < 10); /* expected: 1 of 37 */
    rl_loader_free(loader);
    options.seed++;
    loader = create(&options);
    run_epoch(loader, 0, 0, second_run);
    assert_true(equal_places() < 10);
    rl_loader_free(loader);
}

/* A handed-out batch may not change while the worker prepares the next ones. */
static void test_batch_stays_until_the_next_call(void **state) {
    (void)state;
    const rl_loader_options options = default_options();
    rl_loader *loader = create(&options);
    run_epoch(loader, 0, 0, first_run);
    rl_loader_start(loader, 0, 0);
    rl_batch batch;
    for (size_t s = 0; rl_loader_next(loader, &batch); s++) {
        usleep(3000);
        assert_memory_equal(batch.images, first_run[s].images,
                            batch.count * FLOATS * sizeof(float));
        assert_memory_equal(batch.labels, first_run[s].labels, batch.count * sizeof(uint16_t));
    }
    rl_loader_free(loader);
}

static void test_restart_and_shutdown_at_any_time(void **state) {
    (void)state;
    const rl_loader_options options = default_options();
    for (size_t taken = 0; taken <= 6; taken++)
        for (size_t repeat = 0; repeat < 20; repeat++) {
            rl_batch batch;
            rl_loader *loader = create(&options);
            assert_false(rl_loader_next(loader, &batch)); /* not started */
            rl_loader_start(loader, 0, 0);
            for (size_t i = 0; i < taken; i++)
                assert_int_equal(rl_loader_next(loader, &batch), i < 5);
            rl_loader_start(loader, 1, 2); /* restarted in the middle */
            rl_loader_start(loader, 2, 99);
            assert_false(rl_loader_next(loader, &batch)); /* past the end */
            rl_loader_start(loader, 2, 4);
            if (repeat % 2)
                assert_true(rl_loader_next(loader, &batch));
            rl_loader_free(loader);
        }
    rl_loader_free(NULL);
}

/* Starting over while the worker fills a batch: at some of these delays it is in the middle. */
static void test_restart_while_filling(void **state) {
    (void)state;
    const rl_loader_options options = default_options();
    rl_loader *loader = create(&options);
    run_epoch(loader, 1, 0, first_run);
    for (useconds_t delay = 0; delay < 400; delay++) {
        rl_batch batch;
        rl_loader_start(loader, 0, 0);
        usleep(delay % 40);
        rl_loader_start(loader, 1, 0);
        for (size_t s = 0; s < 2; s++) {
            assert_true(rl_loader_next(loader, &batch));
            assert_memory_equal(batch.labels, first_run[s].labels, sizeof first_run[s].labels);
            assert_memory_equal(batch.images, first_run[s].images, sizeof first_run[s].images);
        }
    }
    rl_loader_free(loader);
}

static void test_limits_and_batch_sizes(void **state) {
    (void)state;
    rl_loader_options options = default_options();
    options.limit = 9;
    rl_loader *loader = create(&options);
    assert_int_equal(rl_loader_image_count(loader), 9);
    assert_int_equal(rl_loader_steps_per_epoch(loader), 2);
    rl_batch batch;
    rl_loader_start(loader, 0, 0);
    while (rl_loader_next(loader, &batch))
        for (size_t k = 0; k < batch.count; k++)
            assert_true(batch.labels[k] < 9); /* the first nine in file order */
    rl_loader_free(loader);

    options.limit = COUNT + 1;
    options.batch_size = SIZE_MAX; /* more than there is: one batch of everything */
    loader = create(&options);
    assert_int_equal(rl_loader_steps_per_epoch(loader), 1);
    rl_loader_start(loader, 0, 0);
    assert_true(rl_loader_next(loader, &batch));
    assert_int_equal(batch.count, COUNT);
    rl_loader_free(loader);

    rl_error error;
    options.batch_size = 0;
    rl_status status = rl_loader_create(&loader, &dataset, &options, &error);
    assert_error(&error, status, RL_ERROR_ARGUMENT, "batch-size", NULL);
    assert_null(loader);
}

static void test_without_a_thread(void **state) {
    (void)state;
    rl_loader_options options = default_options();
    options.augment.mixup = 0.5;
    rl_loader *loader = create(&options);
    run_epoch(loader, 1, 0, first_run);
    rl_loader_free(loader);
    rl_thread_fail_after(0);
    loader = create(&options);
    rl_thread_fail_after(-1);
    run_epoch(loader, 0, 3, second_run); /* entered late, then anew */
    rl_batch batch;
    rl_loader_start(loader, 2, 0);
    assert_true(rl_loader_next(loader, &batch));
    run_epoch(loader, 1, 0, second_run);
    assert_false(rl_loader_next(loader, &batch));
    assert_same_batches(0);
    rl_loader_free(loader);
}

static void test_empty_split_is_refused(void **state) {
    (void)state;
    const rl_dataset empty = {.class_count = 2};
    const rl_loader_options options = default_options();
    rl_loader *loader;
    rl_error error;
    rl_status status = rl_loader_create(&loader, &empty, &options, &error);
    assert_error(&error, status, RL_ERROR_ARGUMENT, "0 images", NULL);
    assert_null(loader);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normalization_choices),
        cmocka_unit_test(test_normalize_image),
        cmocka_unit_test(test_file_order_without_shuffle),
        cmocka_unit_test(test_augmentation_follows_the_sample),
        cmocka_unit_test(test_batches_stay_what_they_were),
        cmocka_unit_test(test_any_first_step_gives_the_same_batches),
        cmocka_unit_test(test_order_differs_by_epoch_and_seed),
        cmocka_unit_test(test_batch_stays_until_the_next_call),
        cmocka_unit_test(test_restart_and_shutdown_at_any_time),
        cmocka_unit_test(test_restart_while_filling),
        cmocka_unit_test(test_limits_and_batch_sizes),
        cmocka_unit_test(test_without_a_thread),
        cmocka_unit_test(test_empty_split_is_refused),
    };
    return cmocka_run_group_tests(tests, make_dataset, NULL);
}
