/* What the study cannot say. */
#include "study/words/rules.h"

#include "base/memory.h"
#include "run/config.h"

#include <string.h>

static const rl_study *study_of(const rl_story *story) {
    return story->numbers->results->study;
}

/* Always. */
static void limit_seeds(rl_story *story) {
    const size_t seeds = study_of(story)->seed_count;
    const bool whole = story->numbers->done == study_of(story)->run_count;
    ADD(story,
        seeds == 1 ? &rl_word_limit_one_seed
        : whole    ? &rl_word_limit_seeds
                   : &rl_word_limit_some_seeds,
        rl_format_seeds(story->words, seeds));
}

/* When: a run is not done. A study that was stopped is a smaller one, unless it was stopped for
 * what it showed; a look at which it is declared to stop may be such a reason. */
static void limit_runs(rl_story *story) {
    const rl_numbers *n = story->numbers;
    rl_words *words = story->words;
    if (n->diverged > 0)
        ADD(story, &rl_word_limit_diverged, rl_format_runs(words, n->diverged));
    if (n->failed > 0)
        ADD(story, &rl_word_limit_failed, rl_format_runs(words, n->failed));
    if (n->missing > 0 && story->claims->settled)
        ADD(story, &rl_word_limit_settled, rl_format_runs(words, n->missing),
            rl_format_count(words, story->claims->look));
    else if (n->missing > 0)
        ADD(story, &rl_word_limit_missing, rl_format_runs(words, n->missing));
}

/* When: runs use a part of the data. */
static void limit_reduction(rl_story *story, const rl_run_record *run) {
    rl_words *words = story->words;
    if (rl_story_is_reduced(story))
        ADD(story, &rl_word_limit_reduced, rl_format_count(words, run->train_images),
            rl_format_count(words, run->data_train_images),
            rl_format_count(words, run->test_images),
            rl_format_count(words, run->data_test_images));
}

/* When: the data are drawn by the program. */
static void limit_drawn(rl_story *story, const rl_run_record *run) {
    if (run->data_format && strcmp(run->data_format, "shapes") == 0)
        rl_story_add(story, rl_term(story->words, &rl_word_limit_drawn));
}

/* When: it is known whether the seeds share their test images. */
static void limit_test_images(rl_story *story, const rl_run_record *run) {
    const rl_group_numbers *groups = story->numbers->groups;
    const rl_images images =
        study_of(story)->group_count > 0 ? groups[0].images : RL_IMAGES_UNKNOWN;
    rl_story_add(story, rl_term(story->words, &rl_word_nothing_chosen));
    if (images == RL_IMAGES_SHARED)
        ADD(story, &rl_word_images_shared, rl_format_count(story->words, run->test_images));
    if (images == RL_IMAGES_OWN)
        ADD(story, &rl_word_images_own, rl_format_count(story->words, run->test_images));
}

/* The rate that all arms of a group have, and its schedule, where it is not what varies. */
static const char *common_rate(rl_story *story, const rl_study_group *group) {
    const char *rate = rl_format_common(story->words, group, "lr");
    const char *schedule = rl_format_common(story->words, group, "schedule");
    return rate && schedule && group->arm_count > 1 && !rl_story_is_tuned(story, "lr")
               ? RL_SAY(story->words, &rl_word_rate_and_schedule, rate, schedule)
               : NULL;
}

/* When: the arms of a group have one learning rate, which nobody chose for each of them. */
static void limit_learning_rate(rl_story *story) {
    const rl_study *study = study_of(story);
    const char **items = rl_words_alloc(story->words, study->group_count, sizeof *items);
    size_t count = 0;
    for (size_t g = 0; items && g < study->group_count; g++) {
        const char *rate = common_rate(story, &study->groups[g]);
        size_t known = 0;
        while (rate && known < count && strcmp(items[known], rate) != 0)
            known++;
        if (rate && known == count)
            items[count++] = rate;
    }
    if (count > 0)
        ADD(story, &rl_word_limit_rate, rl_format_series(story->words, items, count));
}

/* When: the machine is known. */
static void limit_speed(rl_story *story, const rl_run_record *run) {
    if (!rl_story_one_machine(story))
        rl_story_add(story, rl_term(story->words, &rl_word_limit_machines));
    else if (run->cpu[0])
        ADD(story, &rl_word_limit_machine,
            rl_format_counted(story->words, (size_t)run->threads, &rl_word_one_thread,
                              &rl_word_many_threads),
            run->cpu);
}

void rl_findings_limits(rl_story *story, rl_prose *prose) {
    const rl_run_record *run = rl_story_any_run(story);
    limit_seeds(story);
    rl_story_end_paragraph(story, prose);
    limit_runs(story);
    rl_story_end_paragraph(story, prose);
    if (run) {
        limit_reduction(story, run);
        limit_drawn(story, run);
        rl_story_end_paragraph(story, prose);
        limit_test_images(story, run);
        rl_story_end_paragraph(story, prose);
    }
    limit_learning_rate(story);
    rl_story_end_paragraph(story, prose);
    if (run)
        limit_speed(story, run);
    rl_story_end_paragraph(story, prose);
}
