/* Opening data by path: what is no data set, statistics and fingerprint against other ways to
 * compute them, and memory that runs out at any allocation. */
#include "data/idx_files.h"

#include "base/memory.h"
#include "data/loader.h"

#include <math.h>
#include <openssl/evp.h>

/* ---- What cannot be opened ---- */

#define LAYOUTS                                                                                    \
    "'shapes'", "CIFAR-10 binary layout", "CIFAR-100 binary layout", "IDX files", "train/<class>/"

static void test_no_data_set(void **state) {
    (void)state;
    ASSERT_OPEN_FAILS("nowhere", RL_ERROR_IO, "nowhere'", "no such folder", LAYOUTS,
                      "or a name: cifar10, cifar100, fashion-mnist or mnist");
    make_folder("empty");
    ASSERT_OPEN_FAILS("empty", RL_ERROR_FORMAT, "empty'", "unknown layout", LAYOUTS);
    write_file("file.tar.gz", "x", 1);
    ASSERT_OPEN_FAILS("file.tar.gz", RL_ERROR_FORMAT, "file.tar.gz'", "not a folder", LAYOUTS);
}

static void test_misspelt_builtin(void **state) {
    (void)state;
    rl_dataset *dataset;
    rl_error error;
    rl_status status = rl_dataset_open(&dataset, "shape", 1, &error);
    assert_error(&error, status, RL_ERROR_IO, "'shape'", "did you mean 'shapes'?", LAYOUTS, NULL);
    status = rl_dataset_open(&dataset, "", 1, &error);
    assert_error(&error, status, RL_ERROR_IO, "''", LAYOUTS, NULL);
}

static void test_overlong_path(void **state) {
    (void)state;
    char *path = malloc(3 * PATH_MAX);
    assert_non_null(path);
    memset(path, 'x', 3 * PATH_MAX - 1);
    path[3 * PATH_MAX - 1] = '\0';
    rl_dataset *dataset;
    rl_error error;
    rl_status status = rl_dataset_open(&dataset, path, 1, &error);
    assert_error(&error, status, RL_ERROR_IO, "xxx", NULL);
    assert_null(dataset);
    free(path);
}

/* ---- Statistics ---- */

/* Two passes in long double: the mean first, then the squared distances from it. */
static void check_statistics(const rl_dataset *dataset) {
    const rl_image_set *train = &dataset->split[RL_SPLIT_TRAIN];
    float mean[3], deviation[3];
    rl_dataset_statistics(dataset, mean, deviation);
    for (size_t c = 0; c < 3; c++) {
        const size_t n = train->count * 1024;
        long double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++)
            sum += train->pixels[i * 3 + c] / 255.0L;
        for (size_t i = 0; i < n; i++) {
            long double d = train->pixels[i * 3 + c] / 255.0L - sum / n;
            squares += d * d;
        }
        /* Rounding to float, with the double error of E[x^2] - E[x]^2 far below it. */
        assert_true(fabsl(mean[c] - sum / n) <= sum / n * 0x1p-23L);
        assert_true(fabsl(deviation[c] - sqrtl(squares / n)) <= sqrtl(squares / n) * 0x1p-23L);
    }
}

static void test_statistics(void **state) {
    (void)state;
    write_cifar10("cifar");
    rl_dataset *dataset = open_in_root("cifar");
    check_statistics(dataset);
    rl_dataset_free(dataset);
}

/* Constant channels have a deviation of exactly zero, which normalisation relies on. */
static void test_statistics_of_constant_images(void **state) {
    (void)state;
    for (size_t k = 0; k < 2; k++)
        for (size_t s = 0; s < 2; s++) {
            char name[64];
            snprintf(name, sizeof name, "tree/%s/%c", s ? "test" : "train", (int)('a' + k));
            make_folder(name);
            strcat(name, "/1.png");
            write_plain_png(name, 77, 255, (uint8_t)(k * 2));
        }
    rl_dataset *dataset = open_in_root("tree");
    assert_true(dataset->mean[0] == (float)(77 / 255.0) && dataset->deviation[0] == 0);
    assert_true(dataset->mean[1] == 1 && dataset->deviation[1] == 0);
    assert_true(dataset->deviation[2] == (float)(1 / 255.0)); /* population, not sample */
    rl_dataset_free(dataset);
}

/* ---- Fingerprint ---- */

static void put_u64(uint8_t **to, uint64_t value) {
    for (size_t i = 0; i < 8; i++)
        *(*to)++ = (uint8_t)(value >> 8 * i);
}

/* The documented byte stream in one buffer, hashed in one call. */
static void expected_fingerprint(const rl_dataset *dataset, char hex[65]) {
    size_t size = 1 << 20;
    uint8_t *bytes = malloc(size), *to = bytes, digest[32];
    assert_non_null(bytes);
    put_u64(&to, dataset->class_count);
    for (size_t k = 0; k < dataset->class_count; k++)
        to = (uint8_t *)stpcpy((char *)to, dataset->class_names[k]) + 1;
    for (size_t s = 0; s < 2; s++) {
        const rl_image_set *set = &dataset->split[s];
        put_u64(&to, set->count);
        for (size_t i = 0; i < set->count; i++) {
            *to++ = (uint8_t)(set->labels[i] & 255);
            *to++ = (uint8_t)(set->labels[i] >> 8);
        }
        memcpy(to, set->pixels, set->count * RL_IMAGE_BYTES);
        to += set->count * RL_IMAGE_BYTES;
    }
    size = (size_t)(to - bytes);
    assert_int_equal(EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL), 1);
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    free(bytes);
}

