/* The tables of pairs of arms: how they differ, and the verdict, which is where the interval lies.
 */
#include "study/report/columns.h"

#include <math.h>
#include <string.h>

static const rl_pair_table *table_of(const rl_cell *at) {
    return &at->group->tables[at->quantity];
}

static const rl_pair *pair_at(const rl_cell *at) {
    return &table_of(at)->pairs[at->index];
}

/* Decimals in the tables, one more than sentences give. */
static int decimals_of(rl_quantity_kind quantity) {
    static const int decimals[] = {[RL_UNIT_SHARE] = 2,
                                   [RL_UNIT_NATS] = 4,
                                   [RL_UNIT_EPOCHS] = 2,
                                   [RL_UNIT_SECONDS] = 2,
                                   [RL_UNIT_RATE] = 2};
    return decimals[rl_quantity_at(quantity)->unit];
}

static double scale_of(rl_quantity_kind quantity) {
    return rl_quantity_at(quantity)->unit == RL_UNIT_SHARE ? 100 : 1;
}

static const char *interval_text(const rl_cell *at, const rl_interval *interval) {
    return rl_format_interval(at->report->words, interval->low, interval->high,
                              scale_of(at->quantity), decimals_of(at->quantity), true);
}

static const char *name_cell(const rl_cell *at) {
    rl_words *words = at->report->words;
    const rl_study_arm *arms = at->group->group->arms;
    return RL_SAY(words, &rl_word_pair, rl_format_arm(words, &arms[pair_at(at)->first]),
                  rl_format_arm(words, &arms[pair_at(at)->second]));
}

static const char *difference_cell(const rl_cell *at) {
    return rl_format_difference(at->report->words,
                                scale_of(at->quantity) * pair_at(at)->interval.mean,
                                decimals_of(at->quantity));
}

static const char *interval_cell(const rl_cell *at) {
    return interval_text(at, &pair_at(at)->interval);
}

static const char *images_cell(const rl_cell *at) {
    static const rl_interval none = {.low = NAN, .high = NAN};
    return interval_text(at, pair_at(at)->images.count > 0 ? &pair_at(at)->images : &none);
}

static bool any_pair(const rl_cell *at, bool (*holds)(const rl_pair *pair)) {
    for (size_t i = 0; i < at->group->pair_count; i++)
        if (holds(&table_of(at)->pairs[i]))
            return true;
    return false;
}

static bool has_images(const rl_pair *pair) {
    return pair->images.count > 0;
}

static bool any_images(const rl_cell *at) {
    return any_pair(at, has_images);
}

static const char *flips_cell(const rl_cell *at) {
    return rl_format_p(at->report->words, pair_at(at)->flips_p);
}

static bool has_flips(const rl_pair *pair) {
    return !isnan(pair->flips_p);
}

static bool any_flips(const rl_cell *at) {
    return any_pair(at, has_flips);
}

static const char *improvement_cell(const rl_cell *at) {
    const double share = pair_at(at)->improvement;
    return isnan(share) ? rl_format_number(at->report->words, NAN, 0)
                        : rl_format_limit(at->report->words, share);
}

static bool has_improvement(const rl_pair *pair) {
    return pair->interval.count > 1 && !isnan(pair->improvement);
}

static bool any_improvement(const rl_cell *at) {
    return any_pair(at, has_improvement);
}

/* "better", "worse", "undecided"; or why there is no verdict. */
static const char *verdict_cell(const rl_cell *at) {
    static const rl_word0 *const verdicts[] = {[RL_PAIR_NONE] = NULL,
                                               [RL_PAIR_UNDECIDED] = &rl_word_undecided,
                                               [RL_PAIR_BETTER] = &rl_word_better,
                                               [RL_PAIR_WORSE] = &rl_word_worse};
    static const rl_word0 *const obstacles[] = {[RL_OBSTACLE_NONE] = &rl_word_undecided,
                                                [RL_OBSTACLE_NO_RUNS] = &rl_word_pair_no_runs,
                                                [RL_OBSTACLE_FEW_SEEDS] = &rl_word_pair_few_seeds,
                                                [RL_OBSTACLE_OTHER_IMAGES] =
                                                    &rl_word_pair_other_images,
                                                [RL_OBSTACLE_NO_TARGET] = &rl_word_pair_no_target,
                                                [RL_OBSTACLE_CLAIMED] = &rl_word_pair_claimed,
                                                [RL_OBSTACLE_LOOKS] = &rl_word_pair_looks};
    const rl_pair *pair = pair_at(at);
    return rl_term(at->report->words, pair->verdict == RL_PAIR_NONE ? obstacles[pair->obstacle]
                                                                    : verdicts[pair->verdict]);
}

