/* reslab study status: where the runs of a study stand. */
#include "commands.h"

#include "base/json.h"
#include "place.h"
#include "print.h"
#include "study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const cli_flag flags[] = {
    {"out", "DIR", "The study's folder, for a study's file (default: runs/ and the study's name)"},
    {"json", NULL, "Print JSON"},
    {0}};

static json_t *status_json(const rl_study *study, const char *folder, const rl_study_state *state) {
    json_t *runs = json_array();
    for (size_t i = 0; i < state->count; i++) {
        const rl_study_run *run = rl_study_run_at(study, i);
        rl_json_append(&runs, json_pack("{s:I, s:o, s:s, s:o, s:o}", "number",
                                        (json_int_t)run->number, "name", json_text(run->name),
                                        "state", rl_run_state_name(state->states[i]),
                                        "test_accuracy", json_number(state->accuracies[i]),
                                        "groups", json_text(run->groups)));
    }
    return json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", //
                     "study", json_text(rl_study_name(study)),                  //
                     "folder", json_text(folder),                               //
                     "runs", (json_int_t)state->count,                          //
                     "waiting", (json_int_t)state->waiting,                     //
                     "interrupted", (json_int_t)state->interrupted,             //
                     "running", (json_int_t)state->running,                     //
                     "done", (json_int_t)state->done,                           //
                     "diverged", (json_int_t)state->diverged,                   //
                     "failed", (json_int_t)state->failed,                       //
                     "seconds_left", json_number(state->seconds_left), "table", runs);
}

static void print_run(const rl_study_run *run, rl_run_state state, double accuracy, size_t width) {
    printf("%6zu  ", run->number);
    print_padded(stdout, run->name, width);
    printf("  %-11s", rl_run_state_name(state));
    if (isfinite(accuracy))
        printf("  %7.2f%%  ", 100 * accuracy);
    else
        printf("  %8s  ", "");
    print_text(stdout, run->groups);
    putchar('\n');
}

static void print_counts(const rl_study_state *state) {
    const struct {
        size_t count;
        rl_run_state state;
    } counts[] = {{state->done, RL_RUN_DONE},       {state->diverged, RL_RUN_DIVERGED},
                  {state->running, RL_RUN_RUNNING}, {state->interrupted, RL_RUN_INTERRUPTED},
                  {state->failed, RL_RUN_FAILED},   {state->waiting, RL_RUN_WAITING}};
    printf("\n%zu runs", state->count);
    const char *separator = ": ";
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].count > 0) {
            printf("%s%zu %s", separator, counts[i].count, rl_run_state_name(counts[i].state));
            separator = ", ";
        }
    putchar('\n');
}

static int print_status(const rl_study *study, const char *folder, const rl_study_state *state) {
    size_t width = 4;
    for (size_t i = 0; i < state->count; i++) {
        const size_t length = strlen(rl_study_run_at(study, i)->name);
        width = length > width ? length : width;
    }
    fputs("study  ", stdout);
    print_text(stdout, rl_study_name(study));
    fputs("\nfolder ", stdout);
    print_text(stdout, folder);
    fputs("\n\n", stdout);
    printf("%6s  %-*s  %-11s  %8s  groups\n", "run", (int)width, "name", "state", "accuracy");
    for (size_t i = 0; i < state->count; i++)
        print_run(rl_study_run_at(study, i), state->states[i], state->accuracies[i], width);
    print_counts(state);
    if (state->done + state->diverged < state->count) {
        char left[32];
        format_duration(left, sizeof left, state->seconds_left);
        if (isfinite(state->seconds_left))
            printf("about %s to go, one run after another\n", left);
        else
            printf("the time to go is not known before a run is done\n");
    }
    return EXIT_SUCCESS;
}

static bool is_folder(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* The study in the folder, as it is run there. */
static int open_in_folder(const char *folder, rl_study **study) {
    char path[STUDY_PATH_SIZE + 16];
    rl_error error;
    snprintf(path, sizeof path, "%s/study.yaml", folder);
    return rl_study_open(study, path, &error) == RL_OK ? 0 : fail(&error);
}

/* The operand is a study's folder or its file. With a file, what the study's folder holds is what
 * counts: it was run with its overrides. */
static int open_study(const cli_arguments *arguments, rl_study **study,
                      char folder[STUDY_PATH_SIZE]) {
    const char *operand = arguments_operand(arguments, 0);
    *study = NULL;
    if (is_folder(operand)) {
        if (arguments_flag(arguments, "out"))
            return usage_error("option '--out' cannot be used with a study's folder");
        if (place_expect(operand, PLACE(RL_PATH_STUDY) | PLACE(RL_PATH_FOLDER),
                         "the folder of a study") != EXIT_SUCCESS)
            return EXIT_FAILURE;
        if (strlen(operand) >= STUDY_PATH_SIZE)
            return usage_error("a path of %zu bytes is too long", strlen(operand));
        snprintf(folder, STUDY_PATH_SIZE, "%s", operand);
        return open_in_folder(folder, study);
    }
    int code = study_open(arguments, study);
    if (code == 0)
        code = study_folder(arguments, *study, folder);
    char made[STUDY_PATH_SIZE + 16];
    struct stat about;
    if (code == 0) {
        snprintf(made, sizeof made, "%s/study.yaml", folder);
        if (stat(made, &about) == 0) {
            rl_study_free(*study);
            code = open_in_folder(folder, study);
        }
    }
    return code;
}

static int run_status(const cli_arguments *arguments) {
    rl_study *study;
    rl_study_state *state = NULL;
    char folder[STUDY_PATH_SIZE];
    rl_error error;
    int code = open_study(arguments, &study, folder);
    if (code == 0 && rl_study_state_read(&state, study, folder, &error) != RL_OK)
        code = fail(&error);
    if (code == 0)
        code = arguments_flag(arguments, "json") ? print_json(status_json(study, folder, state))
                                                 : print_status(study, folder, state);
    rl_study_state_free(state);
    rl_study_free(study);
    return code;
}

const cli_command study_status_command = {
    .name = "study status",
    .operands = "FILE|DIR",
    .summary = "Show which runs of a study are done, and the time to go",
    .notes = "The operand is a study's file or the folder it is run in.\n",
    .operands_minimum = 1,
    .operands_maximum = 1,
    .flags = flags,
    .run = run_status,
};
