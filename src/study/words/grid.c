/* A group whose arms are all combinations of two options: what each does on average, and whether
 * the effect of one depends on the other. */
#include "study/words/rules.h"

#include "base/memory.h"

#include <math.h>

/* The arm of a row and a column. */
static size_t arm_at(const rl_study_group *group, size_t row, size_t column) {
    return row * group->factors[1].level_count + column;
}

static double accuracy(const rl_group_numbers *group, size_t row, size_t column, size_t seed) {
    const rl_arm_numbers *arm = &group->arms[arm_at(group->group, row, column)];
    return arm->values[RL_QUANTITY_TEST_ACCURACY][seed];
}

/* The level of an option as sentences name it: "lr=0.1", "adam". */
static const char *level_name(rl_story *story, const rl_study_group *group, size_t factor,
                              size_t level) {
    return RL_SAY(story->words, &rl_word_option_value, group->factors[factor].option,
                  rl_format_level_name(story->words, &group->factors[factor].levels[level]));
}

/* The mean over the other option's levels of the arms' means; NaN where one has none. */
static double margin(const rl_group_numbers *group, size_t factor, size_t level) {
    const size_t others = group->group->factors[1 - factor].level_count;
    double sum = 0;
    for (size_t i = 0; i < others; i++) {
        const size_t arm =
            factor == 0 ? arm_at(group->group, level, i) : arm_at(group->group, i, level);
        sum += group->arms[arm].samples[RL_QUANTITY_TEST_ACCURACY].mean;
    }
    return sum / (double)others;
}

/* When: every arm has a result. */
static void say_margins(rl_story *story, const rl_group_numbers *group, size_t factor) {
    rl_words *words = story->words;
    const rl_study_factor *factors = group->group->factors;
    const size_t levels = factors[factor].level_count;
    const char **items = rl_words_alloc(words, levels, sizeof *items);
    for (size_t i = 0; items && i < levels; i++) {
        const double mean = margin(group, factor, i);
        if (isnan(mean))
            return;
        items[i] = RL_SAY(words, &rl_word_two_words,
                          rl_format_level_name(words, &factors[factor].levels[i]),
                          rl_format_percent(words, mean));
    }
    if (items)
        ADD(story, &rl_word_grid_means, factors[1 - factor].option, factors[factor].option,
            rl_format_list(words, items, levels));
}

/* By how much the difference of two rows is another in the second of two columns. */
typedef struct {
    size_t rows[2], columns[2];
    rl_interval interval;
} contrast;

static rl_interval contrast_interval(rl_story *story, const rl_group_numbers *group,
                                     const contrast *c, size_t count) {
    const size_t seeds = story->numbers->results->study->seed_count;
    const rl_run_record *run = rl_story_any_run(story);
    /* four roundings to whole images, where a difference of two arms has two */
    const double grain = run && run->test_images > 0 ? sqrt(2) / (double)run->test_images : 0;
    double *values = rl_words_alloc(story->words, seeds, sizeof *values);
    if (!values)
        return (rl_interval){0};
    for (size_t s = 0; s < seeds; s++)
        values[s] = accuracy(group, c->rows[0], c->columns[1], s) -
                    accuracy(group, c->rows[1], c->columns[1], s) -
                    accuracy(group, c->rows[0], c->columns[0], s) +
                    accuracy(group, c->rows[1], c->columns[0], s);
    return rl_interval_of(values, seeds, RL_ALPHA / (double)count, grain);
}

static const char *contrast_text(rl_story *story, const rl_study_group *group, const contrast *c) {
    return RL_SAY(story->words, &rl_word_grid_lead, level_name(story, group, 0, c->rows[0]),
                  level_name(story, group, 0, c->rows[1]),
                  level_name(story, group, 1, c->columns[0]),
                  level_name(story, group, 1, c->columns[1]),
                  rl_story_difference(story, RL_QUANTITY_TEST_ACCURACY, &c->interval));
}

/* All pairs of rows with all pairs of columns; their intervals are at once. */
static contrast *list_contrasts(rl_story *story, const rl_group_numbers *group, size_t *count) {
    const size_t rows = group->group->factors[0].level_count;
    const size_t columns = group->group->factors[1].level_count;
    *count = rows * (rows - 1) / 2 * (columns * (columns - 1) / 2);
    contrast *contrasts = rl_words_alloc(story->words, *count, sizeof *contrasts), *at = contrasts;
    for (size_t a = 0; contrasts && a < rows; a++)
        for (size_t b = a + 1; b < rows; b++)
            for (size_t i = 0; i < columns; i++)
                for (size_t j = i + 1; j < columns; j++)
                    *at++ = (contrast){.rows = {a, b}, .columns = {i, j}};
    for (size_t i = 0; contrasts && i < *count; i++)
        contrasts[i].interval = contrast_interval(story, group, &contrasts[i], *count);
    return contrasts;
}

/* When: there are seeds for a verdict. */
static void say_interaction(rl_story *story, const rl_group_numbers *group) {
    size_t count, decided = 0;
    const contrast *contrasts = list_contrasts(story, group, &count), *largest = NULL;
    const char **items = rl_words_alloc(story->words, count, sizeof *items);
    for (size_t i = 0; contrasts && items && i < count; i++) {
        const rl_interval *interval = &contrasts[i].interval;
        if (interval->count < RL_VERDICT_SEEDS)
            continue;
        if (rl_interval_place(interval, 0) != RL_LIES_ACROSS)
            items[decided++] = contrast_text(story, group->group, &contrasts[i]);
        if (!largest || fabs(interval->mean) > fabs(largest->interval.mean))
            largest = &contrasts[i];
    }
    if (decided > 0)
        ADD(story, &rl_word_grid_together, rl_format_series(story->words, items, decided));
    else if (largest)
        ADD(story, &rl_word_grid_undecided, contrast_text(story, group->group, largest));
}

void rl_findings_grid(rl_story *story, const rl_group_numbers *group, rl_prose *prose) {
    if (group->group->named || group->group->factor_count != 2)
        return;
    say_margins(story, group, 0);
    say_margins(story, group, 1);
    say_interaction(story, group);
    rl_story_end_paragraph(story, prose);
}