static const char *level_text(const rl_cell *at) {
    const size_t m = table_of(at)->m;
    return rl_format_level(at->report->words, 1 - RL_ALPHA / (double)(m > 0 ? m : 1));
}

static void add_table(const rl_cell *at) {
    static const rl_column columns[] = {
        {.header = &rl_word_pair_header, .is_text = true, .cell = name_cell},
        {.header = &rl_word_difference, .cell = difference_cell},
        {.header = &rl_word_pair_interval, .cell = interval_cell},
        {.header = &rl_word_image_interval, .cell = images_cell, .wanted = any_images},
        {.header = &rl_word_first_better_in, .cell = improvement_cell, .wanted = any_improvement},
        {.header = &rl_word_flips, .cell = flips_cell, .wanted = any_flips},
        {.header = &rl_word_verdict, .is_text = true, .cell = verdict_cell}};
    static const rl_word0 *const units[] = {[RL_UNIT_SHARE] = &rl_word_unit_SHARE,
                                            [RL_UNIT_NATS] = &rl_word_unit_NATS,
                                            [RL_UNIT_EPOCHS] = &rl_word_unit_EPOCHS,
                                            [RL_UNIT_SECONDS] = &rl_word_unit_SECONDS,
                                            [RL_UNIT_RATE] = &rl_word_unit_RATE};
    rl_words *words = at->report->words;
    const rl_quantity *quantity = rl_quantity_at(at->quantity);
    rl_report_columns(at,
                      RL_SAY(words, &rl_word_pairs_caption, rl_format_quantity(words, at->quantity),
                             rl_term(words, units[quantity->unit]), level_text(at)),
                      COLUMNS(columns), at->group->pair_count);
}

/* The final accuracy; what the study makes claims on; epochs to a target that is declared. */
static bool is_shown(const rl_cell *at) {
    if (!rl_quantity_at(at->quantity)->compared)
        return false;
    return at->quantity == RL_QUANTITY_TEST_ACCURACY || table_of(at)->claimed ||
           (at->quantity == RL_QUANTITY_EPOCHS_TO && !isnan(at->group->group->target));
}

void rl_report_pairs_tables(rl_report *report, size_t index) {
    rl_cell at = {report, &report->numbers->groups[index], 0, 0};
    for (size_t q = 0; q < RL_QUANTITY_COUNT && at.group->pair_count > 0; q++) {
        at.quantity = (rl_quantity_kind)q;
        if (is_shown(&at))
            add_table(&at);
    }
}

/* ---- Early ---- */

#define LOSS RL_QUANTITY_EARLY_TRAIN_LOSS

void rl_report_early_table(rl_report *report, size_t index) {
    static const rl_column columns[] = {
        {.header = &rl_word_pair_header, .is_text = true, .cell = name_cell},
        {.header = &rl_word_early_accuracy, .cell = difference_cell},
        {.header = &rl_word_pair_interval, .cell = interval_cell},
        {.header = &rl_word_verdict, .is_text = true, .cell = verdict_cell},
        {.header = &rl_word_early_loss, .cell = difference_cell, .quantity = LOSS},
        {.header = &rl_word_pair_interval, .cell = interval_cell, .quantity = LOSS},
        {.header = &rl_word_verdict, .is_text = true, .cell = verdict_cell, .quantity = LOSS}};
    const rl_cell loss = {report, &report->numbers->groups[index], LOSS, 0};
    const rl_cell at = {report, &report->numbers->groups[index], RL_QUANTITY_EARLY_ACCURACY, 0};
    const char *const levels[] = {level_text(&at), level_text(&loss)};
    if (at.group->pair_count == 0 || at.group->early_epoch >= at.group->epochs)
        return; /* one arm, or early is late */
    const size_t count = strcmp(levels[0], levels[1]) == 0 ? 1 : 2;
    rl_report_columns(&at,
                      RL_SAY(report->words, &rl_word_early_caption,
                             rl_format_count(report->words, at.group->early_epoch),
                             rl_format_list(report->words, levels, count)),
                      COLUMNS(columns), at.group->pair_count);
}
