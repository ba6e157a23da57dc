/* Statistics and fingerprint of a dataset.
 *
 * Sums of 8-bit pixels are kept as integers, so the statistics are exact up to the last few double
 * operations and do not depend on the order of the images. */
#include "data/measure.h"

#include "base/error.h"
#include "data/digest.h"

#include <math.h>
#include <openssl/evp.h>
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

static bool hash_u64(EVP_MD_CTX *hash, uint64_t value) {
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    return EVP_DigestUpdate(hash, bytes, sizeof bytes) == 1;
}

static bool hash_labels(EVP_MD_CTX *hash, const uint16_t *labels, size_t count) {
    uint8_t bytes[4096];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        bytes[used++] = (uint8_t)labels[i];
        bytes[used++] = (uint8_t)(labels[i] >> 8);
        if (used == sizeof bytes || i + 1 == count) {
            if (EVP_DigestUpdate(hash, bytes, used) != 1)
                return false;
            used = 0;
        }
    }
    return true;
}

static bool hash_dataset(EVP_MD_CTX *hash, const rl_dataset *dataset) {
    if (EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1 || !hash_u64(hash, dataset->class_count))
        return false;
    for (size_t i = 0; i < dataset->class_count; i++) {
        const char *name = dataset->class_names[i];
        if (EVP_DigestUpdate(hash, name, strlen(name) + 1) != 1)
            return false;
    }
    for (size_t s = 0; s < 2; s++) {
        const rl_image_set *set = &dataset->split[s];
        if (!hash_u64(hash, set->count) || !hash_labels(hash, set->labels, set->count) ||
            EVP_DigestUpdate(hash, set->pixels, set->count * RL_IMAGE_BYTES) != 1)
            return false;
    }
    return true;
}

rl_status rl_dataset_hash(rl_dataset *dataset, rl_error *error) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool done = hash && hash_dataset(hash, dataset) && EVP_DigestFinal_ex(hash, digest, NULL) == 1;
    EVP_MD_CTX_free(hash);
    if (!done)
        return rl_fail_memory(error, "computing the fingerprint of the data");
    rl_digest_hex(dataset->fingerprint, digest);
    return RL_OK;
}
