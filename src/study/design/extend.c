/* What a study may be given later: anything that leaves the runs that it has, and what was declared
 * before they ended, as they are. */
#include "study/design/extend.h"

#include "base/error.h"
#include "base/memory.h"
#include "run/config.h"
#include "study/design/arms.h"
#include "study/design/claims.h"
#include "study/design/tuning.h"

#include <math.h>
#include <string.h>

typedef struct {
    rl_study *study;
    const rl_study *there;
    const char *path;
    rl_error *error;
} extension;

/* ---- Runs ---- */

/* The study has not run `index` of `there`: says in what the one in its place is another, or that
 * there is none. */
static rl_status fail_run(const extension *e, size_t index) {
    const rl_study_task *old = &e->there->runs[index];
    if (e->there->run_count == e->study->run_count)
        for (size_t i = 0; i < e->there->run_count; i++) {
            const rl_config *a = e->there->runs[i].config, *b = e->study->runs[i].config;
            const char *option = rl_config_difference(a, b);
            if (option)
                return rl_fail(
                    e->error, RL_ERROR_MISMATCH,
                    "%s: holds another study: %s of run %zu is '%s', expected '%s' of %s", e->path,
                    option, i + 1, rl_config_get(a, option), rl_config_get(b, option),
                    e->study->path);
        }
    return rl_fail(e->error, RL_ERROR_MISMATCH,
                   "%s: holds another study: its run %s (%s) is not in %s, where a study may be "
                   "given more seeds, arms and groups, but keeps what it has",
                   e->path, old->info.name, old->info.differences, e->study->path);
}

/* Where the study has a run of `there`. */
static bool find_run(const extension *e, const rl_study_task *old, rl_study_kept *kept) {
    const rl_study *study = e->study;
    size_t s;
    if (!rl_study_seed_index(study, old->info.seed, &s))
        return false;
    for (size_t g = 0; g < study->group_count; g++)
        for (size_t a = 0; a < study->groups[g].arm_count; a++) {
            const size_t run = study->groups[g].arms[a].runs[s];
            if (rl_config_difference(old->config, study->runs[run].config))
                continue;
            *kept = (rl_study_kept){.group = g, .arm = a, .seed = old->info.seed};
            return true;
        }
    return false;
}

static bool has_names_of(const rl_study *study, const rl_study *there) {
    if (there->run_count > study->run_count)
        return false;
    for (size_t i = 0; i < there->run_count; i++)
        if (strcmp(study->runs[i].info.name, there->runs[i].info.name) != 0 ||
            rl_config_difference(study->runs[i].config, there->runs[i].config))
            return false;
    return true;
}

static rl_status keep_runs(const extension *e) {
    const rl_study *there = e->there;
    if (has_names_of(e->study, there))
        return RL_OK;
    rl_study_kept *kept = rl_alloc(there->run_count, sizeof *kept);
    rl_status status = kept ? RL_OK : rl_fail_memory(e->error, "a study");
    size_t count = 0;
    while (status == RL_OK && count < there->run_count) {
        const rl_study_task *old = &there->runs[count];
        if (!find_run(e, old, &kept[count]))
            status = fail_run(e, count);
        else if (!(kept[count++].name = rl_strdup(old->info.name)))
            status = rl_fail_memory(e->error, "a study");
    }
    rl_study_clear_kept(e->study);
    e->study->kept = kept;
    e->study->kept_count = kept ? count : 0;
    return status == RL_OK ? rl_study_make_runs(e->study, e->error) : status;
}

/* ---- What was declared ---- */

static const rl_study_arm *arm_of(const rl_study *study, const rl_study_claim *claim, size_t arm) {
    return &study->groups[claim->group].arms[arm];
}

static bool names_arm(const rl_study *study, const rl_study_claim *claim, const char *name) {
    for (size_t i = 0; i < claim->arm_count; i++)
        if (strcmp(arm_of(study, claim, claim->arms[i])->name, name) == 0)
            return true;
    return false;
}

