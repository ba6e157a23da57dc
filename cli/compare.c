/* reslab compare: the figures of runs side by side, and the options in which they differ. */
#include "commands.h"

#include "base/json.h"
#include "print.h"
#include "run_list.h"
#include "verdicts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_flag flags[] = {{"json", NULL, "Print JSON"}, {0}};

static const rl_epoch_row *last_epoch(const rl_run_record *record) {
    return record->epoch_count > 0 ? &record->epochs[record->epoch_count - 1] : NULL;
}

/* Where a run is kept is no difference. */
static bool differs(const run_list *runs, const rl_option *option) {
    bool other = false;
    for (size_t i = 1; i < runs->count && strcmp(option->name, "out") != 0; i++)
        /* Each configuration keeps the text of its last value. */
        other = other || strcmp(rl_config_get(runs->records[0]->config, option->name),
                                rl_config_get(runs->records[i]->config, option->name)) != 0;
    return other;
}

static json_t *run_json(const rl_run_record *record) {
    char objective[128];
    rl_objective(record->config, objective, sizeof objective);
    const rl_epoch_row *last = last_epoch(record);
    json_t *run =
        json_pack("{s:o, s:s, s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", //
                  "run", json_text(record->directory),                                      //
                  "state", rl_run_state_name(record->state),                                //
                  "epochs", (json_int_t)record->epoch_count,                                //
                  "objective", objective,                                                   //
                  "train_loss", json_number(last ? last->train_loss : NAN),                 //
                  "train_cross_entropy",
                  json_number(last ? last->train_cross_entropy : NAN), //
                  "train_accuracy", json_number(last ? last->train_accuracy : NAN), "test_loss",
                  json_number(last ? last->test_loss : NAN), //
                  "test_accuracy", json_number(last ? last->test_accuracy : NAN), "seconds",
                  json_number(record->seconds),                                //
                  "images_per_second", json_number(record->images_per_second), //
                  "peak_memory_bytes", (json_int_t)record->peak_memory_bytes,  //
                  "parameters", (json_int_t)record->parameters,                //
                  "macs", (json_int_t)record->macs);
    if (record->reason)
        rl_json_set(&run, "reason", json_text(record->reason));
    return run;
}

/* {"activation": ["relu", "gelu"]}: a value for each run, as text. */
static json_t *differences_json(const run_list *runs) {
    json_t *differences = json_object();
    const rl_option *option;
    for (size_t i = 0; (option = rl_option_at(i)); i++) {
        if (!differs(runs, option))
            continue;
        json_t *values = json_array();
        for (size_t j = 0; j < runs->count; j++)
            rl_json_append(&values,
                           json_text(rl_config_get(runs->records[j]->config, option->name)));
        rl_json_set(&differences, option->name, values);
    }
    return differences;
}

static int print_comparison_json(const run_list *runs) {
    json_t *list = json_array(), *pairs;
    const int code = verdicts_json(runs, &pairs);
    for (size_t i = 0; i < runs->count; i++)
        rl_json_append(&list, run_json(runs->records[i]));
    json_t *all = json_pack("{s:o, s:o, s:o}", "runs", list, "differences", differences_json(runs),
                            "pairs", pairs);
    if (code == 0)
        return print_json(all);
    json_decref(all);
    return code;
}

/* A figure right-aligned in its column, empty where there is none. Losses on the way to infinity
 * need another form; at their end they are words. */
static void print_number(int width, int decimals, double value, const char *unit) {
    if (isfinite(value) && fabs(value) >= 1e5)
        printf("  %*.2e%s", width - (int)strlen(unit), value, unit);
    else if (isfinite(value))
        printf("  %*.*f%s", width - (int)strlen(unit), decimals, value, unit);
    else
        printf("  %*s", width, isinf(value) ? (value > 0 ? "inf" : "-inf") : "");
}

/* A figure of an epoch: it was measured, so that what is not a number is said to be none. */
static void print_figure(int width, int decimals, const rl_epoch_row *row, double value,
                         const char *unit) {
    if (row && isnan(value))
        printf("  %*s", width, "nan");
    else
        print_number(width, decimals, row ? value : NAN, unit);
}

static size_t widest_directory(const run_list *runs) {
    size_t width = 3;
    for (size_t i = 0; i < runs->count; i++) {
        const size_t length = strlen(runs->records[i]->directory);
        width = length > width ? length : width;
    }
    return width;
}

