/* reslab study run: does the runs of a study that are not done yet. */
#include "commands.h"

#include "base/text.h"
#include "interrupt.h"
#include "output.h"
#include "print.h"
#include "study.h"
#include "study_progress.h"

#include <stdlib.h>

#define TASK_VARIABLE "SLURM_ARRAY_TASK_ID"

static const cli_flag flags[] = {
    {"out", "DIR", "The study's folder (default: runs/ and the study's name)"},
    {"index", "K", "Do only run K; 'reslab study list' numbers them (default: $" TASK_VARIABLE ")"},
    {"alone", NULL, "No other process works on the study: do without locks where there are none"},
    {"quiet", NULL, "Print nothing but errors"},
    {0}};

/* --index, or the task of a job array; 0 for all runs. Returns an exit code, 0 when good. */
static int read_index(const cli_arguments *arguments, const rl_study *study, uint64_t *index) {
    const uint64_t count = rl_study_run_count(study);
    const char *task = getenv(TASK_VARIABLE);
    *index = 0;
    if (arguments_flag(arguments, "index"))
        return arguments_number(arguments, "index", 0, 1, count, index) ? 0 : EXIT_USAGE;
    if (!task || !task[0])
        return 0;
    if (rl_text_to_u64(task, index) && *index >= 1 && *index <= count)
        return 0;
    return usage_error(TASK_VARIABLE " is '%s'; expected the number of a run, 1 to %llu", task,
                       (unsigned long long)count);
}

static void print_count(size_t count, const char *state) {
    if (count > 0)
        printf(", %zu %s", count, state);
}

static int print_header(const rl_study *study, const char *folder) {
    rl_error error;
    rl_study_state *state;
    if (rl_study_state_read(&state, study, folder, &error) != RL_OK)
        return fail(&error);
    fputs("study  ", stdout);
    print_text(stdout, rl_study_name(study));
    printf(": %zu runs", state->count);
    print_count(state->done, "done");
    print_count(state->diverged, "diverged");
    print_count(state->interrupted, "interrupted");
    print_count(state->failed, "failed");
    print_count(state->running, "running elsewhere");
    fputs("\nfolder ", stdout);
    print_text(stdout, folder);
    fputs("\n\n", stdout);
    output_flush();
    rl_study_state_free(state);
    return 0;
}

static bool on_progress(const rl_study_progress *progress, void *context) {
    study_progress_show(context, progress);
    return interrupt_signal() == 0;
}

static int report_stopped(const cli_arguments *arguments, const char *folder) {
    const int number = interrupt_signal();
    print_error("stopped; everything is saved, go on with: reslab study run '%s' --out '%s'",
                arguments_operand(arguments, 0), folder);
    return number ? 128 + number : EXIT_FAILURE;
}

static void print_end(const rl_study *study, const char *folder) {
    rl_study_state *state;
    if (rl_study_state_read(&state, study, folder, NULL) != RL_OK)
        return;
    printf("\n%zu of %zu runs done", state->done, state->count);
    print_count(state->diverged, "diverged");
    print_count(state->failed, "failed");
    print_count(state->running, "running elsewhere");
    print_count(state->waiting + state->interrupted, "left");
    fputs("\nwritten to ", stdout);
    print_text(stdout, folder);
    putchar('\n');
    rl_study_state_free(state);
}

static bool go_on(void *context) {
    (void)context;
    return interrupt_signal() == 0;
}

/* Before the first run: what all of it will take. Where that cannot be told, training says why. */
static void tell_price(const rl_study *study, const char *folder) {
    char path[STUDY_PATH_SIZE + 16], time[32];
    rl_study_price *price;
    snprintf(path, sizeof path, "%s/study.yaml", folder);
    if (rl_path_look(path) != RL_PATH_MISSING ||
        rl_study_price_measure(&price, study, go_on, NULL, NULL) != RL_OK)
        return;
    format_duration(time, sizeof time, price->seconds);
    printf("takes  about %s on this machine, by some steps of each of %zu configurations\n\n", time,
           price->configurations);
    output_flush();
    (void)rl_study_price_save(price, folder, NULL); /* training says what is wrong there */
    rl_study_price_free(price);
}

static int train(const cli_arguments *arguments, rl_study *study, const char *folder,
                 uint64_t index) {
    const bool quiet = arguments_flag(arguments, "quiet");
    rl_error error;
    study_view view;
    if (quiet)
        rl_set_notice_function(NULL, NULL);
    const int code = quiet ? 0 : print_header(study, folder);
    if (code)
        return code;
    if (rl_study_check(study, folder, &error) != RL_OK)
        return fail(&error);
    interrupt_catch();
    if (!quiet && index == 0)
        tell_price(study, folder);
    study_progress_begin(&view, study, folder, quiet);
    const rl_status status = rl_study_train(study, folder, index, on_progress, &view, &error);
    study_progress_end(&view);
    if (status == RL_STOPPED)
        return report_stopped(arguments, folder);
    if (status != RL_OK && view.failed > 1)
        print_error("%zu runs failed; the first: %s", view.failed, error.message);
    else if (status != RL_OK)
        return fail(&error);
    if (!quiet)
        print_end(study, folder);
    return status == RL_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Before anything is shown: runs that are done there have their names. */
static int adopt(rl_study *study, const char *folder) {
    rl_error error;
    return rl_study_adopt(study, folder, &error) == RL_OK ? 0 : fail(&error);
}

static int run_study(const cli_arguments *arguments) {
    rl_study *study;
    char folder[STUDY_PATH_SIZE];
    uint64_t index;
    interrupt_outlive_reader();
    int code = study_open(arguments, &study);
    if (code == 0)
        code = study_folder(arguments, study, folder);
    if (code == 0)
        code = adopt(study, folder);
    if (code == 0)
        code = read_index(arguments, study, &index);
    if (code == 0 && arguments_flag(arguments, "alone"))
        rl_study_work_alone(study);
    if (code == 0)
        code = train(arguments, study, folder, index);
    rl_study_free(study);
    return code;
}

const cli_command study_run_command = {
    .name = "study run",
    .operands = "FILE",
    .summary = "Do the runs of a study, or go on with them",
    .notes =
        "Runs that are done or have diverged stay as they are; an interrupted one goes on from "
        "its\n"
        "checkpoint, a failed one is tried again. Several processes may share a folder, also over\n"
        "a network file system that passes file locks on: none does what another one has begun.\n"
        "Ctrl-C (SIGINT), SIGTERM or SIGHUP finishes the step and saves; the same command goes "
        "on.\n"
        "Options override the study's shared settings, but not what its groups vary.\n"
        "A study outlives the reader of its progress: when that goes away (| head), it is done\n"
        "to its end without printing, and the exit code is 141.\n",
    .operands_minimum = 1,
    .operands_maximum = 1,
    .flags = flags,
    .takes = study_takes,
    .run = run_study,
};
