/* Verdicts on any runs, by the rule of studies. Runs of a study are left to its report: it knows
 * what was declared, and when the study looked. */
#include "verdicts.h"

#include "base/json.h"
#include "print.h"

#include <math.h>
#include <string.h>

static const char *const verdict_names[] = {
    [RL_PAIR_NONE] = "no verdict",
    [RL_PAIR_UNDECIDED] = "undecided",
    [RL_PAIR_BETTER] = "better",
    [RL_PAIR_WORSE] = "worse",
};

static int compare(const run_list *runs, rl_run_pair **pairs, size_t *count) {
    rl_error error;
    *pairs = NULL;
    *count = 0;
    if (runs->of_study)
        return 0;
    return rl_compare_runs(pairs, count, (const rl_run_record *const *)runs->records, runs->count,
                           &error) == RL_OK
               ? 0
               : fail(&error);
}

/* "activation relu, lr 0.1": what sets one run apart from another. */
static void print_setting(const rl_run_record *run, const rl_run_record *other) {
    const rl_option *option;
    const char *separator = "";
    for (size_t i = 0; (option = rl_option_at(i)); i++) {
        const char *value = rl_config_get(run->config, option->name);
        if (strcmp(option->name, "out") == 0 || strcmp(option->name, "seed") == 0 ||
            option->role == RL_ROLE_EFFORT ||
            strcmp(value, rl_config_get(other->config, option->name)) == 0)
            continue;
        printf("%s%s ", separator, option->name);
        print_text(stdout, value);
        separator = ", ";
    }
}

static void print_pair(const run_list *runs, const rl_run_pair *pair) {
    const rl_run_record *first = runs->records[pair->first];
    const rl_run_record *second = runs->records[pair->second];
    print_setting(first, second);
    fputs(" against ", stdout);
    print_setting(second, first);
    if (pair->seeds == 0) {
        puts(": no seed in common");
        return;
    }
    printf(": %+.2f points", 100 * pair->difference);
    if (pair->seeds > 1)
        printf(", %+.2f to %+.2f", 100 * pair->low, 100 * pair->high);
    printf(", %zu seed%s: %s%s\n", pair->seeds, pair->seeds == 1 ? "" : "s",
           verdict_names[pair->verdict],
           pair->verdict == RL_PAIR_NONE ? ", which takes 3 seeds" : "");
}

int print_verdicts(const run_list *runs) {
    rl_run_pair *pairs;
    size_t count;
    const int code = compare(runs, &pairs, &count);
    if (code == 0 && runs->of_study)
        puts("\nverdicts: reslab report STUDY, which knows what the study declared");
    if (code == 0 && count > 0)
        printf("\ntest accuracy over common seeds, %.4g%% interval%s: corrected for %zu pair%s, "
               "since none was declared beforehand\n",
               100 * pairs[0].level, count == 1 ? "" : "s", count, count == 1 ? "" : "s");
    for (size_t i = 0; i < count; i++)
        print_pair(runs, &pairs[i]);
    rl_run_pairs_free(pairs);
    return code;
}

int verdicts_json(const run_list *runs, json_t **array) {
    rl_run_pair *pairs;
    size_t count;
    const int code = compare(runs, &pairs, &count);
    *array = json_array();
    for (size_t i = 0; i < count; i++) {
        const rl_run_pair *pair = &pairs[i];
        rl_json_append(array, json_pack("{s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:s}",  //
                                        "first", (json_int_t)pair->first,            //
                                        "second", (json_int_t)pair->second,          //
                                        "seeds", (json_int_t)pair->seeds,            //
                                        "difference", json_number(pair->difference), //
                                        "low", json_number(pair->low), "high",
                                        json_number(pair->high), "level", json_number(pair->level),
                                        "verdict", verdict_names[pair->verdict]));
    }
    rl_run_pairs_free(pairs);
    return code;
}
