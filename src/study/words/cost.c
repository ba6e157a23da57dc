/* Arms that differ in size or arithmetic: what they save or cost on paper and in measured time, and
 * whether simply narrowing a network would do as well. What that does to the accuracy is said where
 * all pairs are. */
#include "study/words/rules.h"

#include <math.h>

static const char *mega(rl_words *words, uint64_t count) {
    return rl_format_number(words, (double)count / 1e6, count < 10000000 ? 3 : 1);
}

/* When: an arm has other parameters or multiply-adds than the first. Sizes are no measurements. */
static void say_size(rl_story *story, const rl_study_group *group, size_t arm) {
    rl_words *words = story->words;
    const rl_study_arm *a = &group->arms[arm], *first = &group->arms[0];
    ADD(story, &rl_word_size_of, rl_story_arm(story, group, arm), rl_story_arm(story, group, 0),
        rl_format_count(words, a->parameters),
        rl_format_percent(words, (double)a->parameters / (double)first->parameters),
        rl_format_count(words, first->parameters), mega(words, a->macs),
        rl_format_percent(words, (double)a->macs / (double)first->macs), mega(words, first->macs));
}

static const char *rate(rl_words *words, double images_per_second) {
    return rl_format_number(words, images_per_second, images_per_second < 100);
}

/* When: both trained, on one machine, and differ in arithmetic. What the arithmetic promises is not
 * what the clock shows: said apart where the measured gain is below nine tenths of it. */
static void say_speed(rl_story *story, const rl_group_numbers *group, size_t arm) {
    rl_words *words = story->words;
    const rl_arm_numbers *a = &group->arms[arm], *first = &group->arms[0];
    const double theory = (double)first->arm->macs / (double)a->arm->macs;
    const double here = a->samples[RL_QUANTITY_IMAGES_PER_SECOND].mean;
    const double there = first->samples[RL_QUANTITY_IMAGES_PER_SECOND].mean;
    const double measured = here / there;
    if (!(measured > 0 && isfinite(measured)) || a->arm->macs == first->arm->macs ||
        !rl_story_one_machine(story))
        return;
    ADD(story,
        theory > 1 && measured < 1 ? &rl_word_speed_slower
        : measured < 0.9 * theory  ? &rl_word_speed_less
                                   : &rl_word_speed_measured,
        rl_format_number(words, theory, 2), rl_format_number(words, measured, 2), rate(words, here),
        rate(words, there));
}

/* The arm that a control is for: of those that are none, the nearest in size. */
static size_t arm_of_control(const rl_study_group *group, size_t control) {
    size_t nearest = SIZE_MAX;
    double least = INFINITY;
    for (size_t a = 0; a < group->arm_count; a++) {
        const double far =
            fabs((double)group->arms[a].parameters - (double)group->arms[control].parameters);
        if (group->arms[a].control || !(far < least))
            continue;
        least = far;
        nearest = a;
    }
    return nearest;
}

/* When: there is a control. The sentence is the verdict's. */
static void say_control(rl_story *story, const rl_group_numbers *group, size_t control) {
    static const rl_word4 *const verdicts[] = {[RL_PAIR_NONE] = &rl_word_control_unjudged,
                                               [RL_PAIR_UNDECIDED] = &rl_word_control_undecided,
                                               [RL_PAIR_BETTER] = &rl_word_control_beaten,
                                               [RL_PAIR_WORSE] = &rl_word_control_better};
    const size_t arm = arm_of_control(group->group, control);
    double sign;
    if (arm == SIZE_MAX)
        return;
    const rl_pair *pair = rl_pair_of(group, RL_QUANTITY_TEST_ACCURACY, arm, control, &sign);
    if (pair->difference.count == 0)
        return;
    const rl_pair_verdict verdict =
        rl_pair_verdict_on(group, RL_QUANTITY_TEST_ACCURACY, arm, control);
    ADD(story, verdicts[verdict], rl_story_arm(story, group->group, control),
        rl_format_count(story->words, group->group->arms[control].parameters),
        rl_story_arm(story, group->group, arm),
        rl_story_pair(story, RL_QUANTITY_TEST_ACCURACY, pair, sign));
}

void rl_findings_cost(rl_story *story, const rl_group_numbers *group, rl_prose *prose) {
    const rl_study_arm *arms = group->group->arms;
    for (size_t a = 1; a < group->group->arm_count; a++) {
        if (arms[a].control ||
            (arms[a].parameters == arms[0].parameters && arms[a].macs == arms[0].macs))
            continue;
        say_size(story, group->group, a);
        say_speed(story, group, a);
        rl_story_end_paragraph(story, prose);
    }
    for (size_t a = 1; a < group->group->arm_count; a++)
        if (arms[a].control)
            say_control(story, group, a);
    rl_story_end_paragraph(story, prose);
}
