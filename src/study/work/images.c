/* Opens, draws and checks the images of a study. */
#include "study/work/images.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/sheet.h"
#include "run/config.h"
#include "run/run_directory.h"

#include <string.h>

/* Runs share the data unless they name other ones; only the built-in set is drawn from the seed. */
rl_status rl_study_images_open(rl_study_images *images, const rl_config *config, rl_error *error) {
    rl_dataset_request wanted, opened;
    rl_config_dataset(config, &wanted);
    if (images->dataset) {
        rl_config_dataset(images->config, &opened);
        if (rl_dataset_serves(images->dataset, &opened, &wanted))
            return RL_OK;
    }
    rl_study_images_close(images);
    images->config = rl_config_copy(config);
    const rl_status status = images->config ? rl_dataset_read(&images->dataset, &wanted, error)
                                            : rl_fail_memory(error, "a study");
    images->missing = status != RL_OK;
    return status;
}

rl_status rl_study_images_draw(const rl_study_images *images, const char *out, rl_error *error) {
    char path[RL_PATH_SIZE];
    const rl_status status = rl_path_join(path, sizeof path, out, "samples.png", error);
    if (status != RL_OK || !images->dataset || rl_file_exists(path))
        return status;
    const rl_sheet sheet = {.columns = RL_SHEET_COLUMNS, .rows = RL_SHEET_ROWS};
    return rl_sheet_write(images->dataset, &sheet, path, error);
}

rl_status rl_study_images_check(const rl_study_images *images, const rl_study *study, size_t index,
                                const rl_run_standing *standings, rl_error *error) {
    rl_dataset_request opened, other;
    rl_config_dataset(study->runs[index].config, &opened);
    for (size_t i = 0; i < study->run_count; i++) {
        const char *fingerprint = standings[i].fingerprint;
        rl_config_dataset(study->runs[i].config, &other);
        if (fingerprint[0] && rl_dataset_serves(images->dataset, &opened, &other) &&
            strcmp(fingerprint, rl_dataset_fingerprint(images->dataset)) != 0)
            return rl_fail(error, RL_ERROR_MISMATCH,
                           "data '%s': run %s of this study was made on other data (fingerprint "
                           "%.16s..., expected %.16s...)",
                           opened.data, study->runs[i].info.name,
                           rl_dataset_fingerprint(images->dataset), fingerprint);
    }
    return RL_OK;
}

void rl_study_images_close(rl_study_images *images) {
    rl_dataset_free(images->dataset);
    rl_config_free(images->config);
    images->dataset = NULL;
    images->config = NULL;
}
