/* What the rules of the analysis are written with: sentences collected into paragraphs, and texts
 * that several chapters need. All of them live as long as the words. */
#ifndef RL_STUDY_WORDS_STORY_H
#define RL_STUDY_WORDS_STORY_H

#include "study/words/findings.h"
#include "study/words/format.h"

typedef struct {
    const rl_numbers *numbers;
    const rl_claims *claims;
    rl_words *words;
    rl_buffer paragraph; /* sentences so far */
} rl_story;

/* Adds a sentence to the paragraph. */
void rl_story_add(rl_story *story, const char *sentence);

/* ADD(story, &rl_word_x, text, ...): a sentence of the table. */
#define ADD(story, ...) rl_story_add(story, RL_SAY((story)->words, __VA_ARGS__))

/* Moves the paragraph, if any sentence was said, to the end of `prose`. */
void rl_story_end_paragraph(rl_story *story, rl_prose *prose);

/* The paragraph's text, which begins anew; "" when nothing was said. */
const char *rl_story_take(rl_story *story);

/* An arm as sentences name it: its label, in quotes where it holds spaces, with its factor where it
 * is no word ("lr=0.1"). */
const char *rl_story_arm(rl_story *story, const rl_study_group *group, size_t arm);

/* "45.8 points, 98.3% interval 38.8 to 52.8 points": a difference of a quantity with its interval,
 * as far as there is one. */
const char *rl_story_difference(rl_story *story, rl_quantity_kind quantity,
                                const rl_interval *interval);

/* The same of a pair as seen from one of its arms: sign as of rl_pair_of. */
const char *rl_story_pair(rl_story *story, rl_quantity_kind quantity, const rl_pair *pair,
                          double sign);

/* "3 of 8 with gelu (up to 71% of such runs may do so) and ...": the arms of a group of which runs
 * diverged; "" for none. */
const char *rl_story_diverged(rl_story *story, const rl_group_numbers *group);

/* "Here, at learning rate 0.01 and over 8 seeds,": what a verdict on the group holds for. */
const char *rl_story_here(rl_story *story, const rl_group_numbers *group, size_t seeds);

/* Is the option one that the study tunes for each arm? */
bool rl_story_is_tuned(const rl_story *story, const char *option);

/* The arms of a group that have a value of the quantity, the best mean first. NULL on failure, with
 * *count 0. */
const size_t *rl_story_order(rl_story *story, const rl_group_numbers *group,
                             rl_quantity_kind quantity, size_t *count);

/* The most seeds that any arm has a test accuracy of. */
size_t rl_story_seeds(const rl_group_numbers *group);

/* A curve of an arm; empty on failure. */
rl_curve_band rl_story_curve(rl_story *story, const rl_group_numbers *group, size_t arm,
                             rl_curve curve);

/* Were all runs that are done made on one machine, with as many threads? */
bool rl_story_one_machine(const rl_story *story);

/* A run that is done, for what all have in common; NULL when there is none. */
const rl_run_record *rl_story_any_run(const rl_story *story);

/* Classes of the data; 0 when no run says. */
size_t rl_story_classes(const rl_story *story);

/* Did runs use only a part of the data set? */
bool rl_story_is_reduced(const rl_story *story);

#endif
