/* Takes looks, keeps and checks them. A look is a function of results: what is found in looks.json
 * is judged anew, so that nothing can stand there that its runs do not say. */
#include "study/work/looks.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/lock.h"
#include "base/memory.h"
#include "run/config.h"
#include "study/work/folder.h"
#include "study/work/sealed.h"

#include <stdio.h>
#include <string.h>

#define LOOKS_LOCK ".looks.lock"

typedef struct {
    const rl_study *study;
    const char *out;
    char path[RL_PATH_SIZE];
    rl_study_decide_function *decide;
    rl_error *error;
} looker;

/* ---- What a look was taken of ---- */

static void add_text(rl_digest *digest, const char *text) {
    rl_digest_add(digest, text, strlen(text) + 1);
}

static void add_double(rl_digest *digest, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    rl_digest_add_u64(digest, value == value ? bits : 0); /* any NaN is the same */
}

/* What a run measured, without its times. */
static rl_status add_run(const looker *l, rl_digest *digest, size_t index) {
    char path[RL_PATH_SIZE];
    rl_run_record *record;
    rl_status status = rl_study_run_path(path, l->out, &l->study->runs[index].info, l->error);
    if (status == RL_OK)
        status = rl_run_record_read(&record, path, l->error);
    if (status != RL_OK)
        return status;
    add_text(digest, l->study->runs[index].info.name);
    rl_digest_add_u64(digest, record->state);
    for (size_t e = 0; e < record->epoch_count; e++) {
        const rl_epoch_row *row = &record->epochs[e];
        const double values[] = {row->lr,        row->train_loss,    row->train_accuracy,
                                 row->test_loss, row->test_accuracy, row->train_cross_entropy};
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
            add_double(digest, values[i]);
    }
    rl_run_record_free(record);
    return RL_OK;
}

/* The settings of an arm; its runs of the first seeds. */
static rl_status add_arm(const looker *l, rl_digest *digest, const rl_study_arm *arm,
                         size_t seeds) {
    char *settings = rl_config_results(arm->config);
    if (!settings)
        return rl_fail_memory(l->error, "a look");
    add_text(digest, arm->name);
    add_text(digest, settings);
    rl_free(settings);
    rl_status status = RL_OK;
    for (size_t s = 0; s < seeds && status == RL_OK; s++)
        status = add_run(l, digest, arm->runs[s]);
    return status;
}

/* Of everything that a look rests on: the claims, and the runs of their arms. */
static rl_status digest_look(const looker *l, size_t seeds, char text[RL_DIGEST_TEXT]) {
    const rl_study *study = l->study;
    rl_digest digest;
    rl_status status = RL_OK;
    rl_digest_begin(&digest);
    rl_digest_add_u64(&digest, study->claims_in_order);
    for (size_t i = 0; i < study->look_count; i++)
        rl_digest_add_u64(&digest, study->looks[i]);
    for (size_t c = 0; c < study->claim_count && status == RL_OK; c++) {
        const rl_study_claim *claim = &study->claims[c];
        const rl_study_group *group = &study->groups[claim->group];
        add_text(&digest, group->name);
        add_text(&digest, rl_quantity_at(claim->quantity)->key);
        rl_digest_add_u64(&digest, claim->kind);
        rl_digest_add_u64(&digest, claim->at);
        add_double(&digest, claim->margin);
        add_double(&digest, group->target);
        status = add_arm(l, &digest, &group->arms[claim->other], seeds);
        for (size_t i = 0; i < claim->arm_count && status == RL_OK; i++)
            status = add_arm(l, &digest, &group->arms[claim->arms[i]], seeds);
    }
    if (status == RL_OK && !rl_digest_text(&digest, text))
        status = rl_fail_memory(l->error, "a look");
    rl_digest_end(&digest);
    return status;
}

static rl_status take_look(const looker *l, size_t look, json_t **taken) {
    const size_t seeds = l->study->looks[look];
    char digest[RL_DIGEST_TEXT];
    rl_look_decision decision = {0};
    *taken = NULL;
    rl_status status = digest_look(l, seeds, digest);
    if (status == RL_OK)
        status = l->decide(&decision, l->study, l->out, seeds, l->error);
    if (status != RL_OK)
        return status;
    *taken = json_pack("{s:I, s:s, s:o, s:b}", "seeds", (json_int_t)seeds, "results", digest,
                       "claims", decision.claims, "settled", decision.settled);
    return *taken ? RL_OK : rl_fail_memory(l->error, "a look");
}

