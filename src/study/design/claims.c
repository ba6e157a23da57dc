/* The claims of a study file: what is said of arms before they are run. Three forms, a table; each
 * has keys of its own for the other arm and the margin, so that a claim reads as a sentence. */
#include "study/design/claims.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "run/config.h"
#include "study/design/reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_CLAIMS = 64 };

const char *const rl_claim_order_names[] = {"together", "declared", NULL};

enum {
    CLAIM_GROUP,
    CLAIM_BETTER,
    CLAIM_KEEPS,
    CLAIM_SAME,
    CLAIM_THAN,
    CLAIM_OF,
    CLAIM_AS,
    CLAIM_BY,
    CLAIM_WITHIN,
    CLAIM_QUANTITY,
    CLAIM_AT,
    CLAIM_NAME,
    CLAIM_TEXT,
    CLAIM_TEXT_ZH,
    CLAIM_AFTER,
    CLAIM_KEYS
};
static const study_key claim_keys[CLAIM_KEYS] = {
    [CLAIM_GROUP] = {"group", STUDY_TEXT, true},
    [CLAIM_BETTER] = {"better", STUDY_TEXT | STUDY_LIST, false},
    [CLAIM_KEEPS] = {"keeps", STUDY_TEXT | STUDY_LIST, false},
    [CLAIM_SAME] = {"same", STUDY_TEXT | STUDY_LIST, false},
    [CLAIM_THAN] = {"than", STUDY_TEXT, false},
    [CLAIM_OF] = {"of", STUDY_TEXT, false},
    [CLAIM_AS] = {"as", STUDY_TEXT, false},
    [CLAIM_BY] = {"by", STUDY_TEXT, false},
    [CLAIM_WITHIN] = {"within", STUDY_TEXT, false},
    [CLAIM_QUANTITY] = {"quantity", STUDY_TEXT, false},
    [CLAIM_AT] = {"at", STUDY_TEXT, false},
    [CLAIM_NAME] = {"name", STUDY_TEXT, false},
    [CLAIM_TEXT] = {"text", STUDY_TEXT, false},
    [CLAIM_TEXT_ZH] = {"text_zh", STUDY_TEXT, false},
    [CLAIM_AFTER] = {"after", STUDY_TEXT, false},
};

/* The keys of each rl_claim_kind. */
static const struct {
    int subject, other, margin;
    bool needs_margin;
} forms[] = {
    [RL_CLAIM_BETTER] = {CLAIM_BETTER, CLAIM_THAN, CLAIM_BY, false},
    [RL_CLAIM_KEEPS] = {CLAIM_KEEPS, CLAIM_OF, CLAIM_WITHIN, true},
    [RL_CLAIM_SAME] = {CLAIM_SAME, CLAIM_AS, CLAIM_WITHIN, true},
};
enum { FORM_COUNT = sizeof forms / sizeof *forms };

const char *rl_study_claim_key(rl_claim_kind kind, rl_claim_key_kind part) {
    const int keys[] = {[RL_CLAIM_KEY_SUBJECT] = forms[kind].subject,
                        [RL_CLAIM_KEY_OTHER] = forms[kind].other,
                        [RL_CLAIM_KEY_MARGIN] = forms[kind].margin};
    return claim_keys[keys[part]].name;
}

/* Finds which form the keys make, and that all of them belong to it. */
static rl_status take_form(const study_reader *r, const rl_yaml_node *node,
                           const rl_yaml_node *const *values, rl_study_claim *claim) {
    size_t found = FORM_COUNT;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        if (!values[forms[i].subject])
            continue;
        if (found < FORM_COUNT)
            return STUDY_FAIL(r, node, "a claim has both '%s' and '%s', expected one of them",
                              claim_keys[forms[found].subject].name,
                              claim_keys[forms[i].subject].name);
        found = i;
    }
    if (found == FORM_COUNT)
        return STUDY_FAIL(r, node, "a claim claims nothing, expected better, keeps or same");
    claim->kind = (rl_claim_kind)found;
    const char *subject = claim_keys[forms[found].subject].name;
    const char *other = claim_keys[forms[found].other].name;
    const char *margin = claim_keys[forms[found].margin].name;
    for (int k = CLAIM_THAN; k <= CLAIM_WITHIN; k++)
        if (values[k] && k != forms[found].other && k != forms[found].margin)
            return STUDY_FAIL(r, values[k], "'%s' does not go with '%s', expected '%s' and '%s'",
                              claim_keys[k].name, subject, other, margin);
    if (!values[forms[found].other])
        return STUDY_FAIL(r, node, "a claim '%s' lacks the key '%s', the arm it is held against",
                          subject, other);
    if (forms[found].needs_margin && !values[forms[found].margin])
        return STUDY_FAIL(r, node, "a claim '%s' lacks the key '%s', the margin", subject, margin);
    return RL_OK;
}

