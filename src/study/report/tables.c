/* The tables of a group: what its arms reach, how pairs of them differ, what they cost, and which
 * runs are not done. Numbers come from the analysis as they are; nothing is computed here but
 * ratios of two of them. */
#include "run/config.h"
#include "study/report/parts.h"
#include "study/words/format.h"

#include <math.h>

typedef struct {
    const rl_word0 *header;
    bool text;
} column;

/* A table with these headers; NULL after a failure. */
static rl_table *start_table(rl_report *report, const char *caption, const column *columns,
                             size_t count, size_t rows) {
    rl_table *table = rl_document_table(report->document, caption, count, rows);
    for (size_t i = 0; table && i < count; i++) {
        table->headers[i] = rl_term(report->document->words, columns[i].header);
        if (columns[i].text)
            table->text_columns |= 1U << i;
    }
    return table;
}
#define COLUMNS(columns) columns, sizeof(columns) / sizeof *(columns)

static size_t seeds_of(const rl_arm_analysis *arm) {
    return arm->done + arm->diverged + arm->failed + arm->missing;
}

static bool any_diverged(const rl_group_analysis *group) {
    for (size_t i = 0; i < group->group->arm_count; i++)
        if (group->arms[i].diverged > 0)
            return true;
    return false;
}

static void fill_arm(rl_document *d, const rl_arm_analysis *arm, bool with_diverged,
                     const char **cells) {
    *cells++ = arm->arm->label;
    *cells++ = rl_format_sample_percent(d->words, &arm->accuracy);
    *cells++ = rl_format_interval(d->words, arm->accuracy.low, arm->accuracy.high, 100, 2, false);
    *cells++ = arm->done
                   ? rl_format_interval(d->words, arm->wilson_low, arm->wilson_high, 100, 2, false)
                   : rl_format_number(d->words, NAN, 0);
    *cells++ = rl_format_sample(d->words, &arm->train_loss, 4);
    *cells++ = RL_SAY(d->words, &rl_word_count_of, rl_format_count(d->words, arm->done),
                      rl_format_count(d->words, seeds_of(arm)));
    if (with_diverged)
        *cells++ = rl_format_count(d->words, arm->diverged);
}

void rl_report_arms_table(rl_report *report, size_t index) {
    static const column columns[] = {{&rl_word_arm, true},
                                     {&rl_word_test_accuracy_sample, false},
                                     {&rl_word_seed_interval, false},
                                     {&rl_word_binomial_interval, false},
                                     {&rl_word_train_loss, false},
                                     {&rl_word_runs_done, false},
                                     {&rl_word_runs_diverged, false}};
    rl_document *d = report->document;
    const rl_group_analysis *group = &report->analysis->groups[index];
    const size_t arms = group->group->arm_count;
    const bool with_diverged = any_diverged(group); /* the last column */
    const size_t count = sizeof columns / sizeof *columns - !with_diverged;
    rl_table *table =
        start_table(report, rl_term(d->words, &rl_word_arms_caption), columns, count, arms);
    for (size_t i = 0; table && i < arms; i++)
        fill_arm(d, &group->arms[i], with_diverged, &table->cells[i * table->columns]);
}

static void fill_speed(rl_document *d, const rl_arm_analysis *arm, const char **cells) {
    *cells++ = arm->arm->label;
    *cells++ = rl_format_sample(d->words, &arm->epochs_to_target, 1);
    *cells++ = rl_format_sample(d->words, &arm->seconds_to_target, 1);
    *cells++ = RL_SAY(d->words, &rl_word_count_of, rl_format_count(d->words, arm->reached),
                      rl_format_count(d->words, seeds_of(arm)));
    *cells++ = rl_format_sample(d->words, &arm->seconds, 1);
}

void rl_report_speed_table(rl_report *report, size_t index) {
    static const column columns[] = {{&rl_word_arm, true},
                                     {&rl_word_epochs_to_target, false},
                                     {&rl_word_seconds_to_target, false},
                                     {&rl_word_runs_reaching, false},
                                     {&rl_word_seconds_of_run, false}};
    rl_document *d = report->document;
    const rl_group_analysis *group = &report->analysis->groups[index];
    const size_t arms = group->group->arm_count;
    if (!isfinite(group->target_accuracy))
        return;
    const char *target = rl_format_number(d->words, 100 * group->target_accuracy, 0);
    rl_table *table = start_table(report, RL_SAY(d->words, &rl_word_speed_caption, target),
                                  COLUMNS(columns), arms);
    for (size_t i = 0; table && i < arms; i++)
        fill_speed(d, &group->arms[i], &table->cells[i * table->columns]);
}

/* ---- Pairs ---- */

static const char *pair_name(rl_document *d, const rl_study_group *group,
                             const rl_comparison *pair) {
    return RL_SAY(d->words, &rl_word_pair, group->arms[pair->first].label,
                  group->arms[pair->second].label);
}

