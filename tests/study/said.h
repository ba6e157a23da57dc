/* Findings on made-up studies, and what they say. */
#ifndef RL_TEST_STUDY_SAID_H
#define RL_TEST_STUDY_SAID_H

#include "study/synthetic.h"
#include "study/words/findings.h"

#define ONE_SEED "1"
#define TWO_SEEDS "1, 2"
#define FOUR_SEEDS "1, 2, 3, 4"
#define EIGHT_SEEDS "1, 2, 3, 4, 5, 6, 7, 8"
enum { ACTIVATIONS, OPTIMIZERS, GHOST }; /* groups of the reference experiment */

typedef struct {
    rl_results *results;
    rl_numbers *numbers;
    rl_claims *claims;
    rl_words words[RL_LANGUAGES];
    rl_findings english, chinese;
} fixture;

/* The words of numbers that are there. */
static inline void speak(fixture *f) {
    rl_findings *const findings[RL_LANGUAGES] = {
        [RL_LANGUAGE_ENGLISH] = &f->english, [RL_LANGUAGE_CHINESE] = &f->chinese};
    for (int i = 0; i < RL_LANGUAGES; i++) {
        f->words[i] = (rl_words){.language = (rl_language)i};
        rl_findings_write(findings[i], &f->words[i], f->numbers, f->claims);
        assert_int_equal(rl_words_status(&f->words[i], "words", NULL), RL_OK);
    }
}

static inline void write_findings(fixture *f) {
    assert_int_equal(rl_numbers_create(&f->numbers, f->results, NULL), RL_OK);
    assert_int_equal(rl_claims_create(&f->claims, f->numbers, NULL), RL_OK);
    speak(f);
}

static inline fixture study_of(const char *yaml, const char *seeds, const synthetic_arm *arms) {
    fixture f = {.results = synthetic_results(yaml, seeds, arms)};
    write_findings(&f);
    return f;
}

static inline fixture study(const char *seeds, const synthetic_arm *arms) {
    return study_of(SYNTHETIC_REFERENCE, seeds, arms);
}

static inline void be_silent(fixture *f) {
    for (int i = 0; i < RL_LANGUAGES; i++)
        rl_words_clear(&f->words[i]);
}

static inline void clear_findings(fixture *f) {
    be_silent(f);
    rl_claims_free(f->claims);
    rl_numbers_free(f->numbers);
}

/* Anew, after the results were changed. */
static inline void write_again(fixture *f) {
    clear_findings(f);
    write_findings(f);
}

static inline void end(fixture f) {
    clear_findings(&f);
    rl_results_free(f.results);
}

/* The record of an arm's run. */
static inline rl_run_record *record_of(const fixture *f, size_t group, size_t arm, size_t seed) {
    return f->results->records[f->results->study->groups[group].arms[arm].runs[seed]];
}

/* Test accuracies after the last epoch, by seed; the findings are not written again. */
static inline void set_accuracies(const fixture *f, size_t group, size_t arm,
                                  const double *accuracies) {
    for (size_t s = 0; s < f->results->study->seed_count; s++) {
        rl_run_record *record = record_of(f, group, arm, s);
        record->epochs[record->epoch_count - 1].test_accuracy = accuracies[s];
    }
}

static inline bool says(const rl_prose *prose, const char *words) {
    for (size_t i = 0; i < prose->count; i++)
        if (strstr(prose->paragraphs[i], words))
            return true;
    return false;
}

#define ASSERT_SAYS(prose, words)                                                                  \
    do {                                                                                           \
        if (!says(prose, words))                                                                   \
            fail_msg("not said: %s", words);                                                       \
    } while (0)
#define ASSERT_SILENT(prose, words)                                                                \
    do {                                                                                           \
        if (says(prose, words))                                                                    \
            fail_msg("said: %s", words);                                                           \
    } while (0)

/* The same in both languages: a rule has two sentences, but one condition. */
static inline void assert_both(const fixture *f, size_t group, bool said, const char *english,
                               const char *chinese) {
    if (said) {
        ASSERT_SAYS(&f->english.groups[group], english);
        ASSERT_SAYS(&f->chinese.groups[group], chinese);
    } else {
        ASSERT_SILENT(&f->english.groups[group], english);
        ASSERT_SILENT(&f->chinese.groups[group], chinese);
    }
}

/* A copy of the reference arms in which those of `changes` (ended by NULL) are other ones. */
static inline const synthetic_arm *with(const synthetic_arm *changes) {
    static synthetic_arm arms[16];
    size_t count = 0;
    while (changes[count].label)
        count++;
    memcpy(arms, changes, count * sizeof *arms);
    memcpy(arms + count, synthetic_reference, sizeof synthetic_reference);
    return arms;
}
#define WITH(...) with((const synthetic_arm[]){__VA_ARGS__, {NULL, 0, 0, 0, 0, 0, 0, 0, 0}})

#endif
