/* Study files: parse; a refused one leaves nothing but a message of one line, an accepted one has
 * runs with names that are good for folders. */
#include "fuzz.h"

#include "study/design/file.h"

#include <stdlib.h>
#include <string.h>

static bool is_good_run(const rl_study *study, size_t index) {
    const rl_study_run *run = rl_study_run_at(study, index);
    const size_t length = strlen(run->name);
    return run->number == index + 1 && length <= 80 &&
           strspn(run->name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == length &&
           rl_study_run_config(study, index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rl_study *study;
    rl_error error;
    const rl_status status = rl_study_parse(&study, "input", data, size, NULL, &error);
    if (status != RL_OK) {
        if (study || error.code != status || !error.message[0] || strchr(error.message, '\n'))
            abort();
        return 0;
    }
    if (rl_study_run_count(study) == 0)
        abort();
    for (size_t i = 0; i < rl_study_run_count(study); i++)
        if (!is_good_run(study, i))
            abort();
    rl_study_free(study);
    return 0;
}
