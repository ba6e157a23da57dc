/* reslab data sheet: a data set to look at. */
#include "commands.h"

#include "print.h"
#include "skipped.h"

#include <stdlib.h>
#include <string.h>

static const cli_flag flags[] = {
    {"output", "FILE", "Where to write the sheet: a name that ends in .png"},
    {"split", "NAME", "Images to show: train or test (default train)"},
    {"columns", "N", "Images of each class (1 to 1000; default 10)"},
    {"rows", "N", "Classes, from the first on (1 to 1000; default 10)"},
    {"augmented", NULL,
     "Show the first training image of each class as it looks in the first epoch, in the second, "
     "and so on, with the options and the seed of a training run"},
    {0}};

/* The options that say which images there are, and what becomes of each from epoch to epoch; not
 * those that say how many are trained on, in which order, scale and pairs. */
static bool takes(const rl_option *option) {
    static const char *const others[] = {"data",       "normalize", "limit-train",
                                         "limit-test", "shuffle",   "mixup"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(option->name, others[i]) == 0)
            return false;
    return option_is_of_data(option) || strcmp(option->group, "Data") == 0;
}

/* Returns an exit code, 0 when good. */
static int read_options(const cli_arguments *arguments, rl_sheet_options *options) {
    const char *split = arguments_flag(arguments, "split");
    uint64_t columns, rows;
    if (split && strcmp(split, "train") != 0 && strcmp(split, "test") != 0)
        return usage_error("option '--split' is '%s'; expected train or test", split);
    if (!arguments_number(arguments, "columns", 10, 1, 1000, &columns) ||
        !arguments_number(arguments, "rows", 10, 1, 1000, &rows))
        return EXIT_USAGE;
    *options = (rl_sheet_options){.split = split && strcmp(split, "test") == 0 ? RL_SPLIT_TEST
                                                                               : RL_SPLIT_TRAIN,
                                  .columns = columns,
                                  .rows = rows,
                                  .augmented = arguments_flag(arguments, "augmented")};
    return 0;
}

/* There is no text on the sheet, so the rows are named here. */
static void print_rows(const rl_dataset *dataset, size_t rows, const char *path) {
    const size_t classes = rl_dataset_class_count(dataset);
    const size_t shown = rows < classes ? rows : classes;
    printf("row  class\n");
    for (size_t i = 0; i < shown; i++) {
        printf("%3zu  ", i + 1);
        print_text(stdout, rl_dataset_class_name(dataset, i));
        putchar('\n');
    }
    if (shown < classes)
        printf("     %zu more; --rows shows them\n", classes - shown);
    fputs("written to ", stdout);
    print_text(stdout, path);
    putchar('\n');
}

static int write_sheet(const cli_arguments *arguments, rl_config *config,
                       const rl_sheet_options *options, const char *path) {
    rl_error error;
    rl_dataset *dataset = NULL;
    rl_status status = rl_dataset_sheet_check(options, path, &error);
    if (status == RL_OK)
        status = arguments_apply(arguments, config, &error);
    if (status == RL_OK)
        status = rl_config_set(config, "data", arguments_operand(arguments, 0), &error);
    if (status == RL_OK)
        status = rl_dataset_open_config(&dataset, config, &error);
    if (status == RL_OK)
        print_skipped(dataset);
    if (status == RL_OK)
        status = rl_dataset_sheet(dataset, config, options, path, &error);
    if (status == RL_OK)
        print_rows(dataset, options->rows, path);
    rl_dataset_free(dataset);
    return status == RL_OK ? EXIT_SUCCESS : fail(&error);
}

static int run(const cli_arguments *arguments) {
    rl_sheet_options options;
    const char *path = arguments_flag(arguments, "output");
    if (!path)
        return usage_error("--output is missing: the file to write, .png");
    int code = read_options(arguments, &options);
    rl_config *config = code == 0 ? rl_config_create() : NULL;
    if (code == 0)
        code = config ? write_sheet(arguments, config, &options, path) : fail_memory();
    rl_config_free(config);
    return code;
}

const cli_command data_sheet_command = {
    .name = "data sheet",
    .operands = "PATH",
    .summary = "Draw the images of a data set, a row for each class, as a picture",
    .notes =
        "PATH is what 'reslab train --data' takes. The images are those that the network gets:\n"
        "32x32, upright, cropped. -o is short for --output.\n",
    .operands_minimum = 1,
    .operands_maximum = 1,
    .lists_image_names = true,
    .flags = flags,
    .takes = takes,
    .run = run,
};