/* Do claims of two studies say the same? Their arms may have other indices. */
static bool same_claim(const rl_study *study_a, const rl_study_claim *a, const rl_study *study_b,
                       const rl_study_claim *b) {
    const rl_study_group *group_a = &study_a->groups[a->group];
    const rl_study_group *group_b = &study_b->groups[b->group];
    bool same = a->kind == b->kind && a->arm_count == b->arm_count && a->margin == b->margin &&
                a->quantity == b->quantity && a->at == b->at &&
                strcmp(group_a->name, group_b->name) == 0 &&
                strcmp(arm_of(study_a, a, a->other)->name, arm_of(study_b, b, b->other)->name) == 0;
    if (a->quantity == RL_QUANTITY_EPOCHS_TO)
        same = same && group_a->target == group_b->target;
    for (size_t i = 0; same && i < a->arm_count; i++)
        same = names_arm(study_b, b, arm_of(study_a, a, a->arms[i])->name);
    return same;
}

static rl_study_claim *find_claim(const rl_study *in, const rl_study *study,
                                  const rl_study_claim *claim) {
    for (size_t i = 0; i < in->claim_count; i++)
        if (same_claim(study, claim, in, &in->claims[i]))
            return &in->claims[i];
    return NULL;
}

static bool same_looks(const rl_study *a, const rl_study *b) {
    return a->look_count == b->look_count &&
           (a->look_count == 0 ||
            memcmp(a->looks, b->looks, a->look_count * sizeof *a->looks) == 0);
}

static rl_status keep_declared(const extension *e, size_t ended) {
    rl_study *study = e->study;
    const rl_study *there = e->there;
    for (size_t i = 0; i < there->claim_count; i++) {
        const rl_study_claim *old = &there->claims[i];
        const char *words = old->name ? old->name : old->text ? old->text : "";
        rl_study_claim *claim = find_claim(study, there, old);
        if (!claim)
            return rl_fail(e->error, RL_ERROR_MISMATCH,
                           "%s: claim %zu%s%.80s%s is not in %s, or says something else there: "
                           "with %zu runs done, a claim stays as it is",
                           e->path, i + 1, words[0] ? " ('" : "", words, words[0] ? "')" : "",
                           study->path, ended);
        claim->after = old->after;
    }
    if (there->claim_count > 0 && study->claims_in_order != there->claims_in_order)
        return rl_fail(e->error, RL_ERROR_MISMATCH,
                       "%s: the order of claims is '%s', expected it in %s: with %zu runs done, it "
                       "stays",
                       e->path, rl_claim_order_names[there->claims_in_order], study->path, ended);
    if (!same_looks(study, there))
        return rl_fail(e->error, RL_ERROR_MISMATCH,
                       "%s: has other looks than %s: with %zu runs done, they stay as declared",
                       e->path, study->path, ended);
    if (!rl_study_same_tuning(study->tuning, there->tuning))
        return rl_fail(e->error, RL_ERROR_MISMATCH,
                       "%s: has another tuning than %s: with %zu runs done, it stays as declared",
                       e->path, study->path, ended);
    for (size_t i = 0; i < study->claim_count; i++)
        if (!find_claim(there, study, &study->claims[i])) {
            if (study->look_count > 0)
                return rl_fail(e->error, RL_ERROR_MISMATCH,
                               "%s: claim %zu is new: with %zu runs done, a study that looks takes "
                               "no further claim, each of which shares its chance of error",
                               study->path, i + 1, ended);
            study->claims[i].after = rl_max(study->claims[i].after, ended);
        }
    return RL_OK;
}

rl_status rl_study_extend(rl_study *study, const rl_study *there, const char *path, size_t ended,
                          rl_error *error) {
    const extension e = {.study = study, .there = there, .path = path, .error = error};
    const rl_status status = keep_runs(&e);
    return status == RL_OK && ended > 0 ? keep_declared(&e, ended) : status;
}