static void change_byte(const char *name, long offset, int value) {
    FILE *file = fopen(in_root(name), "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    assert_int_equal(fputc(value, file), value);
    assert_int_equal(fclose(file), 0);
}

static void test_fingerprint(void **state) {
    (void)state;
    char expected[65], before[65];
    write_cifar10("cifar");
    rl_dataset *dataset = open_in_root("cifar");
    expected_fingerprint(dataset, expected);
    assert_string_equal(rl_dataset_fingerprint(dataset), expected);
    rl_dataset_free(dataset);

    /* Any change of a label, a pixel of either split, or a name shows. */
    static const struct {
        const char *file;
        long offset;
        int value;
    } changes[] = {{"cifar/data_batch_2.bin", 0, 9},
                   {"cifar/data_batch_5.bin", 5 * CIFAR_RECORD - 1, 0},
                   {"cifar/test_batch.bin", 1, 255}};
    strcpy(before, expected);
    for (size_t i = 0; i < 4; i++) {
        if (i < 3)
            change_byte(changes[i].file, changes[i].offset, changes[i].value);
        else
            write_file("cifar/batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n", 20);
        dataset = open_in_root("cifar");
        assert_string_not_equal(rl_dataset_fingerprint(dataset), before);
        strcpy(before, rl_dataset_fingerprint(dataset));
        rl_dataset_free(dataset);
    }
}

/* ---- Out of memory ---- */

/* Fails allocation 0, 1, 2, ... of opening `name` until one attempt needs no more of them; each
 * attempt must fail cleanly (sanitizers see leaks). Returns how many failed. */
static size_t fail_each_allocation(const char *name) {
    char path[2 * PATH_MAX];
    strcpy(path, in_root(name));
    for (long n = 0;; n++) {
        rl_dataset *dataset = (rl_dataset *)1;
        rl_error error;
        rl_memory_fail_after(n);
        rl_status status = rl_dataset_open(&dataset, path, 1, &error);
        rl_memory_fail_after(-1);
        if (status == RL_OK) {
            rl_dataset_free(dataset);
            return (size_t)n;
        }
        assert_error(&error, status, RL_ERROR_MEMORY, "memory", NULL);
        assert_null(dataset);
    }
}

static void test_each_allocation_failing(void **state) {
    (void)state;
    write_cifar10("cifar");
    /* dataset, its place, files, list of names, ten names, two arrays a split, six files */
    assert_int_equal(fail_each_allocation("cifar"), 1 + 1 + 1 + 1 + 10 + 2 * 2 + 6);

    write_idx_folder("mnist", 28, 28, 3, '-', true);
    write_file("mnist/classes.txt", "a\nb\nc\n", 6);
    /* dataset, its place, labels, two label files with three allocations for their content and two
     * of zlib's; the file of names, its list, three names; two image files with as many, a buffer
     * and the two arrays of a split */
    assert_int_equal(fail_each_allocation("mnist"), 1 + 1 + 1 + 2 * 6 + 1 + 1 + 3 + 2 * 8);

    make_folder("tree/train/a/deeper");
    make_folder("tree/train/b");
    make_folder("tree/test/a");
    make_folder("tree/test/b");
    uint8_t rgb[40 * 36 * 3] = {0};
    write_png("tree/train/a/deeper/1.png", PNG_FORMAT_RGB, 40, 36, rgb);
    write_jpeg("tree/train/b/1.jpg", TJPF_RGB, 40, 36, rgb, TJSAMP_420);
    write_plain_png("tree/test/a/1.png", 1, 2, 3);
    write_jpeg("tree/test/b/1.jpg", TJPF_CMYK, 16, 16, rgb, TJSAMP_444);
    assert_true(fail_each_allocation("tree") > 20);
}

static void test_each_allocation_failing_in_loader(void **state) {
    (void)state;
    write_cifar10("cifar");
    rl_dataset *dataset = open_in_root("cifar");
    const rl_loader_options options = {.batch_size = 4, .normalization = {.deviation = {1, 1, 1}}};
    long n = 0;
    for (rl_status status = RL_ERROR_MEMORY; status != RL_OK; n++) {
        rl_loader *loader = (rl_loader *)1;
        rl_error error;
        rl_memory_fail_after(n);
        status = rl_loader_create(&loader, dataset, &options, &error);
        rl_memory_fail_after(-1);
        if (status != RL_OK) {
            assert_error(&error, status, RL_ERROR_MEMORY, "memory", NULL);
            assert_null(loader);
        }
        rl_loader_free(loader);
    }
    assert_int_equal(n - 1, 6); /* loader, order, two buffers a slot */
    rl_dataset_free(dataset);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_no_data_set),
        TEST(test_misspelt_builtin),
        TEST(test_overlong_path),
        TEST(test_statistics),
        TEST(test_statistics_of_constant_images),
        TEST(test_fingerprint),
        TEST(test_each_allocation_failing),
        TEST(test_each_allocation_failing_in_loader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
