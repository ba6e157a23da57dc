/* reslab eval: the quality of a trained model on a data set. */
#include "commands.h"

#include "base/json.h"
#include "load_model.h"
#include "place.h"
#include "print.h"
#include "skipped.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const cli_flag flags[] = {
    {"split", "NAME", "Images to evaluate on: test or train (default test)"},
    {"json", NULL, "Print JSON"},
    {0}};

/* Options that are the run's where they are not given: which images, and how they are tested. */
static bool is_of_run(const rl_option *option) {
    return option_is_of_data(option) || strcmp(option->name, "mirror-test") == 0;
}

static bool takes(const rl_option *option) {
    return is_of_run(option) || option_describes_weights(option) ||
           strcmp(option->name, "limit-test") == 0 || strcmp(option->name, "threads") == 0;
}

static json_t *confusion_json(const rl_evaluation *evaluation) {
    json_t *rows = json_array();
    for (size_t i = 0; i < evaluation->class_count; i++) {
        json_t *row = json_array();
        for (size_t j = 0; j < evaluation->class_count; j++)
            rl_json_append(
                &row,
                json_integer((json_int_t)evaluation->confusion[i * evaluation->class_count + j]));
        rl_json_append(&rows, row);
    }
    return rows;
}

static json_t *numbers_json(const double *values, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        rl_json_append(&list, json_number(values[i]));
    return list;
}

static json_t *evaluation_json(const rl_model *model, const rl_evaluation *evaluation) {
    size_t count = evaluation->class_count;
    json_t *classes = json_array();
    for (size_t i = 0; i < count; i++)
        rl_json_append(&classes, json_text(rl_model_class_name(model, i)));
    return json_pack("{s:s, s:I, s:o, s:o, s:[oo], s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:i}", //
                     "model", rl_model_name(model),                                          //
                     "images", (json_int_t)evaluation->images,                               //
                     "loss", json_number(evaluation->loss),                                  //
                     "accuracy", json_number(evaluation->accuracy), "accuracy_interval",     //
                     json_number(evaluation->accuracy_low),                                  //
                     json_number(evaluation->accuracy_high),                                 //
                     "top5", json_number(evaluation->top5),                                  //
                     "mirror_test", (int)evaluation->mirrored,                               //
                     "classes", classes,                                                     //
                     "precision", numbers_json(evaluation->precision, count),                //
                     "recall", numbers_json(evaluation->recall, count),                      //
                     "confusion", confusion_json(evaluation),                                //
                     "seconds", json_number(evaluation->seconds), "threads", evaluation->threads);
}

static void print_share(double share) {
    if (isnan(share))
        printf("         -");
    else
        printf("   %6.2f%%", 100 * share);
}

static void print_class_table(const rl_model *model, const rl_evaluation *evaluation) {
    printf("\nclass                   precision    recall\n");
    for (size_t i = 0; i < evaluation->class_count; i++) {
        printf("%3zu ", i);
        print_padded(stdout, rl_model_class_name(model, i), 19);
        print_share(evaluation->precision[i]);
        print_share(evaluation->recall[i]);
        putchar('\n');
    }
}

/* Only where a row of it fits a line. */
static void print_confusion(const rl_model *model, const rl_evaluation *evaluation) {
    size_t count = evaluation->class_count;
    uint64_t largest = 0;
    for (size_t i = 0; i < count * count; i++)
        if (evaluation->confusion[i] > largest)
            largest = evaluation->confusion[i];
    int cell = snprintf(NULL, 0, "%llu", (unsigned long long)largest) + 1;
    cell = cell < 4 ? 4 : cell;
    size_t width = terminal_width(100);
    if (width < 24 || count > (width - 24) / (size_t)cell)
        return;
    printf("\nconfusion (rows: true class, columns: predicted)\n%24s", "");
    for (size_t j = 0; j < count; j++)
        printf("%*zu", cell, j);
    putchar('\n');
    for (size_t i = 0; i < count; i++) {
        printf("%3zu ", i);
        print_padded(stdout, rl_model_class_name(model, i), 20);
        for (size_t j = 0; j < count; j++)
            printf("%*llu", cell, (unsigned long long)evaluation->confusion[i * count + j]);
        putchar('\n');
    }
}

