/* reslab study list: the runs that a study consists of, without doing any. */
#include "commands.h"

#include "base/json.h"
#include "print.h"
#include "study.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const cli_flag flags[] = {{"json", NULL, "Print JSON"}, {0}};

/* Seeds are text: JSON's readers keep 53 or 63 bits of a number, a seed has 64. */
static json_t *run_json(const rl_study_run *run) {
    char seed[32];
    snprintf(seed, sizeof seed, "%" PRIu64, run->seed);
    return json_pack("{s:I, s:o, s:o, s:o, s:o}", "number", (json_int_t)run->number, "name",
                     json_text(run->name), "seed", json_text(seed), "groups",
                     json_text(run->groups), "differences", json_text(run->differences));
}

static json_t *list_json(const rl_study *study) {
    json_t *runs = json_array();
    const rl_study_run *run;
    for (size_t i = 0; (run = rl_study_run_at(study, i)); i++)
        rl_json_append(&runs, run_json(run));
    return json_pack("{s:o, s:o}", "study", json_text(rl_study_name(study)), "runs", runs);
}

/* The widest of the heading and all names, or groups. */
static size_t column_width(const rl_study *study, const char *heading, bool names) {
    size_t width = strlen(heading);
    const rl_study_run *run;
    for (size_t i = 0; (run = rl_study_run_at(study, i)); i++) {
        const size_t length = strlen(names ? run->name : run->groups);
        width = length > width ? length : width;
    }
    return width;
}

static int print_list(const rl_study *study) {
    const size_t name_width = column_width(study, "name", true);
    const size_t groups_width = column_width(study, "groups", false);
    print_text(stdout, rl_study_name(study));
    printf(": %zu runs\n\n   #  %-*s  %-*s  differences from the shared settings\n",
           rl_study_run_count(study), (int)name_width, "name", (int)groups_width, "groups");
    const rl_study_run *run;
    for (size_t i = 0; (run = rl_study_run_at(study, i)); i++) {
        printf("%4zu  %-*s  ", run->number, (int)name_width, run->name);
        print_padded(stdout, run->groups, groups_width);
        fputs("  ", stdout);
        print_text(stdout, run->differences);
        putchar('\n');
    }
    return EXIT_SUCCESS;
}

static int run_list(const cli_arguments *arguments) {
    rl_study *study;
    int code = study_open(arguments, &study);
    if (code == EXIT_SUCCESS)
        code = arguments_flag(arguments, "json") ? print_json(list_json(study)) : print_list(study);
    rl_study_free(study);
    return code;
}

const cli_command study_list_command = {
    .name = "study list",
    .operands = "FILE",
    .summary = "Print the numbered runs of a study",
    .notes = "FILE is a study such as studies/demo.yaml. Options override its settings, as in\n"
             "'reslab study run'; what a group varies cannot be overridden.\n",
    .operands_minimum = 1,
    .operands_maximum = 1,
    .flags = flags,
    .takes = study_takes,
    .run = run_list,
};
