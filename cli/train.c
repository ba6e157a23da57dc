/* reslab train: starts or resumes a run. */
#include "commands.h"

#include "interrupt.h"
#include "output.h"
#include "place.h"
#include "print.h"
#include "progress.h"
#include "skipped.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_flag flags[] = {
    {"config", "FILE",
     "Read options from a YAML file, such as a run's config.yaml; options on the "
     "command line override it, wherever they stand"},
    {"resume", "DIR",
     "Go on with the interrupted run in DIR, with its own options; --epochs gives it more"},
    {"quiet", NULL, "Print nothing but errors"},
    {0}};

static bool takes(const rl_option *option) {
    (void)option;
    return true;
}

static bool on_progress(const rl_progress *event, void *context) {
    progress_show(context, event);
    return interrupt_signal() == 0;
}

/* Gives the run in `directory` the epochs of option --epochs. */
static rl_status extend(const cli_arguments *arguments, const char *directory, rl_error *error) {
    rl_config *given = rl_config_create();
    const rl_status status = given ? arguments_apply(arguments, given, error) : RL_ERROR_MEMORY;
    const size_t epochs = status == RL_OK ? config_number(given, "epochs") : 0;
    rl_config_free(given);
    if (!given)
        snprintf(error->message, sizeof error->message, "out of memory");
    return status == RL_OK ? rl_extend(directory, epochs, error) : status;
}

/* The configuration of a new run, or of the one to resume. Returns an exit code, 0 when good. */
static int read_config(const cli_arguments *arguments, rl_config **config) {
    const char *resume = arguments_flag(arguments, "resume");
    const char *file = arguments_flag(arguments, "config");
    static const char *const with_resume[] = {"threads", "data", "epochs", NULL};
    const char *other = arguments_gives_other(arguments, with_resume);
    rl_error error;
    *config = NULL;
    if (resume && (other || file))
        return usage_error("option '--%s' cannot be used with '--resume': the run has its own",
                           file ? "config" : other);
    if (resume) {
        if (place_expect(resume, PLACE(RL_PATH_RUN), "the folder of a run") != EXIT_SUCCESS)
            return EXIT_FAILURE;
        if ((arguments_gives(arguments, "epochs") && extend(arguments, resume, &error) != RL_OK) ||
            rl_resume_check(resume, &error) != RL_OK ||
            rl_run_config(config, resume, &error) != RL_OK)
            return fail(&error);
    } else if (!(*config = rl_config_create())) {
        return fail_memory();
    }
    if ((file && rl_config_load(*config, file, &error) != RL_OK) ||
        arguments_apply(arguments, *config, &error) != RL_OK)
        return fail(&error);
    return 0;
}

/* How the training images make the steps of an epoch. Returns an exit code, 0 when good. */
static int print_steps(const rl_config *config, const rl_dataset *dataset) {
    rl_error error;
    rl_images_used used;
    if (rl_train_images(&used, config, dataset, &error) != RL_OK)
        return fail(&error);
    printf("steps  %zu an epoch of %zu images", used.steps_per_epoch, used.train);
    if (used.validation)
        printf(", %zu held out for validation", used.validation);
    if (used.test == 0)
        fputs(", none of the test images", stdout);
    if (used.left_over)
        printf("; the %zu left over are %s", used.left_over,
               strcmp(rl_config_get(config, "last-batch"), "drop") == 0
                   ? "left out (--last-batch drop)"
                   : "a smaller last step (--last-batch keep)");
    putchar('\n');
    output_flush();
    return 0;
}

/* Prints what is going to be trained, on what. Returns an exit code, 0 when good. */
static int print_header(const rl_config *config, const rl_dataset *dataset) {
    rl_error error;
    rl_summary *summary;
    char parameters[32], memory[32];
    size_t classes = rl_dataset_class_count(dataset);
    if (rl_summary_create(&summary, config, classes, &error) != RL_OK)
        return fail(&error);
    format_grouped(parameters, sizeof parameters, rl_summary_parameters(summary));
    format_bytes(memory, sizeof memory, rl_summary_training_bytes(summary));
    rl_summary_free(summary);

    printf("model  %s, width ", rl_config_get(config, "model"));
    printf("%s, ", rl_config_get(config, "width"));
    printf("%s: %s parameters, %s to train\n", rl_config_get(config, "activation"), parameters,
           memory);
    fputs("data   ", stdout);
    print_text(stdout, rl_config_get(config, "data"));
    printf(" (%s): %zu training and %zu test images, %zu classes\n",
           rl_dataset_format_name(dataset), rl_dataset_count(dataset, RL_SPLIT_TRAIN),
           rl_dataset_count(dataset, RL_SPLIT_TEST), classes);
    return print_steps(config, dataset);
}