static int print_evaluation(const rl_model *model, const rl_evaluation *evaluation) {
    printf("model     %s\n", rl_model_name(model));
    printf("images    %zu in %.1f s on %d thread%s%s\n", evaluation->images, evaluation->seconds,
           evaluation->threads, evaluation->threads == 1 ? "" : "s",
           evaluation->mirrored ? ", averaged with their mirror images" : "");
    printf("loss      %.6f\n", evaluation->loss);
    printf("accuracy  %.2f%% (95%% interval %.2f%% to %.2f%%)\n", 100 * evaluation->accuracy,
           100 * evaluation->accuracy_low, 100 * evaluation->accuracy_high);
    if (isfinite(evaluation->top5))
        printf("top-5     %.2f%%\n", 100 * evaluation->top5);
    print_class_table(model, evaluation);
    print_confusion(model, evaluation);
    return EXIT_SUCCESS;
}

/* Sets the options that say which images are meant and how they are tested, where they are not on
 * the command line, to the run's. */
static rl_status take_run_options(const cli_arguments *arguments, const rl_config *run,
                                  rl_config *config, rl_error *error) {
    rl_status status = RL_OK;
    const rl_option *option;
    for (size_t i = 0; status == RL_OK && (option = rl_option_at(i)); i++)
        if (is_of_run(option) && !arguments_gives(arguments, option->name))
            status = rl_config_set(config, option->name, rl_config_get(run, option->name), error);
    return status;
}

static bool is_true(const rl_config *config, const char *option) {
    return strcmp(rl_config_get(config, option), "true") == 0;
}

/* Where the data are not on the command line, they are those of the run directory, if `path` is
 * one. Returns an exit code, 0 when good. */
static int choose_data(const cli_arguments *arguments, const char *path, rl_config *config) {
    rl_error error;
    struct stat information;
    if (arguments_apply(arguments, config, &error) != RL_OK)
        return fail(&error);
    if (stat(path, &information) != 0 || !S_ISDIR(information.st_mode)) {
        if (arguments_gives(arguments, "data"))
            return 0;
        return usage_error("option '--data' is needed, since '%s' is not a run directory", path);
    }
    rl_config *run;
    if (rl_run_config(&run, path, &error) != RL_OK)
        return fail(&error);
    const rl_status status = take_run_options(arguments, run, config, &error);
    rl_config_free(run);
    return status == RL_OK ? 0 : fail(&error);
}

static int evaluate(const cli_arguments *arguments, const char *path, const rl_config *config,
                    rl_split split) {
    rl_error error;
    rl_model *model = NULL;
    rl_dataset *dataset = NULL;
    rl_evaluation *evaluation = NULL;
    size_t limit = config_number(config, "limit-test");
    if (rl_model_check(path, &error) != RL_OK ||
        rl_dataset_open_config(&dataset, config, &error) != RL_OK)
        return fail(&error);
    print_skipped(dataset);
    int code = load_model_for(arguments, path, config, dataset, &model);
    if (code == EXIT_SUCCESS &&
        rl_model_set_mirror(model, is_true(config, "mirror-test"), &error) != RL_OK)
        code = fail(&error);
    if (code == EXIT_SUCCESS &&
        rl_evaluate(&evaluation, model, dataset, split, limit, &error) != RL_OK)
        code = fail_of(path, &error);
    if (evaluation)
        code = arguments_flag(arguments, "json") ? print_json(evaluation_json(model, evaluation))
                                                 : print_evaluation(model, evaluation);
    rl_evaluation_free(evaluation);
    rl_dataset_free(dataset);
    rl_model_free(model);
    return code;
}

static int run_eval(const cli_arguments *arguments) {
    const char *path = arguments_operand(arguments, 0);
    const char *name = arguments_flag(arguments, "split");
    rl_split split = name && strcmp(name, "train") == 0 ? RL_SPLIT_TRAIN : RL_SPLIT_TEST;
    if (name && split == RL_SPLIT_TEST && strcmp(name, "test") != 0)
        return usage_error("option '--split' is '%s'; expected test or train", name);
    if (place_expect_model(path) != EXIT_SUCCESS)
        return EXIT_FAILURE;
    rl_config *config = rl_config_create();
    if (!config)
        return fail_memory();
    int code = choose_data(arguments, path, config);
    if (code == 0)
        code = evaluate(arguments, path, config, split);
    rl_config_free(config);
    return code;
}

const cli_command eval_command = {
    .name = "eval",
    .operands = "RUN_OR_FILE",
    .summary = "Evaluate a trained model",
    .notes = "RUN_OR_FILE is a run directory, or a model.safetensors or checkpoint.safetensors\n"
             "file. Of a run directory, data, seed and mirror-test are the run's where they are\n"
             "not given; with a file, --data is needed. --limit-test limits either split.\n"
             "Weights that another program saved do not say what they are: --model,\n"
             "--activation and --normalize do then.\n",
    .operands_minimum = 1,
    .operands_maximum = 1,
    .flags = flags,
    .takes = takes,
    .run = run_eval,
};
