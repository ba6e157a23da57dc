/* Claims as others need them: the words of their forms, and whether two say the same. */
#ifndef RL_STUDY_DESIGN_CLAIMS_H
#define RL_STUDY_DESIGN_CLAIMS_H

#include "study/design/study.h"

/* The parts of a claim that have a key of their own in each form. */
typedef enum { RL_CLAIM_KEY_SUBJECT, RL_CLAIM_KEY_OTHER, RL_CLAIM_KEY_MARGIN } rl_claim_key_kind;

/* "better", "than", "by"; "keeps", "of", "within"; "same", "as", "within". */
const char *rl_study_claim_key(rl_claim_kind kind, rl_claim_key_kind part);

/* Files say the margins of a quantity so many times as large as claims hold them: shares in
 * percentage points. */
double rl_study_margin_scale(rl_quantity_kind quantity);

/* What the key `order` of a study takes; ended by NULL. The second is claims_in_order. */
extern const char *const rl_claim_order_names[];

/* Do two claims, of one study, say the same, in whatever words? */
bool rl_study_same_claim(const rl_study_claim *a, const rl_study_claim *b);

#endif