static rl_status take_group(const study_reader *r, const rl_yaml_node *node,
                            rl_study_claim *claim) {
    const rl_study *study = r->study;
    const char *names[RL_STUDY_MAX_GROUPS];
    for (size_t i = 0; i < study->group_count; i++) {
        names[i] = study->groups[i].name;
        if (strcmp(names[i], node->text) == 0) {
            claim->group = i;
            return RL_OK;
        }
    }
    char valid[256];
    rl_text_list(valid, sizeof valid, names, study->group_count);
    return STUDY_FAIL(r, node, "a claim on the unknown group '%.100s', expected %s", node->text,
                      valid);
}

static rl_status take_arm(const study_reader *r, const rl_yaml_node *node,
                          const rl_study_group *group, size_t *arm) {
    if (node->kind != RL_YAML_TEXT)
        return STUDY_FAIL(r, node, "an arm of a claim is %s, expected a name",
                          rl_study_kind_name(node->kind));
    const char *names[2 * RL_STUDY_MAX_ARMS];
    for (size_t i = 0; i < group->arm_count; i++) {
        names[i] = group->arms[i].name;
        if (strcmp(names[i], node->text) == 0) {
            *arm = i;
            return RL_OK;
        }
    }
    char valid[256];
    rl_text_list(valid, sizeof valid, names, group->arm_count);
    return STUDY_FAIL(r, node, "group '%.100s' has no arm '%.100s', expected %s", group->name,
                      node->text, valid);
}

static rl_status add_subject(const study_reader *r, const rl_yaml_node *node,
                             rl_study_claim *claim) {
    const rl_study_group *group = &r->study->groups[claim->group];
    size_t arm;
    const rl_status status = take_arm(r, node, group, &arm);
    if (status != RL_OK)
        return status;
    if (arm == claim->other)
        return STUDY_FAIL(r, node, "a claim holds arm '%.100s' against itself",
                          group->arms[arm].name);
    for (size_t i = 0; i < claim->arm_count; i++)
        if (claim->arms[i] == arm)
            return STUDY_FAIL(r, node, "a claim names arm '%.100s' twice", group->arms[arm].name);
    claim->arms[claim->arm_count++] = arm;
    return RL_OK;
}

static rl_status take_arms(const study_reader *r, const rl_yaml_node *const *values,
                           rl_study_claim *claim) {
    const rl_study_group *group = &r->study->groups[claim->group];
    const rl_yaml_node *subject = values[forms[claim->kind].subject];
    claim->arms = rl_alloc(group->arm_count, sizeof *claim->arms);
    if (!claim->arms)
        return rl_fail_memory(r->error, "a study");
    rl_status status = take_arm(r, values[forms[claim->kind].other], group, &claim->other);
    if (status != RL_OK || subject->kind == RL_YAML_TEXT)
        return status == RL_OK ? add_subject(r, subject, claim) : status;
    for (const rl_yaml_node *item = subject->first; item && status == RL_OK; item = item->next)
        status = add_subject(r, item, claim);
    if (status == RL_OK && claim->arm_count == 0)
        return STUDY_FAIL(r, subject, "a claim about no arm, expected at least 1");
    return status;
}

static rl_status take_quantity(const study_reader *r, const rl_yaml_node *node,
                               rl_study_claim *claim) {
    const rl_study_group *group = &r->study->groups[claim->group];
    rl_error detail;
    claim->quantity = RL_QUANTITY_TEST_ACCURACY;
    if (!node)
        return RL_OK;
    if (rl_quantity_find(&claim->quantity, node->text, &detail) != RL_OK)
        return STUDY_FAIL(r, node, "a claim: %s", detail.message);
    if (claim->quantity == RL_QUANTITY_EPOCHS_TO && isnan(group->target))
        return STUDY_FAIL(r, node, "a claim on '%s' needs the key 'target' in group '%.100s'",
                          node->text, group->name);
    return RL_OK;
}

double rl_study_margin_scale(rl_quantity_kind quantity) {
    return rl_quantity_at(quantity)->unit == RL_UNIT_SHARE ? 100 : 1;
}

/* The margin as it is compared: percentage points are shares of 100. */
static rl_status take_margin(const study_reader *r, const rl_yaml_node *node,
                             rl_study_claim *claim) {
    if (!node)
        return RL_OK;
    const char *key = rl_study_claim_key(claim->kind, RL_CLAIM_KEY_MARGIN);
    const double scale = rl_study_margin_scale(claim->quantity);
    double value;
    if (!rl_text_to_double(node->text, &value) || value < 0 ||
        (value == 0 && claim->kind == RL_CLAIM_SAME))
        return STUDY_FAIL(r, node, "'%s' is '%.100s', expected a number %s 0%s", key, node->text,
                          claim->kind == RL_CLAIM_SAME ? "above" : "of at least",
                          scale == 1 ? "" : ", in percentage points");
    if (scale != 1 && value >= scale)
        return STUDY_FAIL(r, node, "'%s' is %.100s percentage points, expected fewer than %.0f",
                          key, node->text, scale);
    claim->margin = value / scale;
    return RL_OK;
}

