/* The written analysis: sentences that the numbers support, in English and Chinese. All rules stand
 * in the chapters of this room, each with the condition under which its sentence may be written;
 * where the data do not support a sentence, there is none. */
#ifndef RL_STUDY_WORDS_FINDINGS_H
#define RL_STUDY_WORDS_FINDINGS_H

#include "study/numbers/analysis.h"
#include "study/words/words.h"

/* What became of a statement of the reference experiment. */
typedef enum { RL_LEFT_OPEN, RL_CONFIRMED, RL_REFUTED } rl_judgement;

typedef struct {
    const char **paragraphs; /* plain UTF-8 text, no markup; each a paragraph of whole sentences */
    size_t count;
} rl_prose;

typedef struct {
    const char *claim; /* "ReLU and its variants train stably and beat Sigmoid." */
    rl_judgement judgement;
    const char *reason; /* with the numbers it rests on */
} rl_conclusion;

typedef struct {
    rl_prose *groups; /* the analysis of each group of the study */
    size_t group_count;
    rl_prose overview; /* the answer in a few sentences, for the head of the report */
    rl_prose limits;   /* what the study cannot say: seeds, reduction, test images, missing runs */
    rl_conclusion *conclusions; /* those of the reference experiment that this study has arms for */
    size_t conclusion_count;
} rl_findings;

/* All of it lives as long as `words`, whose status says whether it is whole. */
void rl_findings_write(rl_findings *findings, rl_words *words, const rl_analysis *analysis);

/* "confirmed", "refuted", "left open"; in Chinese likewise. */
const char *rl_judgement_name(rl_judgement judgement, rl_language language);

/* "better", "worse", "not distinguishable", "no verdict". */
const char *rl_verdict_name(rl_verdict verdict, rl_language language);

#endif
