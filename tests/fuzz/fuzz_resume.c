/* A stopped run, gone on with when one of its files is damaged. The first byte of the input says
 * which; the rest stands for it, or, for the checkpoint, changes it: records of a position (3
 * bytes, from the beginning or, above the half, from the end), a length to cut out, and a length
 * and the bytes to put there. An undamaged run goes on; a refusal is one line and leaves the
 * checkpoint. */
#include "scratch.h"

#include "data/dataset.h"
#include "run/config.h"
#include "run/run_directory.h"

static const char *const names[] = {RL_CHECKPOINT_FILE,  RL_METRICS_FILE, RL_STEPS_FILE,
                                    RL_ENVIRONMENT_FILE, RL_CLOCK_FILE,   RL_CONFIG_FILE,
                                    RL_SUMMARY_FILE};
enum { NAMES = sizeof names / sizeof *names, CHANGES_MAX = 16, FILE_MAX = 1 << 18 };

/* The run's files as it left them. */
static struct {
    uint8_t bytes[FILE_MAX];
    size_t size;
} files[NAMES];
static rl_dataset *dataset;

static void forget(void) {
    rl_dataset_free(dataset);
}

static bool stop(const rl_progress *progress, void *context) {
    (void)context;
    return progress->event != RL_EVENT_RESUMED && progress->total_step < 1;
}

static void open_images(void) {
    char path[SCRATCH_PATH];
    uint8_t image[3200];
    rl_error error;
    mkdir(scratch_path(path, "data"), 0777);
    for (const char *name = "data/train\0data/test\0data/train/a\0data/train/b\0data/test/a\0"
                            "data/test/b\0";
         *name; name += strlen(name) + 1) {
        char file[64];
        mkdir(scratch_path(path, name), 0777);
        snprintf(file, sizeof file, "%s/1.ppm", name);
        if (name[strlen(name) - 2] == '/')
            scratch_write(file, image, scratch_image(image, (uint8_t)name[strlen(name) - 1]));
    }
    if (rl_dataset_open(&dataset, scratch_path(path, "data"), 1, &error) != RL_OK)
        abort();
    atexit(forget);
}

static void make_run(void) {
    static const char *const options[][2] = {{"width", "1"},
                                             {"batch-size", "1"},
                                             {"epochs", "2"},
                                             {"threads", "1"},
                                             {"optimizer", "sgd"}};
    char path[SCRATCH_PATH];
    rl_error error;
    open_images();
    rl_config *config = rl_config_create();
    for (size_t i = 0; config && i < sizeof options / sizeof *options; i++)
        if (rl_config_set(config, options[i][0], options[i][1], &error) != RL_OK)
            abort();
    if (!config || rl_config_set(config, "data", scratch_path(path, "data"), &error) != RL_OK ||
        rl_config_set(config, "out", scratch_path(path, "run"), &error) != RL_OK ||
        rl_train(config, dataset, stop, NULL, NULL, &error) != RL_STOPPED)
        abort();
    rl_config_free(config);
    for (size_t i = 0; i < NAMES; i++) {
        char name[64];
        snprintf(name, sizeof name, "run/%s", names[i]);
        FILE *file = fopen(scratch_path(path, name), "rb");
        files[i].size = file ? fread(files[i].bytes, 1, FILE_MAX, file) : 0;
        if (!file || files[i].size == 0 || files[i].size == FILE_MAX)
            abort();
        fclose(file);
    }
}

/* The run as it was, with no other file in its folder. */
static void restore_run(void) {
    char path[SCRATCH_PATH], name[64];
    scratch_remove(scratch_path(path, "run"));
    mkdir(scratch_path(path, "run"), 0777);
    for (size_t i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "run/%s", names[i]);
        if (!scratch_write(name, files[i].bytes, files[i].size))
            abort();
    }
}

/* Applies the records to the checkpoint; returns its new size. */
static size_t change_checkpoint(uint8_t *bytes, const uint8_t *data, size_t size) {
    size_t length = files[0].size;
    memcpy(bytes, files[0].bytes, length);
    for (size_t i = 0; i < CHANGES_MAX && size >= 5; i++) {
        size_t at = (size_t)data[0] << 16 | (size_t)data[1] << 8 | data[2];
        at = at >= 1u << 23 ? length - (at - (1u << 23)) % (length + 1) : at % (length + 1);
        const size_t cut = data[3] < length - at ? data[3] : length - at;
        const size_t put = data[4] < size - 5 ? data[4] : size - 5;
        memmove(bytes + at + put, bytes + at + cut, length - at - cut);
        memcpy(bytes + at, data + 5, put);
        length += put - cut;
        data += 5 + put;
        size -= 5 + put;
    }
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t bytes[FILE_MAX + CHANGES_MAX * 256];
    char path[SCRATCH_PATH], name[64];
    rl_error error;
    if (!dataset)
        make_run();
    restore_run();
    const size_t which = size > 0 ? data[0] % NAMES : 0;
    snprintf(name, sizeof name, "run/%s", names[which]);
    if (which > 0)
        scratch_write(name, data + 1, size - 1);
    else if (size > 0)
        scratch_write(name, bytes, change_checkpoint(bytes, data + 1, size - 1));
    const rl_status status =
        rl_resume(scratch_path(path, "run"), dataset, 1, stop, NULL, NULL, &error);
    if (size == 0 && status != RL_STOPPED)
        abort();
    if (status != RL_OK)
        check_refusal(status, &error);
    if (access(scratch_path(path, "run/" RL_CHECKPOINT_FILE), R_OK) != 0)
        abort();
    return 0;
}
