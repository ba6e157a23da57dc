/* reslab study plan: what a study will take, and how many seeds its claims need. */
#include "commands.h"

#include "base/text.h"
#include "interrupt.h"
#include "place.h"
#include "print.h"
#include "study.h"

#include <math.h>
#include <stdlib.h>

static const cli_flag flags[] = {
    {"deviation", "X",
     "Standard deviation of a difference over seeds, in percentage points: plan the seeds of the "
     "claims"},
    {"pilot", "DIR",
     "The same from the runs of the study in DIR, made larger by what few leave open"},
    {"difference", "D",
     "Smallest difference that matters, in percentage points, for claims 'better' (default: 1)"},
    {0}};

/* A number above 0, in points; *value stays where the flag is not given. */
static int read_points(const cli_arguments *arguments, const char *flag, double *value) {
    const char *text = arguments_flag(arguments, flag);
    double points;
    if (!text)
        return 0;
    if (!rl_text_to_double(text, &points) || !(points > 0) || points > 100)
        return usage_error("option '--%s' is '%s'; expected a number of percentage points above 0",
                           flag, text);
    *value = points / 100;
    return 0;
}

static bool go_on(void *context) {
    (void)context;
    return interrupt_signal() == 0;
}

static int print_price(const rl_study *study) {
    rl_study_price *price;
    rl_error error;
    char time[32];
    interrupt_catch();
    const rl_status status = rl_study_price_measure(&price, study, go_on, NULL, &error);
    if (status == RL_STOPPED && interrupt_signal())
        return 128 + interrupt_signal();
    if (status != RL_OK)
        return fail(&error);
    format_duration(time, sizeof time, price->seconds);
    print_text(stdout, rl_study_name(study));
    printf(": %zu runs", price->runs);
    if (price->tuning_runs > 0)
        printf(" and %zu of tuning, extensions not counted", price->tuning_runs);
    printf(": about %s on this machine, one run after another\n"
           "(measured by some steps of each of %zu configurations)\n",
           time, price->configurations);
    rl_study_price_free(price);
    return 0;
}

static void print_plan(const rl_study_plan *plan) {
    for (size_t i = 0; i < plan->claim_count; i++) {
        const rl_study_claim_plan *claim = &plan->claims[i];
        printf("\nclaim %zu  ", i + 1);
        print_text(stdout, claim->words);
        if (claim->seeds > 0)
            printf("\n  %zu seeds for a power of 80%%", claim->seeds);
        else
            printf("\n  more than 1000 seeds for a power of 80%%");
        printf("; the study's %zu have %.0f%%", claim->study_seeds, 100 * claim->power);
        printf("\n  planned with a deviation of %.4g over seeds", claim->deviation);
        if (claim->pilot_seeds > 0)
            printf(", the pilot's of %zu seeds made larger", claim->pilot_seeds);
        if (claim->difference > 0)
            printf(", for a difference of %.4g", claim->difference);
        else
            printf(", for arms that are equal");
        putchar('\n');
    }
}

static int run_plan(const cli_arguments *arguments) {
    rl_study *study;
    rl_study_plan *plan = NULL;
    rl_error error;
    double deviation = NAN, difference = 0.01;
    const char *pilot = arguments_flag(arguments, "pilot");
    int code = study_open(arguments, &study);
    if (code == 0)
        code = read_points(arguments, "deviation", &deviation);
    if (code == 0)
        code = read_points(arguments, "difference", &difference);
    if (code == 0 && pilot && isfinite(deviation))
        code = usage_error("options '--deviation' and '--pilot' exclude each other");
    if (code == 0 && arguments_flag(arguments, "difference") && !pilot && !isfinite(deviation))
        code = usage_error("option '--difference' needs '--deviation' or '--pilot'");
    if (code == 0 && pilot)
        code = place_expect(pilot, PLACE(RL_PATH_STUDY), "the folder of a study");
    if (code == 0 && (pilot || isfinite(deviation)) &&
        rl_study_plan_create(&plan, study, deviation, difference, pilot, &error) != RL_OK)
        code = fail(&error);
    if (code == 0) /* takes seconds: after all that may be refused */
        code = print_price(study);
    if (code == 0 && plan)
        print_plan(plan);
    rl_study_plan_free(plan);
    rl_study_free(study);
    return code;
}

const cli_command study_plan_command = {
    .name = "study plan",
    .operands = "FILE",
    .summary = "Say how long a study will take, and how many seeds its claims need",
    .notes = "Times some steps of every configuration. With --deviation or --pilot also plans the\n"
             "claims: seeds with which 80 of 100 studies would decide them. A claim 'better' is\n"
             "planned for the smallest difference that matters, never for one that was seen;\n"
             "'keeps' and 'same' for arms that are equal. Deviations of quantities other than\n"
             "accuracies are taken as given, divided by 100.\n",
    .operands_minimum = 1,
    .operands_maximum = 1,
    .flags = flags,
    .takes = study_takes,
    .run = run_plan,
};
