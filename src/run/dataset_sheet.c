/* The contact sheet of a data set as the public interface has it: checks what is asked for, and
 * takes augmentation and seed from a configuration. The drawing is data/sheet.c's. */
#include "base/error.h"
#include "data/sheet.h"
#include "run/config.h"

#include <string.h>
#include <strings.h>

#define SIDE_MAX 1000 /* columns and rows: 34,000 pixels, far more than anyone looks at */

rl_status rl_dataset_sheet_check(const rl_sheet_options *options, const char *path,
                                 rl_error *error) {
    const char *end = strrchr(path, '.');
    if (!end || strcasecmp(end, ".png") != 0)
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "%s: a contact sheet is a PNG picture, expected a name that ends in .png",
                       path);
    if (options->columns > SIDE_MAX || options->rows > SIDE_MAX)
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "a contact sheet of %zu columns and %zu rows, expected at most %d of each",
                       options->columns, options->rows, SIDE_MAX);
    if (options->augmented && options->split != RL_SPLIT_TRAIN)
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "test images are never augmented, expected the training images");
    return rl_output_check(path, error);
}

rl_status rl_dataset_sheet(const rl_dataset *dataset, const rl_config *config,
                           const rl_sheet_options *options, const char *path, rl_error *error) {
    rl_normalization normalization;
    rl_status status = rl_dataset_sheet_check(options, path, error);
    if (status == RL_OK)
        status = rl_normalization_find(&normalization, config->normalize, dataset, error);
    if (status != RL_OK)
        return status;
    rl_augment_options augment;
    rl_config_augmentation(config, &augment);
    rl_augment_set_mean(&augment, &normalization);
    const rl_sheet sheet = {.split = options->split,
                            .columns = options->columns ? options->columns : RL_SHEET_COLUMNS,
                            .rows = options->rows ? options->rows : RL_SHEET_ROWS,
                            .augment = options->augmented ? &augment : NULL,
                            .seed = config->seed};
    return rl_sheet_write(dataset, &sheet, path, error);
}
