/* The files of a run's folder, as reports and comparisons read them: the first byte says which of
 * them the rest of the input is. The others are missing, as in a run that has just begun; so the
 * file of outcomes, which only a run that is done has, is read by itself. */
#include "scratch.h"

#include "base/memory.h"
#include "run/config.h"
#include "run/outcome.h"
#include "run/run_directory.h"

static const char *const names[] = {RL_ENVIRONMENT_FILE, RL_SUMMARY_FILE, RL_CLOCK_FILE,
                                    RL_CORRECT_FILE};
enum { NAMES = sizeof names / sizeof *names, OUTCOMES = NAMES - 1, IMAGES = 4 };

static rl_status read_outcomes(rl_error *error) {
    char path[SCRATCH_PATH];
    uint8_t *correct;
    const rl_status status = rl_correct_read(&correct, scratch_path(path, "run/" RL_CORRECT_FILE),
                                             2, IMAGES, 0.5, error);
    for (size_t i = 0; correct && i < IMAGES; i++)
        if (correct[i] > 1 || status != RL_OK)
            abort();
    rl_free(correct);
    return status;
}

static void make_run(void) {
    char path[SCRATCH_PATH];
    rl_error error;
    rl_config *config = rl_config_create();
    if (!config || mkdir(scratch_path(path, "run"), 0777) != 0 ||
        rl_config_set(config, "width", "1", &error) != RL_OK ||
        rl_config_save(config, scratch_path(path, "run/" RL_CONFIG_FILE), &error) != RL_OK)
        abort();
    rl_config_free(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[SCRATCH_PATH], name[64];
    rl_run_record *record;
    rl_error error;
    if (size == 0)
        return 0;
    if (!scratch_root[0])
        make_run();
    snprintf(name, sizeof name, "run/%s", names[data[0] % NAMES]);
    if (!scratch_write(name, data + 1, size - 1))
        abort();
    rl_status status = rl_run_record_read(&record, scratch_path(path, "run"), &error);
    if (status != RL_OK && record)
        abort();
    if (status == RL_OK && data[0] % NAMES == OUTCOMES)
        status = read_outcomes(&error);
    if (status != RL_OK)
        check_refusal(status, &error);
    rl_run_record_free(record);
    unlink(scratch_path(path, name));
    return 0;
}