/* "better", "worse"; "not distinguishable (about 9 seeds would tell)"; why there is none. */
static const char *verdict_text(rl_document *d, const rl_comparison *pair) {
    static const rl_word0 *const obstacles[] = {
        [RL_RUNS_DIVERGED] = &rl_word_ahead_diverged, [RL_OTHER_IMAGES] = &rl_word_other_images};
    const char *verdict = rl_verdict_name(pair->verdict, d->words->language);
    if (pair->obstacle != RL_NO_OBSTACLE)
        return rl_term(d->words, obstacles[pair->obstacle]);
    if (pair->difference.count == 0)
        return rl_term(d->words, &rl_word_no_pairs);
    if (pair->verdict != RL_NOT_DISTINGUISHABLE || pair->seeds_needed == 0)
        return verdict;
    return RL_SAY(d->words, &rl_word_seeds_would_tell, verdict,
                  rl_format_count(d->words, pair->seeds_needed));
}

static void fill_pair(rl_document *d, const rl_study_group *group, const rl_comparison *pair,
                      const char **cells) {
    *cells++ = pair_name(d, group, pair);
    *cells++ = rl_format_difference(d->words, 100 * pair->difference.mean, 2);
    *cells++ =
        rl_format_interval(d->words, pair->difference.low, pair->difference.high, 100, 2, true);
    *cells++ = pair->difference.count ? rl_format_p(d->words, pair->p)
                                      : rl_format_number(d->words, NAN, 0);
    *cells++ = pair->difference.count ? rl_format_p(d->words, pair->p_holm)
                                      : rl_format_number(d->words, NAN, 0);
    *cells++ = verdict_text(d, pair);
}

static const char *early_verdict(rl_document *d, const rl_comparison *pair) {
    if (pair->obstacle != RL_NO_OBSTACLE)
        return verdict_text(d, pair);
    return pair->difference.count ? rl_verdict_name(pair->verdict, d->words->language)
                                  : rl_format_number(d->words, NAN, 0);
}

static void fill_early_pair(rl_document *d, const rl_study_group *group,
                            const rl_comparison *accuracy, const rl_comparison *loss,
                            const char **cells) {
    const char *dash = rl_format_number(d->words, NAN, 0);
    *cells++ = pair_name(d, group, accuracy);
    *cells++ = rl_format_difference(d->words, 100 * accuracy->difference.mean, 2);
    *cells++ = accuracy->difference.count ? rl_format_p(d->words, accuracy->p_holm) : dash;
    *cells++ = early_verdict(d, accuracy);
    *cells++ = rl_format_difference(d->words, loss->difference.mean, 4);
    *cells++ = loss->difference.count ? rl_format_p(d->words, loss->p_holm) : dash;
    *cells++ = early_verdict(d, loss);
}

void rl_report_pairs_table(rl_report *report, size_t index) {
    static const column columns[] = {
        {&rl_word_pair_header, true},      {&rl_word_difference_points, false},
        {&rl_word_paired_interval, false}, {&rl_word_p, false},
        {&rl_word_p_holm, false},          {&rl_word_verdict, true}};
    rl_document *d = report->document;
    const rl_group_analysis *group = &report->analysis->groups[index];
    const size_t pairs = group->comparison_count;
    if (pairs == 0)
        return;
    rl_table *table =
        start_table(report, rl_term(d->words, &rl_word_pairs_caption), COLUMNS(columns), pairs);
    for (size_t i = 0; table && i < pairs; i++)
        fill_pair(d, group->group, &group->accuracy[i], &table->cells[i * table->columns]);
}

void rl_report_early_table(rl_report *report, size_t index) {
    static const column columns[] = {{&rl_word_pair_header, true}, {&rl_word_early_accuracy, false},
                                     {&rl_word_p_holm, false},     {&rl_word_verdict, true},
                                     {&rl_word_early_loss, false}, {&rl_word_p_holm, false},
                                     {&rl_word_verdict, true}};
    rl_document *d = report->document;
    const rl_group_analysis *group = &report->analysis->groups[index];
    const size_t pairs = group->comparison_count;
    if (pairs == 0 || group->early_epoch >= group->group->arms[0].config->epochs)
        return; /* one arm, or early is late */
    const char *epoch = rl_format_count(d->words, group->early_epoch);
    rl_table *table = start_table(report, RL_SAY(d->words, &rl_word_early_caption, epoch),
                                  COLUMNS(columns), pairs);
    for (size_t i = 0; table && i < pairs; i++)
        fill_early_pair(d, group->group, &group->early_accuracy[i], &group->early_train_loss[i],
                        &table->cells[i * table->columns]);
}

/* ---- Cost ---- */

size_t rl_report_reference_arm(const rl_study_group *group) {
    for (size_t i = 0; i < group->arm_count; i++)
        if (!group->arms[i].control && !rl_bench_plain_model(group->arms[i].config->model))
            return i;
    return 0;
}

