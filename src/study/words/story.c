/* Paragraphs, and the texts that several chapters need. What is said is decided in the chapters. */
#include "study/words/story.h"

#include "base/memory.h"
#include "run/config.h"

#include <math.h>
#include <string.h>

void rl_story_add(rl_story *story, const char *sentence) {
    static const char *const between[RL_LANGUAGES] = {
        [RL_LANGUAGE_ENGLISH] = " ", [RL_LANGUAGE_CHINESE] = ""};
    if (story->paragraph.length > 0)
        rl_buffer_add(&story->paragraph, between[story->words->language]);
    rl_buffer_add(&story->paragraph, sentence);
}

const char *rl_story_take(rl_story *story) {
    return rl_words_take(story->words, &story->paragraph);
}

void rl_story_end_paragraph(rl_story *story, rl_prose *prose) {
    const char *text = rl_story_take(story);
    const char **more = *text ? rl_words_alloc(story->words, prose->count + 1, sizeof *more) : NULL;
    if (!more)
        return;
    if (prose->count > 0)
        memcpy(more, prose->paragraphs, prose->count * sizeof *more);
    more[prose->count++] = text;
    prose->paragraphs = more;
}

const char *rl_story_arm(rl_story *story, const rl_study_group *group, size_t arm) {
    const char *label = rl_format_arm(story->words, &group->arms[arm]);
    const bool is_number = strchr("+-.0123456789", label[0]) != NULL;
    const bool is_switch = strcmp(label, "true") == 0 || strcmp(label, "false") == 0;
    if (group->factor_count == 1 && !group->named && (is_number || is_switch))
        return RL_SAY(story->words, &rl_word_option_value, group->factor, label);
    return strchr(label, ' ') ? RL_SAY(story->words, &rl_word_quoted, label) : label;
}

const char *rl_story_difference(rl_story *story, rl_quantity_kind quantity,
                                const rl_interval *interval) {
    const rl_unit unit = rl_quantity_at(quantity)->unit;
    const char *mean = rl_format_amount(story->words, unit, interval->mean);
    if (interval->count < 2)
        return mean;
    return RL_SAY(story->words, &rl_word_with_interval, mean,
                  rl_format_level(story->words, interval->level),
                  rl_format_range(story->words, unit, interval->low, interval->high));
}

const char *rl_story_pair(rl_story *story, rl_quantity_kind quantity, const rl_pair *pair,
                          double sign) {
    const rl_interval seen = sign > 0 ? pair->interval : rl_interval_turned(pair->interval);
    return rl_story_difference(story, quantity, &seen);
}

const char *rl_story_diverged(rl_story *story, const rl_group_numbers *group) {
    rl_words *words = story->words;
    const size_t arms = group->group->arm_count;
    const char **items = rl_words_alloc(words, arms, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; items && i < arms; i++) {
        const rl_arm_numbers *arm = &group->arms[i];
        if (arm->diverged > 0)
            items[count++] = RL_SAY(
                words, &rl_word_diverged_with, rl_format_count(words, arm->diverged),
                rl_format_count(words, arm->done + arm->diverged),
                rl_story_arm(story, group->group, i), rl_format_limit(words, arm->diverged_limit));
    }
    return items ? rl_format_list(words, items, count) : "";
}

/* The learning rate that all arms have, where it is not what varies; NULL where there is none. */
static const char *common_rate(const rl_study_group *group) {
    for (size_t a = 1; a < group->arm_count; a++)
        if (group->arms[a].config->lr != group->arms[0].config->lr)
            return NULL;
    return rl_config_get(group->arms[0].config, "lr");
}

bool rl_story_is_tuned(const rl_story *story, const char *option) {
    const rl_study_tuning *tuning = story->numbers->results->study->tuning;
    for (size_t i = 0; tuning && i < tuning->option_count; i++)
        if (strcmp(tuning->options[i].option, option) == 0)
            return true;
    return false;
}