/* The epoch must be one that every arm of the claim has. */
static rl_status take_epoch(const study_reader *r, const rl_yaml_node *node,
                            rl_study_claim *claim) {
    if (!node)
        return RL_OK;
    const rl_study_group *group = &r->study->groups[claim->group];
    const rl_quantity *quantity = rl_quantity_at(claim->quantity);
    uint64_t epochs = group->arms[claim->other].config->epochs, at;
    for (size_t i = 0; i < claim->arm_count; i++) {
        const uint64_t own = group->arms[claim->arms[i]].config->epochs;
        epochs = own < epochs ? own : epochs;
    }
    if (!quantity->by_epoch)
        return STUDY_FAIL(r, node, "'at' is an epoch, but '%s' belongs to a whole run",
                          quantity->key);
    if (!rl_text_to_u64(node->text, &at) || at < 1 || at > epochs)
        return STUDY_FAIL(r, node, "'at' is '%.100s', expected an epoch from 1 to %llu", node->text,
                          (unsigned long long)epochs);
    claim->at = at == epochs ? 0 : (size_t)at;
    return RL_OK;
}

static rl_status take_words(const study_reader *r, const rl_yaml_node *const *values,
                            rl_study_claim *claim) {
    const struct {
        const rl_yaml_node *node;
        char **text;
    } texts[] = {{values[CLAIM_NAME], &claim->name},
                 {values[CLAIM_TEXT], &claim->text},
                 {values[CLAIM_TEXT_ZH], &claim->text_zh}};
    uint64_t after = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!texts[i].node)
            continue;
        if (!texts[i].node->text[0])
            return STUDY_FAIL(r, texts[i].node, "a claim's words are empty");
        *texts[i].text = rl_strdup(texts[i].node->text);
        if (!*texts[i].text)
            return rl_fail_memory(r->error, "a study");
    }
    if (values[CLAIM_AFTER] && (!rl_text_to_u64(values[CLAIM_AFTER]->text, &after)))
        return STUDY_FAIL(r, values[CLAIM_AFTER],
                          "'after' is '%.100s', expected the runs that had ended by then",
                          values[CLAIM_AFTER]->text);
    claim->after = (size_t)after;
    return RL_OK;
}

/* Are the subjects of `a` subjects of `b`, in any order? */
static bool names_all(const rl_study_claim *a, const rl_study_claim *b) {
    size_t found = 0;
    for (size_t i = 0; i < a->arm_count; i++)
        for (size_t k = 0; k < b->arm_count; k++)
            found += a->arms[i] == b->arms[k];
    return found == a->arm_count;
}

bool rl_study_same_claim(const rl_study_claim *a, const rl_study_claim *b) {
    return a->kind == b->kind && a->group == b->group && a->other == b->other &&
           a->arm_count == b->arm_count && names_all(a, b) && a->margin == b->margin &&
           a->quantity == b->quantity && a->at == b->at;
}

static rl_status check_new(const study_reader *r, const rl_yaml_node *node,
                           const rl_study_claim *claim) {
    for (const rl_study_claim *other = r->study->claims; other < claim; other++) {
        if (rl_study_same_claim(other, claim))
            return STUDY_FAIL(r, node, "the same claim is made twice");
        if (claim->name && other->name && strcmp(claim->name, other->name) == 0)
            return STUDY_FAIL(r, node, "two claims have the name '%.100s'", claim->name);
    }
    return RL_OK;
}

static rl_status take_claim(const study_reader *r, const rl_yaml_node *node) {
    const rl_yaml_node *values[CLAIM_KEYS] = {0};
    if (r->study->claim_count == MAX_CLAIMS)
        return STUDY_FAIL(r, node, "more than %d claims", MAX_CLAIMS);
    rl_study_claim *claim = &r->study->claims[r->study->claim_count++];
    rl_status status = rl_study_keys(r, node, claim_keys, CLAIM_KEYS, "a claim", values);
    if (status == RL_OK)
        status = take_group(r, values[CLAIM_GROUP], claim);
    if (status == RL_OK)
        status = take_form(r, node, values, claim);
    if (status == RL_OK)
        status = take_arms(r, values, claim);
    if (status == RL_OK)
        status = take_quantity(r, values[CLAIM_QUANTITY], claim);
    if (status == RL_OK)
        status = take_margin(r, values[forms[claim->kind].margin], claim);
    if (status == RL_OK)
        status = take_epoch(r, values[CLAIM_AT], claim);
    if (status == RL_OK)
        status = take_words(r, values, claim);
    return status == RL_OK ? check_new(r, node, claim) : status;
}

rl_status rl_study_claims_take(const study_reader *r, const rl_yaml_node *list) {
    r->study->claims = rl_alloc(MAX_CLAIMS, sizeof *r->study->claims);
    rl_status status = r->study->claims ? RL_OK : rl_fail_memory(r->error, "a study");
    for (const rl_yaml_node *node = list->first; node && status == RL_OK; node = node->next)
        status = take_claim(r, node);
    if (status == RL_OK && r->study->claim_count == 0)
        return STUDY_FAIL(r, list, "no claims, expected at least 1 or no key 'claims'");
    return status;
}
