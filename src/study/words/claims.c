/* What became of each claim that the study declares, and why: its intervals, the line they are held
 * against, and what the word holds for. */
#include "study/words/rules.h"

#include "base/memory.h"
#include "run/config.h"

#include <math.h>
#include <string.h>

static const rl_study *study_of(const rl_story *story) {
    return story->numbers->results->study;
}

static const rl_group_numbers *group_of(const rl_story *story, const rl_study_claim *claim) {
    return &story->numbers->groups[claim->group];
}

/* ---- What it says ---- */

static const char *quantity_name(rl_story *story, const rl_study_claim *claim) {
    const char *name = rl_format_quantity(story->words, claim->quantity);
    return claim->at > 0 ? RL_SAY(story->words, &rl_word_after_epoch, name,
                                  rl_format_count(story->words, claim->at))
                         : name;
}

static const char *subjects(rl_story *story, const rl_study_claim *claim) {
    const rl_study_group *group = group_of(story, claim)->group;
    const char **names = rl_words_alloc(story->words, claim->arm_count, sizeof *names);
    for (size_t i = 0; names && i < claim->arm_count; i++)
        names[i] = rl_story_arm(story, group, claim->arms[i]);
    return names ? rl_format_list(story->words, names, claim->arm_count) : "";
}

/* The claim in the words of the study's file, or in ours. */
static const char *statement(rl_story *story, const rl_study_claim *claim) {
    static const rl_word4 *const forms[] = {[RL_CLAIM_BETTER] = &rl_word_claim_better_by,
                                            [RL_CLAIM_KEEPS] = &rl_word_claim_keeps,
                                            [RL_CLAIM_SAME] = &rl_word_claim_same};
    const bool chinese = story->words->language == RL_LANGUAGE_CHINESE;
    if (chinese && claim->text_zh)
        return claim->text_zh;
    if (claim->text)
        return claim->text;
    const char *arms = subjects(story, claim);
    const char *other = rl_story_arm(story, group_of(story, claim)->group, claim->other);
    const char *quantity = quantity_name(story, claim);
    if (claim->kind == RL_CLAIM_BETTER && claim->margin == 0)
        return RL_SAY(story->words, &rl_word_claim_better, arms, other, quantity);
    return RL_SAY(
        story->words, forms[claim->kind], arms, other, quantity,
        rl_format_amount(story->words, rl_quantity_at(claim->quantity)->unit, claim->margin));
}

static const char *outcome_name(rl_story *story, const rl_claim_result *result) {
    static const rl_word0 *const names[] = {[RL_CLAIM_WAITING] = &rl_word_claim_waiting,
                                            [RL_CLAIM_UNDECIDED] = &rl_word_claim_undecided,
                                            [RL_CLAIM_SUPPORTED] = &rl_word_claim_supported,
                                            [RL_CLAIM_REFUTED] = &rl_word_claim_refuted,
                                            [RL_CLAIM_NOT_ASKED] = &rl_word_claim_not_asked};
    const char *name = rl_term(story->words, names[result->outcome]);
    if (result->outcome == RL_CLAIM_WAITING || result->outcome == RL_CLAIM_NOT_ASKED)
        return name;
    return RL_SAY(story->words,
                  rl_story_is_reduced(story) ? &rl_word_reduced_only : &rl_word_here_only, name);
}

/* ---- Why ---- */

/* When: a verdict may not be given. */
static void say_obstacle(rl_story *story, const rl_claim_result *result) {
    static const rl_word0 *const reasons[] = {
        [RL_CLAIM_FREE] = NULL,
        [RL_CLAIM_NO_RUNS] = &rl_word_claim_no_runs,
        [RL_CLAIM_FEW_SEEDS] = &rl_word_claim_few_seeds,
        [RL_CLAIM_OTHER_IMAGES] = &rl_word_claim_other_images,
        [RL_CLAIM_NO_TARGET] = &rl_word_claim_no_target,
        [RL_CLAIM_BEFORE_LOOK] = &rl_word_claim_before_look,
        [RL_CLAIM_NOT_TUNED] = &rl_word_claim_not_tuned,
    };
    if (result->outcome == RL_CLAIM_NOT_ASKED)
        rl_story_add(story, rl_term(story->words, &rl_word_claim_why_not_asked));
    else if (reasons[result->obstacle])
        rl_story_add(story, rl_term(story->words, reasons[result->obstacle]));
}

/* "relu against sigmoid: 45.8 points, 98.3% interval 38.8 to 52.8 points": at the level that the
 * outcome rests on. */
