/* The tables of a group's arms: what they reach, how soon, what they cost, and which runs are not
 * done. Numbers come from study/numbers as they are; nothing is computed here but ratios of two of
 * them. */
#include "run/config.h"
#include "study/report/columns.h"

#include <math.h>

static const rl_arm_numbers *arm_at(const rl_cell *at) {
    return &at->group->arms[at->index];
}

static const rl_sample *sample_at(const rl_cell *at, rl_quantity_kind quantity) {
    return &arm_at(at)->samples[quantity];
}

static const char *dash(const rl_cell *at) {
    return rl_format_number(at->report->words, NAN, 0);
}

static size_t seeds_of(const rl_arm_numbers *arm) {
    return arm->done + arm->diverged + arm->failed + arm->missing;
}

static bool any_arm(const rl_cell *at, bool (*holds)(const rl_cell *at)) {
    rl_cell arm = *at;
    for (arm.index = 0; arm.index < at->group->group->arm_count; arm.index++)
        if (holds(&arm))
            return true;
    return false;
}

static const char *arm_cell(const rl_cell *at) {
    return rl_format_arm(at->report->words, arm_at(at)->arm);
}

/* ---- What they reach ---- */

static const char *accuracy_cell(const rl_cell *at) {
    return rl_format_sample(at->report->words, sample_at(at, RL_QUANTITY_TEST_ACCURACY),
                            RL_UNIT_SHARE, 2);
}

/* Within 0 and 100%, which few seeds with a large spread would leave. */
static const char *interval_cell(const rl_cell *at) {
    const rl_sample *accuracy = sample_at(at, RL_QUANTITY_TEST_ACCURACY);
    if (isnan(accuracy->low))
        return dash(at);
    return rl_format_interval(at->report->words, fmax(accuracy->low, 0), fmin(accuracy->high, 1),
                              100, 2, false);
}

static bool has_many_seeds(const rl_cell *at) {
    return rl_report_study(at->report)->seed_count > 1;
}

static const char *worst_cell(const rl_cell *at) {
    rl_words *words = at->report->words;
    const rl_arm_numbers *arm = arm_at(at);
    if (arm->worst == SIZE_MAX)
        return dash(at);
    const double accuracy = arm->values[RL_QUANTITY_TEST_ACCURACY][arm->worst];
    return RL_SAY(words, &rl_word_accuracy_of_seed, rl_format_percent(words, accuracy),
                  rl_format_plain(words, rl_report_study(at->report)->seeds[arm->worst]));
}

/* How often a run of the arm is better than one of the first. */
static const char *improvement_cell(const rl_cell *at) {
    double sign;
    if (at->index == 0)
        return dash(at);
    const rl_pair *pair = rl_pair_of(at->group, RL_QUANTITY_TEST_ACCURACY, at->index, 0, &sign);
    const double share = sign > 0 ? pair->improvement : 1 - pair->improvement;
    return isnan(share) ? dash(at) : rl_format_limit(at->report->words, share);
}

static const char *improvement_head(const rl_cell *at) {
    return RL_SAY(at->report->words, &rl_word_arms_improvement,
                  rl_format_arm(at->report->words, at->group->arms[0].arm));
}

static bool has_pairs(const rl_cell *at) {
    return at->group->pair_count > 0 && has_many_seeds(at);
}

static const char *loss_cell(const rl_cell *at) {
    return rl_format_sample(at->report->words, sample_at(at, RL_QUANTITY_TRAIN_LOSS), RL_UNIT_NATS,
                            4);
}

static const char *trained_cell(const rl_cell *at) {
    return rl_format_sample(at->report->words, sample_at(at, RL_QUANTITY_TRAINED_ACCURACY),
                            RL_UNIT_SHARE, 2);
}

static bool is_trained_known(const rl_cell *at) {
    return sample_at(at, RL_QUANTITY_TRAINED_ACCURACY)->count > 0;
}

static bool any_trained_known(const rl_cell *at) {
    return any_arm(at, is_trained_known);
}

static const char *done_cell(const rl_cell *at) {
    rl_words *words = at->report->words;
    return RL_SAY(words, &rl_word_count_of, rl_format_count(words, arm_at(at)->done),
                  rl_format_count(words, seeds_of(arm_at(at))));
}

static const char *diverged_cell(const rl_cell *at) {
    rl_words *words = at->report->words;
    const rl_arm_numbers *arm = arm_at(at);
    return RL_SAY(words, &rl_word_diverged_cell, rl_format_count(words, arm->diverged),
                  rl_format_count(words, arm->done + arm->diverged),
                  rl_format_limit(words, arm->diverged_limit));
}

static bool is_diverged(const rl_cell *at) {
    return arm_at(at)->diverged > 0;
}

static bool any_diverged(const rl_cell *at) {
    return any_arm(at, is_diverged);
}

