/* The written analysis: sentences that the numbers support, in English and Chinese. All rules stand
 * in the chapters of this room, each with the condition under which its sentence may be written;
 * where the data do not support a sentence, there is none. */
#ifndef RL_STUDY_WORDS_FINDINGS_H
#define RL_STUDY_WORDS_FINDINGS_H

#include "study/numbers/claims.h"
#include "study/words/words.h"

typedef struct {
    const char **paragraphs; /* plain UTF-8 text, no markup; each a paragraph of whole sentences */
    size_t count;
} rl_prose;

/* A claim of the study, and what became of it. */
typedef struct {
    const char *claim; /* in the words of the study's file, where it has any */
    rl_claim_outcome outcome;
    const char *name;   /* of the outcome: "refuted for this reduced configuration" */
    const char *reason; /* with the numbers it rests on */
} rl_judgement;

typedef struct {
    rl_prose *groups; /* the analysis of each group of the study */
    size_t group_count;
    rl_prose overview; /* the answer in a few sentences, for the head of the report */
    rl_prose limits;   /* what the study cannot say: seeds, reduction, test images, missing runs */
    rl_judgement *judgements; /* of the study's claims, in their order */
    size_t judgement_count;
} rl_findings;

/* All of it lives as long as `words`, whose status says whether it is whole. */
void rl_findings_write(rl_findings *findings, rl_words *words, const rl_numbers *numbers,
                       const rl_claims *claims);

#endif
