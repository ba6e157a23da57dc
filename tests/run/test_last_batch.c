/* Option last-batch: what steps an epoch has, that nothing of a run depends on how it was counted,
 * what is said of a small last step, and runs of versions that kept it without asking. */
#include "data/loader.h"
#include "format/safetensors.h"
#include "run/notices.h"
#include "run/runs.h"

static rl_config *config_with(const char *out, const char *const (*changes)[2]) {
    rl_config *config = tiny_config(out);
    for (; changes && (*changes)[0]; changes++)
        set(config, (*changes)[0], (*changes)[1]);
    return config;
}

static void train(const char *out, const char *const (*changes)[2], rl_result *result) {
    rl_error error;
    rl_config *config = config_with(out, changes);
    noticed[0] = '\0';
    rl_set_notice_function(take_notice, NULL);
    if (rl_train(config, shapes(), NULL, NULL, result, &error) != RL_OK)
        fail_msg("%s", error.message);
    rl_set_notice_function(NULL, NULL);
    rl_config_free(config);
}

static size_t count_lines(const char *folder, const char *name) {
    char *text = text_of(folder, name);
    size_t lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    rl_free(text);
    return lines;
}

/* Of 72 images in batches of 16, eight are left over; of nine, none: they are one batch. */
static void steps_of_an_epoch(void **state) {
    (void)state;
    static const struct {
        const char *last_batch, *images, *batch;
        size_t steps, left_over;
    } cases[] = {{"drop", "72", "16", 4, 8}, {"keep", "72", "16", 5, 8}, {"drop", "64", "16", 4, 0},
                 {"keep", "64", "16", 4, 0}, {"drop", "9", "16", 1, 0},  {"keep", "9", "16", 1, 0},
                 {"drop", "31", "16", 1, 15}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const changes[][2] = {{"last-batch", cases[i].last_batch},
                                          {"limit-train", cases[i].images},
                                          {"batch-size", cases[i].batch},
                                          {0}};
        char folder[TEST_PATH], out[TEST_PATH];
        rl_images_used used;
        rl_result result;
        make_scratch(folder);
        rl_config *config = config_with(in_folder(out, folder, "run"), changes);
        assert_int_equal(rl_train_images(&used, config, shapes(), NULL), RL_OK);
        assert_int_equal(used.steps_per_epoch, cases[i].steps);
        assert_int_equal(used.left_over, cases[i].left_over);
        assert_int_equal(used.train, strtoul(cases[i].images, NULL, 10));
        rl_config_free(config);
        train(out, changes, &result);
        assert_int_equal(result.steps, 2 * cases[i].steps);
        assert_int_equal(count_lines(out, "steps.csv"), 1 + 2 * cases[i].steps);
        rl_run_record *record;
        assert_int_equal(rl_run_record_read(&record, out, NULL), RL_OK);
        assert_int_equal(record->train_images, used.train); /* each has its turn */
        assert_int_equal(record->epochs[1].step, 2 * cases[i].steps);
        assert_string_equal(rl_config_get(record->config, "last-batch"), cases[i].last_batch);
        rl_run_record_free(record);
        remove_scratch(folder);
    }
}