static int report_stopped(const rl_result *result) {
    int number = interrupt_signal();
    print_error("stopped after epoch %zu, step %llu; go on with: reslab train --resume '%s'",
                result->epochs, (unsigned long long)result->steps, result->run_directory);
    return number ? 128 + number : EXIT_FAILURE;
}

static void print_result(const rl_result *result) {
    char time[32], memory[32];
    format_duration(time, sizeof time, result->seconds);
    format_bytes(memory, sizeof memory, result->peak_memory_bytes);
    if (result->ended[0])
        printf("\nended after epoch %zu: %s", result->epochs, result->ended);
    const bool tested = !isnan(result->test_accuracy);
    printf("\n%s accuracy %.2f%%, loss %.4f after %zu epochs in %s (%.1f img/s, %s of memory)\n",
           tested ? "test" : "validation",
           100 * (tested ? result->test_accuracy : result->validation_accuracy),
           tested ? result->test_loss : result->validation_loss, result->epochs, time,
           result->images_per_second, memory);
    if (result->best_epoch)
        printf("best validation accuracy %.2f%%, after epoch %zu\n",
               100 * result->best_validation_accuracy, result->best_epoch);
    fputs("written to ", stdout);
    print_text(stdout, result->run_directory);
    putchar('\n');
}

static int train(const cli_arguments *arguments, const rl_config *config,
                 const rl_dataset *dataset) {
    const char *resume = arguments_flag(arguments, "resume");
    bool quiet = arguments_flag(arguments, "quiet");
    int threads = arguments_gives(arguments, "threads") ? (int)config_number(config, "threads") : 0;
    rl_error error;
    rl_result result;
    progress_view progress;
    progress_begin(&progress, quiet);
    interrupt_catch();
    rl_status status =
        resume ? rl_resume(resume, dataset, threads, on_progress, &progress, &result, &error)
               : rl_train(config, dataset, on_progress, &progress, &result, &error);
    progress_end(&progress);
    if (status == RL_STOPPED)
        return report_stopped(&result);
    if (status != RL_OK)
        return fail(&error);
    if (!quiet)
        print_result(&result);
    return EXIT_SUCCESS;
}

static int run_train(const cli_arguments *arguments) {
    rl_config *config;
    rl_dataset *dataset = NULL;
    rl_error error;
    interrupt_outlive_reader();
    int code = read_config(arguments, &config);
    if (code == 0 && !arguments_flag(arguments, "resume") &&
        rl_train_check(config, &error) != RL_OK)
        code = fail(&error);
    if (arguments_flag(arguments, "quiet"))
        rl_set_notice_function(NULL, NULL);
    if (code == 0 && rl_dataset_open_config(&dataset, config, &error) != RL_OK)
        code = fail(&error);
    if (code == 0 && !arguments_flag(arguments, "quiet")) {
        print_skipped(dataset);
        code = print_header(config, dataset);
    }
    if (code == 0)
        code = train(arguments, config, dataset);
    rl_dataset_free(dataset);
    rl_config_free(config);
    return code;
}

const cli_command train_command = {
    .name = "train",
    .operands = "",
    .summary = "Train a model and record the run in a directory of its own",
    .notes =
        "Ctrl-C (SIGINT), SIGTERM or SIGHUP finishes the step, writes a checkpoint and says how\n"
        "to go on with --resume; a second signal ends at once. --resume takes only --threads, "
        "--quiet,\n"
        "--data where the data have moved (they must be the same; where they are no longer in\n"
        "their old place, the run's settings take the new one), and --epochs for more of them,\n"
        "also when the run was done. It ends with the same bits as a run that was never\n"
        "interrupted, or had those epochs from the start; where the schedule does not allow that,\n"
        "a warning says what differs.\n"
        "A run outlives the reader of its progress: when that goes away (| head), it is trained\n"
        "to its end without printing, and the exit code is 141.\n",
    .operands_minimum = 0,
    .operands_maximum = 0,
    .flags = flags,
    .takes = takes,
    .run = run_train,
};