static const char *part_text(rl_story *story, const rl_study_claim *claim,
                             const rl_claim_result *result, const rl_claim_part *part) {
    const rl_study_group *group = group_of(story, claim)->group;
    const rl_interval *interval =
        result->outcome == RL_CLAIM_REFUTED ? &part->wide : &part->interval;
    return RL_SAY(story->words, &rl_word_claim_part, rl_story_arm(story, group, part->arm),
                  rl_story_arm(story, group, claim->other),
                  rl_story_difference(story, claim->quantity, interval));
}

/* When: there are runs to compare. */
static void say_parts(rl_story *story, const rl_study_claim *claim, const rl_claim_result *result) {
    const char **items = rl_words_alloc(story->words, result->part_count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; items && i < result->part_count; i++)
        if (result->parts[i].interval.count > 0)
            items[count++] = part_text(story, claim, result, &result->parts[i]);
    if (count > 0)
        ADD(story,
            rl_quantity_at(claim->quantity)->better < 0 ? &rl_word_claim_lower_parts
                                                        : &rl_word_claim_parts,
            quantity_name(story, claim), rl_format_series(story->words, items, count));
}

/* When: it was judged. */
static void say_line(rl_story *story, const rl_study_claim *claim, const rl_claim_result *result) {
    const bool many = claim->arm_count > 1;
    const rl_unit unit = rl_quantity_at(claim->quantity)->unit;
    const rl_word1 *word = claim->kind == RL_CLAIM_SAME
                               ? many ? &rl_word_claim_inside_all : &rl_word_claim_inside
                           : many ? &rl_word_claim_above_all
                                  : &rl_word_claim_above;
    if (result->outcome == RL_CLAIM_WAITING || result->outcome == RL_CLAIM_NOT_ASKED)
        return;
    ADD(story, word,
        result->line == 0 ? rl_format_number(story->words, 0, 0)
                          : rl_format_amount(story->words, unit, result->line));
}

/* When: the differences are few; or else the check by sign flips. */
static void say_flips(rl_story *story, const rl_study_claim *claim, const rl_claim_result *result) {
    const rl_study_group *group = group_of(story, claim)->group;
    const char **items = rl_words_alloc(story->words, result->part_count, sizeof *items);
    size_t count = 0;
    bool normal = false;
    if (result->outcome == RL_CLAIM_WAITING || result->outcome == RL_CLAIM_NOT_ASKED)
        return;
    for (size_t i = 0; items && i < result->part_count; i++) {
        const rl_claim_part *part = &result->parts[i];
        normal |= part->normal;
        if (!isnan(part->flips_p))
            items[count++] =
                RL_SAY(story->words, &rl_word_two_words, rl_story_arm(story, group, part->arm),
                       rl_format_p_named(story->words, part->flips_p));
    }
    if (normal)
        ADD(story, &rl_word_rests_on_normal, rl_format_seeds(story->words, result->seeds));
    if (count > 0)
        ADD(story, &rl_word_flips_check, rl_format_list(story->words, items, count));
}

/* When: it is known which test images were right, and the claim is one on them. */
static void say_images(rl_story *story, const rl_study_claim *claim,
                       const rl_claim_result *result) {
    const rl_study_group *group = group_of(story, claim)->group;
    const char **items = rl_words_alloc(story->words, result->part_count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; items && i < result->part_count; i++) {
        const rl_claim_part *part = &result->parts[i];
        if (part->images.count > 1)
            items[count++] = RL_SAY(
                story->words, &rl_word_two_words, rl_story_arm(story, group, part->arm),
                rl_format_range(story->words, RL_UNIT_SHARE, part->images.low, part->images.high));
    }
    if (count > 0)
        ADD(story, &rl_word_claim_images, rl_format_list(story->words, items, count));
}

/* The test accuracy at the time of a loss. */
static rl_interval accuracy_then(rl_story *story, const rl_study_claim *claim, size_t arm) {
    const rl_group_numbers *group = group_of(story, claim);
    const size_t seeds = study_of(story)->seed_count;
    const size_t at =
        claim->quantity == RL_QUANTITY_EARLY_TRAIN_LOSS ? group->early_epoch : claim->at;
    double *first = rl_words_alloc(story->words, 2 * seeds, sizeof *first);
    if (!first)
        return (rl_interval){0};
    rl_numbers_take(story->numbers, group, arm, RL_QUANTITY_TEST_ACCURACY, at, first);
    rl_numbers_take(story->numbers, group, claim->other, RL_QUANTITY_TEST_ACCURACY, at,
                    first + seeds);
    for (size_t s = 0; s < seeds; s++)
        first[s] -= first[seeds + s];
    return rl_interval_of(first, seeds, RL_ALPHA, 0);
}