/* "11,173,962 (100.0%)" */
static const char *with_share(rl_document *d, const char *text, uint64_t value, uint64_t whole) {
    const double share = whole > 0 ? (double)value / (double)whole : NAN;
    return RL_SAY(d->words, &rl_word_value_share, text, rl_format_number(d->words, 100 * share, 1));
}

/* "555.4 M" */
static const char *millions(rl_document *d, uint64_t value) {
    return RL_SAY(d->words, &rl_word_millions, rl_format_number(d->words, (double)value / 1e6, 1));
}

static const char *times(rl_document *d, double factor) {
    return isfinite(factor)
               ? RL_SAY(d->words, &rl_word_times, rl_format_number(d->words, factor, 2))
               : rl_format_number(d->words, NAN, 0);
}

static void fill_cost(rl_document *d, const rl_arm_analysis *arm, const rl_arm_analysis *reference,
                      const char **cells) {
    const rl_study_arm *a = arm->arm, *r = reference->arm;
    const double rate = arm->images_per_second.count ? arm->images_per_second.mean : NAN;
    const double reference_rate =
        reference->images_per_second.count ? reference->images_per_second.mean : NAN;
    const double batch = (double)a->config->batch_size;
    *cells++ = a->label;
    *cells++ =
        with_share(d, rl_format_count(d->words, a->parameters), a->parameters, r->parameters);
    *cells++ = with_share(d, millions(d, a->macs), a->macs, r->macs);
    *cells++ = rl_format_number(d->words, 1000 * batch / rate, 1);
    *cells++ = rl_format_sample(d->words, &arm->images_per_second, 1);
    *cells++ = times(d, (double)r->macs / (double)a->macs);
    *cells++ = times(d, rate / reference_rate);
}

void rl_report_cost_table(rl_report *report, size_t index) {
    static const column columns[] = {{&rl_word_arm, true},
                                     {&rl_word_parameters, false},
                                     {&rl_word_macs, false},
                                     {&rl_word_step_ms, false},
                                     {&rl_word_images_second, false},
                                     {&rl_word_expected_speed, false},
                                     {&rl_word_measured_speed, false}};
    rl_document *d = report->document;
    const rl_group_analysis *group = &report->analysis->groups[index];
    const rl_arm_analysis *reference = &group->arms[rl_report_reference_arm(group->group)];
    rl_table *table = start_table(report, rl_term(d->words, &rl_word_cost_caption),
                                  COLUMNS(columns), group->group->arm_count);
    for (size_t i = 0; table && i < group->group->arm_count; i++)
        fill_cost(d, &group->arms[i], reference, &table->cells[i * table->columns]);
    rl_document_paragraph(d, RL_SAY(d->words, &rl_word_cost_note, reference->arm->label));
}

/* ---- Runs that are not done ---- */

/* Runs that have yet to begin are only counted, elsewhere: there is nothing to say of each. */
static bool is_undone(const rl_run_record *record) {
    return record && record->state != RL_RUN_DONE;
}

static const char *state_text(rl_document *d, const rl_run_record *record) {
    static const rl_word0 *const words[] = {[RL_RUN_WAITING] = &rl_word_state_waiting,
                                            [RL_RUN_INTERRUPTED] = &rl_word_state_interrupted,
                                            [RL_RUN_RUNNING] = &rl_word_state_running,
                                            [RL_RUN_DONE] = &rl_word_state_done,
                                            [RL_RUN_DIVERGED] = &rl_word_state_diverged,
                                            [RL_RUN_FAILED] = &rl_word_state_failed};
    return rl_term(d->words, words[record->state]);
}

void rl_report_undone_table(rl_report *report, size_t index) {
    static const column columns[] = {{&rl_word_arm, true},
                                     {&rl_word_seed, false},
                                     {&rl_word_state, true},
                                     {&rl_word_epochs_ended, false},
                                     {&rl_word_reason, true}};
    rl_document *d = report->document;
    const rl_results *results = report->analysis->results;
    const rl_study *study = results->study;
    const rl_study_group *group = &study->groups[index];
    size_t rows = 0;
    for (size_t arm = 0; arm < group->arm_count; arm++)
        for (size_t seed = 0; seed < study->seed_count; seed++)
            rows += is_undone(rl_results_record(results, &group->arms[arm], seed));
    rl_table *table = rows ? start_table(report, rl_term(d->words, &rl_word_undone_caption),
                                         COLUMNS(columns), rows)
                           : NULL;
    const char **cells = table ? table->cells : NULL;
    for (size_t arm = 0; cells && arm < group->arm_count; arm++)
        for (size_t seed = 0; seed < study->seed_count; seed++) {
            const rl_run_record *record = rl_results_record(results, &group->arms[arm], seed);
            if (!is_undone(record))
                continue;
            *cells++ = group->arms[arm].label;
            *cells++ = rl_format_plain(d->words, study->seeds[seed]);
            *cells++ = state_text(d, record);
            *cells++ = rl_format_count(d->words, record->epoch_count);
            *cells++ = record->reason ? record->reason : "";
        }
}
