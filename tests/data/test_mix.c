/* Mixup in the loader: batches against those of a loader that does not mix, blended here; partners,
 * shares, and that neither place in the epoch nor alpha disturb what they should not. */
#include "data/fixtures.h"

#include "base/memory.h"
#include "data/loader.h"
#include "data/mix.h"

#include <math.h>

enum { COUNT = 29, BATCH = 8, STEPS = 4, FLOATS = RL_IMAGE_BYTES };

static uint8_t pixels[COUNT * FLOATS];
static uint16_t labels[COUNT];
static rl_dataset dataset;

static int make_dataset(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        labels[i] = (uint16_t)i;
        for (size_t y = 0; y < 32; y++)
            for (size_t x = 0; x < 32; x++)
                for (size_t c = 0; c < 3; c++)
                    pixels[i * FLOATS + (y * 32 + x) * 3 + c] = test_pixel(i, y, x, c);
    }
    dataset = (rl_dataset){
        .split = {{COUNT, pixels, labels}}, .class_count = COUNT, .flip_keeps_label = true};
    return 0;
}

static rl_loader_options mixing_options(double alpha) {
    return (rl_loader_options){.split = RL_SPLIT_TRAIN,
                               .batch_size = BATCH,
                               .seed = 5,
                               .shuffle = true,
                               .augment = {.enabled = true, .pad = 4, .cutout = 6, .mixup = alpha},
                               .normalization = {{0.5F, 0.4F, 0.3F}, {0.25F, 0.25F, 0.2F}}};
}

typedef struct {
    size_t count;
    bool mixed;
    double share;
    float images[BATCH * FLOATS];
    uint16_t labels[BATCH], partner_labels[BATCH];
} kept_batch;

static kept_batch mixed[STEPS], unmixed[STEPS], again[STEPS];

static void run_epoch(const rl_loader_options *options, uint32_t epoch, size_t first,
                      kept_batch *kept) {
    rl_loader *loader;
    rl_batch batch;
    assert_int_equal(rl_loader_create(&loader, &dataset, options, NULL), RL_OK);
    rl_loader_start(loader, epoch, first);
    size_t step = first;
    for (; rl_loader_next(loader, &batch); step++) {
        kept_batch *k = &kept[step];
        *k = (kept_batch){
            .count = batch.count, .mixed = batch.partner_labels != NULL, .share = batch.share};
        memcpy(k->images, batch.images, batch.count * FLOATS * sizeof(float));
        memcpy(k->labels, batch.labels, batch.count * sizeof *batch.labels);
        if (k->mixed)
            memcpy(k->partner_labels, batch.partner_labels, batch.count * sizeof *batch.labels);
    }
    assert_int_equal(step, STEPS);
    rl_loader_free(loader);
}

/* Where in the batch the only image with this label is. */
static size_t place_of(const kept_batch *batch, uint16_t label) {
    size_t i = 0;
    while (i < batch->count && batch->labels[i] != label)
        i++;
    assert_true(i < batch->count);
    return i;
}

static void batches_are_blended(void **state) {
    (void)state;
    rl_loader_options options = mixing_options(0.4);
    run_epoch(&options, 3, 0, mixed);
    options.augment.mixup = 0;
    run_epoch(&options, 3, 0, unmixed);
    for (size_t s = 0; s < STEPS; s++) {
        const kept_batch *m = &mixed[s], *u = &unmixed[s];
        bool met[BATCH] = {false};
        assert_true(m->mixed && !u->mixed && u->share == 1);
        assert_int_equal(m->count, s < STEPS - 1 ? BATCH : COUNT % BATCH);
        assert_memory_equal(m->labels, u->labels, m->count * sizeof *m->labels);
        for (size_t i = 0; i < m->count; i++) {
            const size_t partner = place_of(u, m->partner_labels[i]);
            assert_false(met[partner]); /* partners are a permutation */
            met[partner] = true;
            for (size_t k = 0; k < FLOATS; k++) {
                const double a = u->images[i * FLOATS + k], b = u->images[partner * FLOATS + k];
                const double expected = m->share * a + (1 - m->share) * b;
                /* Two roundings of each product, one of the sum. */
                const double bound = 0x1p-24 * (2 * fabs(m->share * a) +
                                                2 * fabs((1 - m->share) * b) + fabs(expected));
                assert_true(fabs(m->images[i * FLOATS + k] - expected) <= bound);
            }
        }
    }
}

static void any_first_step_gives_the_same_batches(void **state) {
    (void)state;
    const rl_loader_options options = mixing_options(1);
    run_epoch(&options, 1, 0, mixed);
    for (size_t first = 1; first < STEPS; first++) {
        run_epoch(&options, 1, first, again);
        assert_memory_equal(&again[first], &mixed[first], (STEPS - first) * sizeof *mixed);
    }
    assert_true(mixed[0].share != mixed[1].share);
}

static void partners_do_not_depend_on_alpha(void **state) {
    (void)state;
    rl_loader_options options = mixing_options(0.2);
    run_epoch(&options, 0, 0, mixed);
    options.augment.mixup = 2;
    run_epoch(&options, 0, 0, again);
    for (size_t s = 0; s < STEPS; s++) {
        assert_true(mixed[s].share != again[s].share);
        assert_memory_equal(mixed[s].partner_labels, again[s].partner_labels,
                            mixed[s].count * sizeof(uint16_t));
    }
}

static void nothing_is_mixed_without_augmentation(void **state) {
    (void)state;
    rl_loader_options options = mixing_options(1);
    options.augment.enabled = false;
    run_epoch(&options, 0, 0, mixed);
    assert_true(!mixed[0].mixed && mixed[0].share == 1);
}

/* Over steps, epochs and seeds: shares as Beta(1, 1), which is uniform; 1/8 of the partners are the
 * image itself. */
static void draws_vary(void **state) {
    (void)state;
    enum { DRAWS = 8000 };
    double sum = 0;
    size_t own = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        const rl_mix_batch batch = {
            .seed = i % 20, .epoch = (uint32_t)(i / 20 % 20), .step = i / 400};
        uint32_t partners[BATCH];
        sum += rl_mix_share(&batch, 1);
        rl_mix_partners(&batch, partners, BATCH);
        own += partners[i % BATCH] == i % BATCH;
    }
    assert_true(fabs(sum - DRAWS / 2.0) < 5 * sqrt(DRAWS / 12.0));
    assert_true(fabs((double)own - DRAWS / 8.0) < 5 * sqrt(DRAWS * 7 / 64.0));
}

static void failing_allocations(void **state) {
    (void)state;
    const rl_loader_options options = mixing_options(1);
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 50; n++) {
        rl_loader *loader;
        rl_memory_fail_after(n);
        status = rl_loader_create(&loader, &dataset, &options, NULL);
        rl_memory_fail_after(-1);
        assert_true(status == RL_OK ? loader != NULL : status == RL_ERROR_MEMORY && !loader);
        rl_loader_free(loader);
    }
    assert_true(status == RL_OK && n == 11); /* the loader, its order, 3 a slot, 2 to mix from */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_are_blended),
        cmocka_unit_test(any_first_step_gives_the_same_batches),
        cmocka_unit_test(partners_do_not_depend_on_alpha),
        cmocka_unit_test(nothing_is_mixed_without_augmentation),
        cmocka_unit_test(draws_vary),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, make_dataset, NULL);
}