/* When: the claim is about a loss. What is said of it need not hold of the accuracy. */
static void say_accuracy_then(rl_story *story, const rl_study_claim *claim,
                              const rl_claim_result *result) {
    const rl_study_group *group = group_of(story, claim)->group;
    const char **items = rl_words_alloc(story->words, result->part_count, sizeof *items);
    size_t count = 0;
    if (rl_quantity_at(claim->quantity)->unit != RL_UNIT_NATS)
        return;
    for (size_t i = 0; items && i < result->part_count; i++) {
        const size_t arm = result->parts[i].arm;
        const rl_interval interval = accuracy_then(story, claim, arm);
        if (interval.count > 0)
            items[count++] =
                RL_SAY(story->words, &rl_word_claim_part, rl_story_arm(story, group, arm),
                       rl_story_arm(story, group, claim->other),
                       rl_story_difference(story, RL_QUANTITY_TEST_ACCURACY, &interval));
    }
    if (count > 0)
        ADD(story, &rl_word_claim_accuracy_then, rl_format_series(story->words, items, count));
}

/* When: the study looks at its results on the way. */
static void say_look(rl_story *story, const rl_claim_result *result) {
    if (result->look == 0)
        return;
    ADD(story, &rl_word_claim_look, rl_format_count(story->words, result->look),
        rl_format_seeds(story->words, result->seeds));
    if (result->futile && result->outcome == RL_CLAIM_UNDECIDED)
        rl_story_add(story, rl_term(story->words, &rl_word_claim_futile));
}

/* ---- What the word holds for ---- */

/* "resnet18, width 8, 5 epochs, learning rate 0.01": what all arms of the group have in common. */
static const char *configuration(rl_story *story, const rl_study_group *group) {
    static const struct {
        const char *option;
        const rl_word1 *word;
    } rows[] = {{"model", &rl_word_of_model},
                {"width", &rl_word_of_width},
                {"epochs", &rl_word_of_epochs},
                {"lr", &rl_word_of_rate}};
    enum { ROWS = sizeof rows / sizeof *rows };
    const char *items[ROWS + 1];
    size_t count = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const char *value = rl_format_common(story->words, group, rows[i].option);
        if (value)
            items[count++] = RL_SAY(story->words, rows[i].word, value);
    }
    const rl_run_record *run = rl_story_any_run(story);
    if (run && run->train_images < run->data_train_images)
        items[count++] = RL_SAY(story->words, &rl_word_images_of,
                                rl_format_count(story->words, run->train_images),
                                rl_format_count(story->words, run->data_train_images));
    return rl_format_list(story->words, items, count);
}

/* When: it was judged. */
static void say_here(rl_story *story, const rl_study_claim *claim, const rl_claim_result *result) {
    if (result->outcome == RL_CLAIM_WAITING || result->outcome == RL_CLAIM_NOT_ASKED)
        return;
    const char *diverged = rl_story_diverged(story, group_of(story, claim));
    if (*diverged)
        ADD(story, &rl_word_claim_diverged, diverged);
    ADD(story, &rl_word_claim_here, configuration(story, group_of(story, claim)->group),
        rl_format_seeds(story->words, result->seeds));
    if (claim->after > 0)
        ADD(story, &rl_word_claim_after, rl_format_runs(story->words, claim->after));
}

void rl_findings_judge(rl_story *story, rl_findings *findings) {
    const rl_study *study = study_of(story);
    if (study->claim_count == 0)
        return;
    findings->judgements =
        rl_words_alloc(story->words, study->claim_count, sizeof *findings->judgements);
    for (size_t i = 0; findings->judgements && i < study->claim_count; i++) {
        const rl_study_claim *claim = &study->claims[i];
        const rl_claim_result *result = &story->claims->results[i];
        say_obstacle(story, result);
        say_parts(story, claim, result);
        say_line(story, claim, result);
        say_look(story, result);
        say_flips(story, claim, result);
        say_images(story, claim, result);
        say_accuracy_then(story, claim, result);
        say_here(story, claim, result);
        findings->judgements[findings->judgement_count++] =
            (rl_judgement){.claim = statement(story, claim),
                           .outcome = result->outcome,
                           .name = outcome_name(story, result),
                           .reason = rl_story_take(story)};
    }
}