void rl_report_arms_table(rl_report *report, size_t index) {
    static const rl_column columns[] = {
        {.header = &rl_word_arm, .is_text = true, .cell = arm_cell},
        {.header = &rl_word_test_accuracy_sample, .cell = accuracy_cell},
        {.header = &rl_word_seed_interval, .cell = interval_cell, .wanted = has_many_seeds},
        {.header = &rl_word_worst_seed, .cell = worst_cell, .wanted = has_many_seeds},
        {.head = improvement_head, .cell = improvement_cell, .wanted = has_pairs},
        {.header = &rl_word_train_loss, .cell = loss_cell},
        {.header = &rl_word_trained_accuracy, .cell = trained_cell, .wanted = any_trained_known},
        {.header = &rl_word_runs_done, .cell = done_cell},
        {.header = &rl_word_runs_diverged, .cell = diverged_cell, .wanted = any_diverged}};
    const rl_cell at = {report, &report->numbers->groups[index], RL_QUANTITY_TEST_ACCURACY, 0};
    rl_report_columns(&at, rl_term(report->words, &rl_word_arms_caption), COLUMNS(columns),
                      at.group->group->arm_count);
    if (has_pairs(&at))
        rl_document_paragraph(report->document, rl_term(report->words, &rl_word_improvement_note));
}

/* ---- How soon ---- */

static const char *reached_cell(const rl_cell *at) {
    rl_words *words = at->report->words;
    const rl_arm_numbers *arm = arm_at(at);
    return RL_SAY(words, &rl_word_count_of, rl_format_count(words, arm->reached),
                  rl_format_count(words, arm->done + arm->diverged));
}

static const char *epochs_cell(const rl_cell *at) {
    return rl_format_sample(at->report->words, sample_at(at, RL_QUANTITY_EPOCHS_TO), RL_UNIT_EPOCHS,
                            1);
}

static const char *seconds_to_cell(const rl_cell *at) {
    return rl_format_sample(at->report->words, sample_at(at, RL_QUANTITY_SECONDS_TO),
                            RL_UNIT_SECONDS, 1);
}

static const char *seconds_cell(const rl_cell *at) {
    return rl_format_sample(at->report->words, sample_at(at, RL_QUANTITY_SECONDS), RL_UNIT_SECONDS,
                            1);
}

void rl_report_speed_table(rl_report *report, size_t index) {
    static const rl_column columns[] = {
        {.header = &rl_word_arm, .is_text = true, .cell = arm_cell},
        {.header = &rl_word_runs_reaching, .cell = reached_cell},
        {.header = &rl_word_epochs_to_target, .cell = epochs_cell},
        {.header = &rl_word_seconds_to_target, .cell = seconds_to_cell},
        {.header = &rl_word_seconds_of_run, .cell = seconds_cell}};
    const rl_cell at = {report, &report->numbers->groups[index], RL_QUANTITY_EPOCHS_TO, 0};
    const rl_study_group *group = at.group->group;
    if (!isnan(group->target))
        rl_report_columns(&at,
                          RL_SAY(report->words, &rl_word_speed_caption,
                                 rl_format_percent(report->words, group->target)),
                          COLUMNS(columns), group->arm_count);
}

/* ---- Cost ---- */

static const rl_study_arm *first_arm(const rl_cell *at) {
    return at->group->arms[0].arm;
}

/* "11,173,962 (100.0%)" */
static const char *with_share(rl_words *words, const char *text, uint64_t value, uint64_t whole) {
    const double share = whole > 0 ? (double)value / (double)whole : NAN;
    return RL_SAY(words, &rl_word_value_share, text, rl_format_number(words, 100 * share, 1));
}

static const char *parameters_cell(const rl_cell *at) {
    rl_words *words = at->report->words;
    const uint64_t parameters = arm_at(at)->arm->parameters;
    return with_share(words, rl_format_count(words, parameters), parameters,
                      first_arm(at)->parameters);
}

static const char *macs_cell(const rl_cell *at) {
    rl_words *words = at->report->words;
    const uint64_t macs = arm_at(at)->arm->macs;
    const char *millions =
        RL_SAY(words, &rl_word_millions, rl_format_number(words, (double)macs / 1e6, 1));
    return with_share(words, millions, macs, first_arm(at)->macs);
}

static double rate_of(const rl_arm_numbers *arm) {
    return arm->samples[RL_QUANTITY_IMAGES_PER_SECOND].mean;
}

static const char *step_cell(const rl_cell *at) {
    const double batch = (double)arm_at(at)->arm->config->batch_size;
    return rl_format_number(at->report->words, 1000 * batch / rate_of(arm_at(at)), 1);
}

static const char *rate_cell(const rl_cell *at) {
    return rl_format_sample(at->report->words, sample_at(at, RL_QUANTITY_IMAGES_PER_SECOND),
                            RL_UNIT_RATE, 1);
}

