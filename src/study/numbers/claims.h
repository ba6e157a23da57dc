/* What became of a study's claims: judge.h on the differences that its runs measured. */
#ifndef RL_STUDY_NUMBERS_CLAIMS_H
#define RL_STUDY_NUMBERS_CLAIMS_H

#include "study/numbers/judge.h"
#include "study/numbers/numbers.h"

typedef struct {
    rl_claim_result *results; /* [study->claim_count] */
    size_t count;
    size_t look;  /* the last look whose runs are all there; 0 before one and without looks */
    bool settled; /* after that look: nothing is left to ask */
} rl_claims;

/* Judges the claims of the study, with looks as far as there are runs. */
rl_status rl_claims_create(rl_claims **claims, const rl_numbers *numbers, rl_error *error);
void rl_claims_free(rl_claims *claims);

#endif
