/* Statistics and fingerprint of a dataset.
 *
 * Sums of 8-bit pixels are kept as integers, so the statistics are exact up to the last few double
 * operations and do not depend on the order of the images. */
#include "data/measure.h"

#include "base/digest.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

typedef struct {
    uint64_t sum, squares;
} pixel_sums;

static void add_image(pixel_sums sums[RL_IMAGE_CHANNELS], const uint8_t *pixels) {
    /* One image's squares reach 1024 * 255^2 < 2^27, so 32 bits do and vectorise better. */
    uint32_t sum[RL_IMAGE_CHANNELS] = {0}, squares[RL_IMAGE_CHANNELS] = {0};
    for (size_t i = 0; i < RL_IMAGE_BYTES; i += RL_IMAGE_CHANNELS)
        for (size_t c = 0; c < RL_IMAGE_CHANNELS; c++) {
            uint32_t p = pixels[i + c];
            sum[c] += p;
            squares[c] += p * p;
        }
    for (size_t c = 0; c < RL_IMAGE_CHANNELS; c++) {
        sums[c].sum += sum[c];
        sums[c].squares += squares[c];
    }
}

void rl_dataset_measure(rl_dataset *dataset) {
    const rl_image_set *train = &dataset->split[RL_SPLIT_TRAIN];
    pixel_sums sums[RL_IMAGE_CHANNELS] = {{0, 0}};
    for (size_t i = 0; i < train->count; i++)
        add_image(sums, train->pixels + i * RL_IMAGE_BYTES);

    double n = (double)train->count * RL_IMAGE_SIDE * RL_IMAGE_SIDE;
    for (size_t c = 0; c < RL_IMAGE_CHANNELS; c++) {
        double mean = (double)sums[c].sum / n;
        double variance = (double)sums[c].squares / n - mean * mean;
        dataset->mean[c] = (float)(mean / 255);
        dataset->deviation[c] = (float)(sqrt(fmax(variance, 0)) / 255);
    }
}

static void hash_labels(rl_digest *digest, const uint16_t *labels, size_t count) {
    uint8_t bytes[4096];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        bytes[used++] = (uint8_t)labels[i];
        bytes[used++] = (uint8_t)(labels[i] >> 8);
        if (used == sizeof bytes || i + 1 == count) {
            rl_digest_add(digest, bytes, used);
            used = 0;
        }
    }
}

rl_status rl_dataset_hash(rl_dataset *dataset, rl_error *error) {
    rl_digest digest;
    rl_digest_begin(&digest);
    rl_digest_add_u64(&digest, dataset->class_count);
    for (size_t i = 0; i < dataset->class_count; i++)
        rl_digest_add(&digest, dataset->class_names[i], strlen(dataset->class_names[i]) + 1);
    for (size_t s = 0; s < 2; s++) {
        const rl_image_set *set = &dataset->split[s];
        rl_digest_add_u64(&digest, set->count);
        hash_labels(&digest, set->labels, set->count);
        rl_digest_add(&digest, set->pixels, set->count * RL_IMAGE_BYTES);
    }
    const bool done = rl_digest_text(&digest, dataset->fingerprint);
    rl_digest_end(&digest);
    return done ? RL_OK : rl_fail_memory(error, "computing the fingerprint of the data");
}