static const char *times(const rl_cell *at, double factor) {
    return isfinite(factor) ? RL_SAY(at->report->words, &rl_word_times,
                                     rl_format_number(at->report->words, factor, 2))
                            : dash(at);
}

static const char *expected_cell(const rl_cell *at) {
    return times(at, (double)first_arm(at)->macs / (double)arm_at(at)->arm->macs);
}

static const char *measured_cell(const rl_cell *at) {
    return times(at, rate_of(arm_at(at)) / rate_of(&at->group->arms[0]));
}

void rl_report_cost_table(rl_report *report, size_t index) {
    static const rl_column columns[] = {{.header = &rl_word_arm, .is_text = true, .cell = arm_cell},
                                        {.header = &rl_word_parameters, .cell = parameters_cell},
                                        {.header = &rl_word_macs, .cell = macs_cell},
                                        {.header = &rl_word_step_ms, .cell = step_cell},
                                        {.header = &rl_word_images_second, .cell = rate_cell},
                                        {.header = &rl_word_expected_speed, .cell = expected_cell},
                                        {.header = &rl_word_measured_speed, .cell = measured_cell}};
    const rl_cell at = {report, &report->numbers->groups[index], RL_QUANTITY_TEST_ACCURACY, 0};
    rl_report_columns(&at, rl_term(report->words, &rl_word_cost_caption), COLUMNS(columns),
                      at.group->group->arm_count);
    rl_document_paragraph(report->document,
                          RL_SAY(report->words, &rl_word_cost_note, arm_cell(&at)));
}

/* ---- Runs that are not done ---- */

/* Runs that have yet to begin are only counted, elsewhere: there is nothing to say of each. */
static bool is_undone(const rl_run_record *record) {
    return record && record->state != RL_RUN_DONE;
}

static const char *state_text(const rl_words *words, const rl_run_record *record) {
    static const rl_word0 *const states[] = {[RL_RUN_WAITING] = &rl_word_state_waiting,
                                             [RL_RUN_INTERRUPTED] = &rl_word_state_interrupted,
                                             [RL_RUN_RUNNING] = &rl_word_state_running,
                                             [RL_RUN_DONE] = &rl_word_state_done,
                                             [RL_RUN_DIVERGED] = &rl_word_state_diverged,
                                             [RL_RUN_FAILED] = &rl_word_state_failed};
    return rl_term(words, states[record->state]);
}

typedef struct {
    const rl_run_record *record;
    size_t arm, seed;
} undone_run;

/* The undone run number `index` of the group, arm by arm; without a record past the last. */
static undone_run undone_run_at(const rl_cell *at, size_t index) {
    const rl_results *results = at->report->numbers->results;
    const rl_study_group *group = at->group->group;
    for (size_t arm = 0; arm < group->arm_count; arm++)
        for (size_t seed = 0; seed < results->study->seed_count; seed++) {
            const rl_run_record *record = rl_results_record(results, &group->arms[arm], seed);
            if (is_undone(record) && index-- == 0)
                return (undone_run){record, arm, seed};
        }
    return (undone_run){NULL, 0, 0};
}

static const char *undone_arm_cell(const rl_cell *at) {
    return rl_format_arm(at->report->words,
                         &at->group->group->arms[undone_run_at(at, at->index).arm]);
}

static const char *undone_seed_cell(const rl_cell *at) {
    return rl_format_plain(at->report->words,
                           rl_report_study(at->report)->seeds[undone_run_at(at, at->index).seed]);
}

static const char *undone_state_cell(const rl_cell *at) {
    return state_text(at->report->words, undone_run_at(at, at->index).record);
}

static const char *undone_epochs_cell(const rl_cell *at) {
    return rl_format_count(at->report->words, undone_run_at(at, at->index).record->epoch_count);
}

static const char *undone_reason_cell(const rl_cell *at) {
    const char *reason = undone_run_at(at, at->index).record->reason;
    return reason ? reason : "";
}

void rl_report_undone_table(rl_report *report, size_t index) {
    static const rl_column columns[] = {
        {.header = &rl_word_arm, .is_text = true, .cell = undone_arm_cell},
        {.header = &rl_word_seed, .cell = undone_seed_cell},
        {.header = &rl_word_state, .is_text = true, .cell = undone_state_cell},
        {.header = &rl_word_epochs_ended, .cell = undone_epochs_cell},
        {.header = &rl_word_reason, .is_text = true, .cell = undone_reason_cell}};
    const rl_cell at = {report, &report->numbers->groups[index], RL_QUANTITY_TEST_ACCURACY, 0};
    size_t rows = 0;
    while (undone_run_at(&at, rows).record)
        rows++;
    if (rows > 0)
        rl_report_columns(&at, rl_term(report->words, &rl_word_undone_caption), COLUMNS(columns),
                          rows);
}
