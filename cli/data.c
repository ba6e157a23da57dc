/* reslab data info: what is in a data set. */
#include "commands.h"

#include "base/json.h"
#include "print.h"
#include "skipped.h"

#include <stdlib.h>
#include <string.h>

static const cli_flag flags[] = {{"json", NULL, "Print JSON"}, {0}};

static bool takes(const rl_option *option) {
    return option_is_of_data(option) && strcmp(option->name, "data") != 0;
}

static json_t *skipped_json(const rl_dataset *dataset) {
    json_t *list = json_array();
    for (size_t i = 0; i < rl_dataset_skipped_count(dataset); i++)
        rl_json_append(&list, json_text(rl_dataset_skipped(dataset, i)));
    return list;
}

static json_t *unread_json(const rl_dataset *dataset) {
    json_t *list = json_array();
    const rl_unread *unread;
    for (size_t i = 0; (unread = rl_dataset_unread(dataset, i)); i++)
        rl_json_append(&list,
                       json_pack("{s:s, s:I, s:I, s:o}", "kind", unread->kind, "count",
                                 (json_int_t)unread->count, "images", (json_int_t)unread->images,
                                 "example", json_text(unread->example)));
    return list;
}

static json_t *notes_json(const rl_dataset *dataset) {
    json_t *list = json_array();
    const char *note;
    for (size_t i = 0; (note = rl_dataset_note(dataset, i)); i++)
        rl_json_append(&list, json_text(note));
    return list;
}

static json_t *info_json(const char *path, const rl_dataset *dataset) {
    float mean[3], deviation[3];
    rl_dataset_statistics(dataset, mean, deviation);
    json_t *classes = json_array();
    for (size_t i = 0; i < rl_dataset_class_count(dataset); i++)
        rl_json_append(&classes, json_text(rl_dataset_class_name(dataset, i)));
    return json_pack("{s:o, s:s, s:I, s:I, s:o, s:[fff], s:[fff], s:s, s:o, s:o, s:o}",  //
                     "path", json_text(path), "format", rl_dataset_format_name(dataset), //
                     "train", (json_int_t)rl_dataset_count(dataset, RL_SPLIT_TRAIN),     //
                     "test", (json_int_t)rl_dataset_count(dataset, RL_SPLIT_TEST),       //
                     "classes", classes, "mean", mean[0], mean[1], mean[2],              //
                     "deviation", deviation[0], deviation[1], deviation[2],              //
                     "fingerprint", rl_dataset_fingerprint(dataset), "skipped",
                     skipped_json(dataset), "unread", unread_json(dataset), "notes",
                     notes_json(dataset));
}

/* Images of each class in a split; NULL when there is no memory. */
static size_t *count_labels(const rl_dataset *dataset, rl_split split) {
    size_t *counts = calloc(rl_dataset_class_count(dataset), sizeof *counts);
    for (size_t i = 0, label; counts && i < rl_dataset_count(dataset, split); i++)
        if (rl_dataset_image(dataset, split, i, &label))
            counts[label]++;
    return counts;
}

static int print_classes(const rl_dataset *dataset) {
    size_t *train = count_labels(dataset, RL_SPLIT_TRAIN);
    size_t *test = count_labels(dataset, RL_SPLIT_TEST);
    int code = EXIT_SUCCESS;
    if (!train || !test) {
        code = fail_memory();
    } else {
        printf("\nclass                      train     test\n");
        for (size_t i = 0; i < rl_dataset_class_count(dataset); i++) {
            printf("%3zu ", i);
            print_padded(stdout, rl_dataset_class_name(dataset, i), 20);
            printf(" %7zu  %7zu\n", train[i], test[i]);
        }
    }
    free(train);
    free(test);
    return code;
}

/* "20 .gif, 2 .txt"; nothing where all was read. */
static void print_unread(const rl_dataset *dataset) {
    const rl_unread *unread;
    for (size_t i = 0; (unread = rl_dataset_unread(dataset, i)); i++) {
        printf("%s%zu ", i ? ", " : "not read     ", unread->count);
        print_text(stdout, unread->kind);
    }
    if (rl_dataset_unread(dataset, 0))
        putchar('\n');
}

static int print_info(const char *path, const rl_dataset *dataset) {
    float mean[3], deviation[3];
    rl_dataset_statistics(dataset, mean, deviation);
    printf("path         ");
    print_text(stdout, path);
    printf("\nformat       %s\n", rl_dataset_format_name(dataset));
    printf("images       %zu train, %zu test\n", rl_dataset_count(dataset, RL_SPLIT_TRAIN),
           rl_dataset_count(dataset, RL_SPLIT_TEST));
    printf("classes      %zu\n", rl_dataset_class_count(dataset));
    printf("mean         %.6f %.6f %.6f\n", (double)mean[0], (double)mean[1], (double)mean[2]);
    printf("deviation    %.6f %.6f %.6f\n", (double)deviation[0], (double)deviation[1],
           (double)deviation[2]);
    printf("fingerprint  %s\n", rl_dataset_fingerprint(dataset));
    print_unread(dataset);
    return print_classes(dataset);
}

static int run_data_info(const cli_arguments *arguments) {
    const char *path = arguments_operand(arguments, 0);
    rl_error error;
    rl_dataset *dataset = NULL;
    rl_config *config = rl_config_create();
    int code;
    if (!config)
        return fail_memory();
    if (arguments_apply(arguments, config, &error) != RL_OK ||
        rl_config_set(config, "data", path, &error) != RL_OK ||
        rl_dataset_open_config(&dataset, config, &error) != RL_OK) {
        code = fail(&error);
    } else {
        print_skipped(dataset);
        code = arguments_flag(arguments, "json") ? print_json(info_json(path, dataset))
                                                 : print_info(path, dataset);
    }
    rl_dataset_free(dataset);
    rl_config_free(config);
    return code;
}

const cli_command data_info_command = {
    .name = "data info",
    .operands = "PATH",
    .summary = "Print the format, sizes, classes and statistics of a data set",
    .notes =
        "PATH is a folder in CIFAR-10 or CIFAR-100 binary layout, a folder of IDX files as "
        "MNIST's\n"
        "are (plain or .gz; grey becomes RGB, and images smaller than 32x32 are centred on "
        "black),\n"
        "a folder with train/ and test/ image folders (in place of test/ also val/, valid/ or\n"
        "validation/), the word 'shapes' for the built-in data set, which is drawn from the seed,\n"
        "or the name of a set that is looked for in\n"
        "$RESLAB_DATA and ~/.cache/reslab: cifar10, cifar100, fashion-mnist or mnist. In the\n"
        "folder of IDX files, classes.txt may name the classes, a line each.\n",
    .operands_minimum = 1,
    .operands_maximum = 1,
    .lists_image_names = true,
    .flags = flags,
    .takes = takes,
    .run = run_data_info,
};