/* "lr and momentum": what the study tunes; NULL for nothing. */
static const char *tuned_options(rl_story *story) {
    const rl_study_tuning *tuning = story->numbers->results->study->tuning;
    const char **names =
        tuning ? rl_words_alloc(story->words, tuning->option_count, sizeof *names) : NULL;
    for (size_t i = 0; names && i < tuning->option_count; i++)
        names[i] = tuning->options[i].option;
    return names ? rl_format_list(story->words, names, tuning->option_count) : NULL;
}

const char *rl_story_here(rl_story *story, const rl_group_numbers *group, size_t seeds) {
    const char *rate = common_rate(group->group);
    const char *count = rl_format_seeds(story->words, seeds), *tuned = tuned_options(story);
    if (tuned)
        return RL_SAY(story->words, &rl_word_here_tuned, tuned, count);
    return rate ? RL_SAY(story->words, &rl_word_here_at_rate, rate, count)
                : RL_SAY(story->words, &rl_word_here, count);
}

const size_t *rl_story_order(rl_story *story, const rl_group_numbers *group,
                             rl_quantity_kind quantity, size_t *count) {
    const size_t arms = group->group->arm_count;
    const double sign = rl_quantity_at(quantity)->better < 0 ? -1 : 1;
    size_t *order = rl_words_alloc(story->words, arms, sizeof *order);
    *count = 0;
    for (size_t a = 0; order && a < arms; a++) {
        const double mean = sign * group->arms[a].samples[quantity].mean;
        size_t place = *count;
        if (isnan(mean))
            continue;
        for (; place > 0; place--) {
            if (sign * group->arms[order[place - 1]].samples[quantity].mean >= mean)
                break;
            order[place] = order[place - 1];
        }
        order[place] = a;
        ++*count;
    }
    return order;
}

size_t rl_story_seeds(const rl_group_numbers *group) {
    size_t most = 0;
    for (size_t a = 0; a < group->group->arm_count; a++)
        most = rl_max(most, group->arms[a].samples[RL_QUANTITY_TEST_ACCURACY].count);
    return most;
}

rl_curve_band rl_story_curve(rl_story *story, const rl_group_numbers *group, size_t arm,
                             rl_curve curve) {
    rl_curve_band band, kept = {0};
    const rl_status status =
        rl_results_band(&band, story->numbers->results, &group->group->arms[arm], curve, NULL);
    double *mean = status == RL_OK ? rl_words_alloc(story->words, band.count, sizeof *mean) : NULL;
    if (mean) {
        if (band.count > 0)
            memcpy(mean, band.mean, band.count * sizeof *mean);
        kept = (rl_curve_band){.count = band.count, .seeds = band.seeds, .mean = mean};
    } else {
        story->words->failed = true;
    }
    rl_curve_band_clear(&band);
    return kept;
}

/* ---- What the runs have in common ---- */

static const rl_run_record *run_at(const rl_story *story, size_t index) {
    return story->numbers->results->records[index];
}

bool rl_story_one_machine(const rl_story *story) {
    const rl_run_record *first = NULL;
    for (size_t i = 0; i < story->numbers->results->study->run_count; i++) {
        const rl_run_record *run = run_at(story, i);
        if (!run || run->state != RL_RUN_DONE)
            continue;
        if (first && (strcmp(run->cpu, first->cpu) != 0 || run->threads != first->threads ||
                      strcmp(run->instruction_set, first->instruction_set) != 0))
            return false;
        first = run;
    }
    return true;
}

const rl_run_record *rl_story_any_run(const rl_story *story) {
    for (size_t i = 0; i < story->numbers->results->study->run_count; i++) {
        const rl_run_record *run = run_at(story, i);
        if (run && run->state == RL_RUN_DONE)
            return run;
    }
    return NULL;
}

size_t rl_story_classes(const rl_story *story) {
    for (size_t i = 0; i < story->numbers->results->study->run_count; i++) {
        const rl_run_record *run = run_at(story, i);
        if (run && run->class_count > 0)
            return run->class_count;
    }
    return 0;
}

bool rl_story_is_reduced(const rl_story *story) {
    const rl_run_record *run = rl_story_any_run(story);
    return run &&
           (run->train_images < run->data_train_images || run->test_images < run->data_test_images);
}