static void only_small_steps_are_warned_of(void **state) {
    (void)state;
    static const struct {
        const char *changes[4][2];
        const char *notice; /* NULL: none */
    } cases[] = {
        {{{"limit-train", "67"}},
         "--last-batch keep: the last step of an epoch has 3 images where"},
        {{{"limit-train", "65"}}, "the last step of an epoch has 1 image where the others have 16"},
        {{{"limit-train", "72"}}, NULL}, /* half a batch */
        {{{"limit-train", "64"}}, NULL},
        {{{"limit-train", "3"}}, NULL},
        {{{"limit-train", "67"}, {"last-batch", "drop"}}, NULL},
        {{{"limit-train", "67"}, {"last-batch", "drop"}, {"shuffle", "false"}},
         "--no-shuffle: the last 3 of 67 training images are left over"},
        {{{"limit-train", "64"}, {"last-batch", "drop"}, {"shuffle", "false"}}, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char folder[TEST_PATH], out[TEST_PATH];
        make_scratch(folder);
        train(in_folder(out, folder, "run"), cases[i].changes, NULL);
        if (cases[i].notice ? !strstr(noticed, cases[i].notice) : strstr(noticed, "last") != NULL)
            fail_msg("case %zu: '%s'", i, noticed);
        remove_scratch(folder);
    }
}

/* What is dropped in one epoch has its turn in another, and what a batch holds is no other than
 * where the last one is kept. */
static void whole_batches_are_the_same(void **state) {
    (void)state;
    rl_loader_options options = {.split = RL_SPLIT_TRAIN,
                                 .batch_size = 16,
                                 .limit = 72,
                                 .seed = 5,
                                 .shuffle = true,
                                 .normalization = {.deviation = {1, 1, 1}}};
    rl_loader *keep, *drop;
    rl_batch kept, dropped;
    assert_int_equal(rl_loader_create(&keep, shapes(), &options, NULL), RL_OK);
    options.drop_last = true;
    assert_int_equal(rl_loader_create(&drop, shapes(), &options, NULL), RL_OK);
    for (uint32_t epoch = 0; epoch < 3; epoch++) {
        rl_loader_start(keep, epoch, 0);
        rl_loader_start(drop, epoch, 0);
        for (size_t step = 0; step < 4; step++) {
            assert_true(rl_loader_next(keep, &kept) && rl_loader_next(drop, &dropped));
            assert_int_equal(dropped.count, 16);
            assert_memory_equal(kept.images, dropped.images,
                                16 * 32 * 32 * 3 * sizeof *kept.images);
        }
        assert_true(rl_loader_next(keep, &kept));
        assert_int_equal(kept.count, 8);
        assert_false(rl_loader_next(drop, &dropped));
    }
    assert_int_equal(rl_loader_images_in(drop, 4), 64);
    assert_int_equal(rl_loader_images_in(keep, 5), 72);
    rl_loader_free(keep);
    rl_loader_free(drop);
}

static bool stop_at_seven(const rl_progress *progress, void *context) {
    (void)context;
    return progress->event != RL_EVENT_STEP || progress->total_step != 7;
}

static void resumed(const char *last_batch) {
    const char *const changes[][2] = {{"last-batch", last_batch}, {0}};
    char folder[TEST_PATH], whole[TEST_PATH], part[TEST_PATH], x[TEST_PATH], y[TEST_PATH];
    make_scratch(folder);
    train(in_folder(whole, folder, "whole"), changes, NULL);
    rl_config *config = config_with(in_folder(part, folder, "part"), changes);
    assert_int_equal(rl_train(config, shapes(), stop_at_seven, NULL, NULL, NULL), RL_STOPPED);
    assert_int_equal(rl_resume(part, shapes(), 1, NULL, NULL, NULL, NULL), RL_OK);
    assert_same_file(in_folder(x, whole, "checkpoint.safetensors"),
                     in_folder(y, part, "checkpoint.safetensors"));
    rl_config_free(config);
    remove_scratch(folder);
}

static void resumed_runs_end_the_same(void **state) {
    (void)state;
    resumed("drop");
    resumed("keep");
}

/* Takes "last-batch" out of a text; the text shrinks. */
static void cut(char *text, const char *begin, const char *end) {
    char *at = strstr(text, begin);
    assert_non_null(at);
    char *rest = strstr(at, end);
    assert_non_null(rest);
    memmove(at, rest + strlen(end), strlen(rest + strlen(end)) + 1);
}

/* The checkpoint as a version without the option would have written it. */
static void forget_option(const char *run) {
    static const char *const keys[] = {
        "reslab.format",        "reslab.model",          "reslab.width",
        "reslab.activation",    "reslab.negative_slope", "reslab.ghost_ratio",
        "reslab.ghost_dw_size", "reslab.ghost_outer_bn", "reslab.ghost_activation",
        "reslab.classes",       "reslab.mean",           "reslab.deviation",
        "reslab.checksum",      "run.fingerprint",       "run.metrics_digest",
        "run.steps_digest",     "run.kernels",           "run.version"};
    enum { KEYS = sizeof keys / sizeof *keys };
    char path[TEST_PATH], settings[4096];
    const char *metadata[2 * KEYS + 3] = {"run.config", settings};
    rl_safetensors *file;
    rl_tensor tensors[512];
    in_folder(path, run, "checkpoint.safetensors");
    assert_int_equal(rl_safetensors_read(&file, path, NULL), RL_OK);
    const size_t count = rl_safetensors_count(file);
    for (size_t i = 0; i < count; i++)
        tensors[i] = *rl_safetensors_at(file, i);
    snprintf(settings, sizeof settings, "%s", rl_safetensors_metadata(file, "run.config"));
    cut(settings, "\"last-batch\"", ",");
    for (size_t i = 0; i < KEYS; i++) {
        metadata[2 + 2 * i] = keys[i];
        metadata[3 + 2 * i] = rl_safetensors_metadata(file, keys[i]);
        assert_non_null(metadata[3 + 2 * i]);
    }
    assert_int_equal(rl_safetensors_write(path, tensors, count, metadata, NULL), RL_OK);
    rl_safetensors_free(file);
    char *yaml = text_of(run, "config.yaml");
    cut(yaml, "last-batch:", "\n");
    assert_int_equal(
        rl_file_replace_bytes(in_folder(path, run, "config.yaml"), yaml, strlen(yaml), NULL),
        RL_OK);
    rl_free(yaml);
}

/* An older run is gone on with as it was begun, and its settings begin one like it. */
static void older_runs_keep_it(void **state) {
    (void)state;
    char folder[TEST_PATH], whole[TEST_PATH], part[TEST_PATH], x[TEST_PATH], y[TEST_PATH];
    rl_error error;
    make_scratch(folder);
    train(in_folder(whole, folder, "whole"), NULL, NULL); /* it keeps the batch */
    rl_config *config = config_with(in_folder(part, folder, "part"), NULL), *read;
    assert_int_equal(rl_train(config, shapes(), stop_at_seven, NULL, NULL, NULL), RL_STOPPED);
    rl_config_free(config);
    forget_option(part);
    assert_int_equal(rl_run_config(&read, part, NULL), RL_OK);
    assert_string_equal(rl_config_get(read, "last-batch"), "keep");
    rl_config_free(read);
    if (rl_resume(part, shapes(), 1, NULL, NULL, NULL, &error) != RL_OK)
        fail_msg("%s", error.message);
    assert_same_file(in_folder(x, whole, "steps.csv"), in_folder(y, part, "steps.csv"));
    assert_same_file(in_folder(x, whole, "model.safetensors"),
                     in_folder(y, part, "model.safetensors"));
    /* A person's settings are no record: the default is today's. */
    assert_int_equal(rl_file_replace_bytes(in_folder(x, folder, "mine.yaml"), "lr: 0.1\n", 8, NULL),
                     RL_OK);
    read = rl_config_create();
    assert_int_equal(rl_config_load(read, x, NULL), RL_OK);
    assert_string_equal(rl_config_get(read, "last-batch"), "drop");
    rl_config_free(read);
    remove_scratch(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_of_an_epoch),
        cmocka_unit_test(only_small_steps_are_warned_of),
        cmocka_unit_test(whole_batches_are_the_same),
        cmocka_unit_test(resumed_runs_end_the_same),
        cmocka_unit_test(older_runs_keep_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