static void print_figures(const run_list *runs, size_t width) {
    print_padded(stdout, "run", width);
    printf("  %-11s  %6s  %9s  %9s  %9s  %10s  %9s  %8s  %8s  %12s  %8s\n", "state", "epochs",
           "test acc", "test loss", "train acc", "train loss", "train CE", "time", "img/s",
           "parameters", "MACs (M)");
    for (size_t i = 0; i < runs->count; i++) {
        const rl_run_record *record = runs->records[i];
        const rl_epoch_row *last = last_epoch(record);
        char time[32], parameters[32];
        format_duration(time, sizeof time, record->seconds);
        format_grouped(parameters, sizeof parameters, record->parameters);
        print_padded(stdout, record->directory, width);
        printf("  %-11s  %6zu", rl_run_state_name(record->state), record->epoch_count);
        print_figure(9, 2, last, last ? 100 * last->test_accuracy : NAN, "%");
        print_figure(9, 4, last, last ? last->test_loss : NAN, "");
        print_figure(9, 2, last, last ? 100 * last->train_accuracy : NAN, "%");
        print_figure(10, 4, last, last ? last->train_loss : NAN, "");
        print_number(9, 4, last ? last->train_cross_entropy : NAN, "");
        printf("  %8s", time);
        print_number(8, 1, record->images_per_second, "");
        printf("  %12s", record->parameters ? parameters : "");
        print_number(8, 2, record->macs ? (double)record->macs / 1e6 : NAN, "");
        putchar('\n');
    }
}

/* Characters of the widest value of an option, its name included. */
static size_t column_width(const run_list *runs, const char *option) {
    size_t width = strlen(option);
    for (size_t i = 0; i < runs->count; i++) {
        const size_t length = strlen(rl_config_get(runs->records[i]->config, option));
        width = length > width ? length : width;
    }
    return width;
}

/* A column for each option that differs; the heading when `record` is NULL. */
static void print_options(const run_list *runs, const rl_run_record *record, size_t width) {
    const rl_option *option;
    print_padded(stdout, record ? record->directory : "run", width);
    for (size_t i = 0; (option = rl_option_at(i)); i++)
        if (differs(runs, option)) {
            fputs("  ", stdout);
            print_padded(stdout,
                         record ? rl_config_get(record->config, option->name) : option->name,
                         column_width(runs, option->name));
        }
    putchar('\n');
}

static void print_differences(const run_list *runs, size_t width) {
    const rl_option *option;
    bool any = false;
    for (size_t i = 0; (option = rl_option_at(i)); i++)
        any = any || differs(runs, option);
    putchar('\n');
    if (!any && runs->count > 1)
        puts("no option differs");
    if (!any)
        return;
    print_options(runs, NULL, width);
    for (size_t i = 0; i < runs->count; i++)
        print_options(runs, runs->records[i], width);
}

/* What of the figures of training cannot be compared. */
static void print_caution(const run_list *runs) {
    char first[128], other[128];
    bool same_objective = true, same_images = true;
    rl_objective(runs->records[0]->config, first, sizeof first);
    for (size_t i = 1; i < runs->count; i++) {
        rl_objective(runs->records[i]->config, other, sizeof other);
        same_objective = same_objective && strcmp(first, other) == 0;
        same_images = same_images &&
                      rl_same_training_images(runs->records[0]->config, runs->records[i]->config);
    }
    if (same_objective && same_images)
        return;
    putchar('\n');
    if (!same_objective)
        puts("train loss is what each run lowers, and these lower different losses: not to be "
             "compared");
    puts(same_images
             ? "train CE is the cross-entropy of the training images without label smoothing"
             : "train acc, train loss and train CE are of different training images: not to "
               "be compared");
}

static int run_compare(const cli_arguments *arguments) {
    run_list runs;
    int code = run_list_read(arguments, &runs);
    if (code == 0 && arguments_flag(arguments, "json")) {
        code = print_comparison_json(&runs);
    } else if (code == 0) {
        const size_t width = widest_directory(&runs);
        print_figures(&runs, width);
        print_caution(&runs);
        print_differences(&runs, width);
        code = print_verdicts(&runs);
    }
    const int reading = runs.code;
    run_list_free(&runs);
    return code ? code : reading;
}

const cli_command compare_command = {
    .name = "compare",
    .operands = "RUN...",
    .summary = "Show the figures of runs and the options in which they differ",
    .notes =
        "A RUN is a run directory, or the folder of a study, which stands for its runs. "
        "Figures are those after the last completed epoch; MACs are\n"
        "multiply-adds an image. Runs that differ in nothing but their seed are one setting; of "
        "two settings with 3 seeds in common or more,\nthe interval of the difference in test "
        "accuracy says whether one is better here (docs/method.md).\n",
    .operands_minimum = 1,
    .operands_maximum = SIZE_MAX,
    .flags = flags,
    .run = run_compare,
};
