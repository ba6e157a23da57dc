/* Small runs for tests: a scratch folder, the built-in data, a tiny configuration. */
#ifndef RL_TEST_RUNS_H
#define RL_TEST_RUNS_H

#include "base/file.h"
#include "base/memory.h"
#include "reslab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEST_PATH = 512 };

/* A new empty folder; remove_scratch takes it away with all it holds. */
static inline void make_scratch(char folder[TEST_PATH]) {
    const char *base = getenv("TMPDIR");
    snprintf(folder, TEST_PATH, "%s/reslab-test-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(folder));
}

static inline void remove_scratch(const char *folder) {
    char command[TEST_PATH + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a path made by mkdtemp */
}

static inline const char *in_folder(char path[TEST_PATH], const char *folder, const char *name) {
    assert_true(snprintf(path, TEST_PATH, "%s/%s", folder, name) < TEST_PATH);
    return path;
}

static inline void set(rl_config *config, const char *name, const char *value) {
    rl_error error;
    if (rl_config_set(config, name, value, &error) != RL_OK)
        fail_msg("%s", error.message);
}

/* Five steps an epoch, the last one short; two epochs; augmented and shuffled. */
static inline rl_config *tiny_config(const char *out) {
    static const char *const settings[][2] = {
        {"data", "shapes"},     {"width", "4"},       {"limit-train", "72"},
        {"limit-test", "40"},   {"batch-size", "16"}, {"last-batch", "keep"},
        {"epochs", "2"},        {"lr", "0.02"},       {"threads", "2"},
        {"schedule", "cosine"}, {"seed", "3"},        {"checkpoint-minutes", "0"}};
    rl_config *config = rl_config_create();
    assert_non_null(config);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        set(config, settings[i][0], settings[i][1]);
    set(config, "out", out);
    return config;
}

/* The built-in data, opened once for all tests of a program. */
static inline const rl_dataset *shapes(void) {
    static rl_dataset *dataset;
    if (!dataset)
        assert_int_equal(rl_dataset_open(&dataset, "shapes", 1, NULL), RL_OK);
    return dataset;
}

static inline void assert_same_file(const char *a, const char *b) {
    uint8_t *x, *y;
    size_t nx, ny;
    assert_int_equal(rl_file_read(a, 1U << 30, &x, &nx, NULL), RL_OK);
    assert_int_equal(rl_file_read(b, 1U << 30, &y, &ny, NULL), RL_OK);
    assert_int_equal(nx, ny);
    if (memcmp(x, y, nx) != 0)
        fail_msg("%s and %s differ", a, b);
    rl_free(x);
    rl_free(y);
}

__attribute__((noinline, unused)) static char *text_of(const char *folder, const char *name) {
    char path[TEST_PATH];
    uint8_t *bytes;
    size_t size;
    assert_int_equal(rl_file_read(in_folder(path, folder, name), 1U << 26, &bytes, &size, NULL),
                     RL_OK);
    return (char *)bytes;
}

#endif