/* ---- What was taken ---- */

static bool is_settled(const json_t *look) {
    return json_is_true(json_object_get(look, "settled"));
}

/* The look that is kept must be the one that its results give. */
static rl_status check_look(const looker *l, const json_t *kept, size_t look) {
    const size_t seeds = l->study->looks[look];
    const json_int_t kept_seeds = json_integer_value(json_object_get(kept, "seeds"));
    const char *results = json_string_value(json_object_get(kept, "results"));
    json_t *made;
    if (kept_seeds != (json_int_t)seeds)
        return rl_fail(l->error, RL_ERROR_MISMATCH,
                       "%s: look %zu is after %lld seeds, expected %zu as declared: a look was "
                       "left out or moved",
                       l->path, look + 1, (long long)kept_seeds, seeds);
    rl_status status = take_look(l, look, &made);
    if (status != RL_OK)
        return status;
    const char *now = json_string_value(json_object_get(made, "results"));
    if (!results || strcmp(results, now) != 0)
        status = rl_fail(l->error, RL_ERROR_MISMATCH,
                         "%s: look %zu was taken of other results or claims than the study has "
                         "now",
                         l->path, look + 1);
    else if (!json_equal(kept, made))
        status = rl_fail(l->error, RL_ERROR_MISMATCH,
                         "%s: look %zu says something else than its results do", l->path, look + 1);
    json_decref(made);
    return status;
}

static rl_status check_all(const looker *l, const json_t *looks) {
    rl_status status = RL_OK;
    const size_t count = json_array_size(looks);
    if (count > l->study->look_count)
        return rl_fail(l->error, RL_ERROR_MISMATCH, "%s: has %zu looks, expected at most %zu",
                       l->path, count, l->study->look_count);
    for (size_t i = 0; i < count && status == RL_OK; i++) {
        const json_t *kept = json_array_get(looks, i);
        status = check_look(l, kept, i);
        if (status == RL_OK && is_settled(kept) && i + 1 < count)
            status =
                rl_fail(l->error, RL_ERROR_MISMATCH,
                        "%s: goes on after look %zu, which had ended the study", l->path, i + 1);
    }
    return status;
}

static rl_status look_on(const looker *l, size_t complete, size_t *taken, bool *settled,
                         bool *fresh) {
    json_t *object;
    rl_status status = rl_sealed_read(&object, l->path, l->error);
    if (status != RL_OK)
        return status;
    json_t *looks = json_incref(json_object_get(object, "looks"));
    json_decref(object);
    if (!looks)
        looks = json_array();
    status = looks ? check_all(l, looks) : rl_fail_memory(l->error, "a look");
    *taken = json_array_size(looks);
    *settled = *taken > 0 && is_settled(json_array_get(looks, *taken - 1));
    if (status == RL_OK && !*settled && *taken < l->study->look_count &&
        l->study->looks[*taken] <= complete) {
        json_t *look;
        status = take_look(l, *taken, &look);
        if (status == RL_OK) {
            *settled = is_settled(look);
            *fresh = true;
            ++*taken;
            rl_json_append(&looks, look);
            json_t *whole = json_pack("{s:s, s:O}", "study", l->study->name, "looks", looks);
            status = rl_sealed_write(whole, l->path, l->error);
        }
    }
    json_decref(looks);
    return status;
}

rl_status rl_study_look(const rl_study *study, const char *out, rl_study_decide_function *decide,
                        size_t complete_seeds, size_t *taken, bool *settled, bool *fresh,
                        rl_error *error) {
    looker l = {.study = study, .out = out, .decide = decide, .error = error};
    char lock_path[RL_PATH_SIZE];
    int lock = -1;
    *taken = 0;
    *settled = *fresh = false;
    rl_status status = rl_path_join(l.path, sizeof l.path, out, RL_LOOKS_FILE, error);
    if (status == RL_OK)
        status = rl_path_join(lock_path, sizeof lock_path, out, LOOKS_LOCK, error);
    if (status == RL_OK)
        status = rl_study_lock_folder(&lock, study, lock_path, error);
    if (status == RL_OK)
        status = look_on(&l, complete_seeds, taken, settled, fresh);
    rl_lock_release(&lock);
    return status;
}
