/* Paragraphs, and the texts that several chapters need. What is said is decided in the chapters. */
#include "study/words/story.h"

#include "base/memory.h"

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
    if (!*text)
        return;
    const char **more = rl_words_alloc(story->words, prose->count + 1, sizeof *more);
    if (!more)
        return;
    if (prose->count > 0)
        memcpy(more, prose->paragraphs, prose->count * sizeof *more);
    more[prose->count++] = text;
    prose->paragraphs = more;
}

/* Two significant digits; a third where two would round a verdict's p up to its limit of 0.05. */
const char *rl_story_p(rl_story *story, double p) {
    const char *text = rl_format_p(story->words, p);
    return *text == '<' ? FILL(story, "p {1}", "p {1}", text)
                        : FILL(story, "p = {1}", "p = {1}", text);
}

const char *rl_story_nouns(rl_story *story, size_t count, const char *one, const char *many,
                           const char *chinese) {
    return FILL(story, "{1} {2}", "{1} {2}", rl_format_count(story->words, count),
                story->words->language == RL_LANGUAGE_CHINESE ? chinese
                : count == 1                                  ? one
                                                              : many);
}

/* With a second decimal where one would hide the width, or on which side of zero an end lies. */
const char *rl_story_interval(rl_story *story, const rl_sample *difference) {
    const bool narrow = difference->high - difference->low < 0.002;
    const bool at_zero = fmin(fabs(difference->low), fabs(difference->high)) < 0.0005;
    const int decimals = narrow || at_zero ? 2 : 1;
    return FILL(story, "95% interval {1} to {2} points", "95% 置信区间 {1} 至 {2} 个百分点",
                rl_format_number(story->words, 100 * difference->low, decimals),
                rl_format_number(story->words, 100 * difference->high, decimals));
}

const char *rl_story_arm(rl_story *story, const rl_study_group *group, size_t arm) {
    const char *label = group->arms[arm].label;
    const unsigned char first = (unsigned char)label[0];
    const bool is_number = strchr("+-.0123456789", first) != NULL;
    if (is_number || strcmp(label, "true") == 0 || strcmp(label, "false") == 0)
        return FILL(story, "{1}={2}", "{1}={2}", group->factor, label);
    return strchr(label, ' ') ? FILL(story, "“{1}”", "“{1}”", label)
                              : FILL(story, "{1}", "{1}", label);
}

rl_sample rl_seen(const rl_comparison *comparison, double sign) {
    const rl_sample *d = &comparison->difference;
    return sign > 0 ? *d : (rl_sample){d->count, -d->mean, d->deviation, -d->high, -d->low};
}

const char *rl_story_difference(rl_story *story, const rl_comparison *comparison, double sign,
                                bool with_test) {
    const rl_sample seen = rl_seen(comparison, sign);
    const char *points = rl_format_points(story->words, seen.mean);
    if (seen.count < 2)
        return points;
    points = FILL(story, "{1}, {2}", "{1}，{2}", points, rl_story_interval(story, &seen));
    return with_test
               ? FILL(story, "{1}, {2}", "{1}，{2}", points, rl_story_p(story, comparison->p_holm))
               : points;
}

const rl_sample *rl_arm_sample(const rl_arm_analysis *arm, size_t offset) {
    return (const rl_sample *)((const char *)arm + offset);
}

const size_t *rl_story_order(rl_story *story, const rl_group_analysis *group, size_t offset,
                             double sign, size_t *count) {
    const size_t arms = group->group->arm_count;
    size_t *order = rl_words_alloc(story->words, arms, sizeof *order);
    *count = 0;
    for (size_t a = 0; order && a < arms; a++) {
        const double mean = rl_arm_sample(&group->arms[a], offset)->mean;
        size_t place = *count;
        if (isnan(mean))
            continue;
        for (; place > 0; place--) {
            const rl_arm_analysis *other = &group->arms[order[place - 1]];
            const double before = rl_arm_sample(other, offset)->mean;
            const bool lacks = group->arms[a].diverged > 0, other_lacks = other->diverged > 0;
            if (lacks == other_lacks ? sign * before <= sign * mean : lacks)
                break;
            order[place] = order[place - 1];
        }
        order[place] = a;
        ++*count;
    }
    return order;
}

rl_curve_band rl_story_curve(rl_story *story, const rl_group_analysis *group, size_t arm,
                             rl_curve curve) {
    rl_curve_band band;
    const rl_status status =
        rl_results_band(&band, story->analysis->results, &group->group->arms[arm], curve, NULL);
    double *mean = status == RL_OK ? rl_words_alloc(story->words, band.count, sizeof *mean) : NULL;
    rl_curve_band kept = {0};
    if (mean) {
        memcpy(mean, band.mean, band.count * sizeof *mean);
        kept = (rl_curve_band){.count = band.count, .seeds = band.seeds, .mean = mean};
    } else {
        story->words->failed = true;
    }
    rl_curve_band_clear(&band);
    return kept;
}
