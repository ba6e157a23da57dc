/* Writes a study as the file it could have come from, and tells studies apart. */
#include "study/design/save.h"

#include "base/file.h"
#include "base/text.h"
#include "run/options.h"
#include "study/design/arms.h"
#include "study/design/claims.h"
#include "study/design/file.h"
#include "study/design/tuning.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_shared(rl_yaml_writer *writer, const rl_config *settings) {
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    rl_yaml_mapping_begin(writer);
    for (size_t i = 0; i < count; i++)
        if (!rl_study_owns_option(rows[i].option.name))
            rl_config_write_option(settings, &rows[i].option, writer);
    rl_yaml_mapping_end(writer);
}

static void write_seeds(rl_yaml_writer *writer, const rl_study *study) {
    char text[32];
    if (study->look_count > 0) {
        rl_yaml_mapping_begin(writer);
        rl_yaml_word(writer, "first");
        snprintf(text, sizeof text, "%" PRIu64, study->seeds[0]);
        rl_yaml_word(writer, text);
        rl_yaml_word(writer, "looks");
    }
    const size_t count = study->look_count > 0 ? study->look_count : study->seed_count;
    rl_yaml_list_begin(writer);
    for (size_t i = 0; i < count; i++) {
        snprintf(text, sizeof text, "%" PRIu64,
                 study->look_count > 0 ? (uint64_t)study->looks[i] : study->seeds[i]);
        rl_yaml_word(writer, text);
    }
    rl_yaml_list_end(writer);
    if (study->look_count > 0)
        rl_yaml_mapping_end(writer);
}

void rl_study_write_number(rl_yaml_writer *writer, const char *key, double value) {
    char text[40];
    snprintf(text, sizeof text, "%.15g", value);
    value = strtod(text, NULL);
    rl_yaml_word(writer, key);
    rl_yaml_word(writer, rl_text_from_double(text, sizeof text, value));
}

void rl_study_write_text(rl_yaml_writer *writer, const char *key, const char *text) {
    if (!text)
        return;
    rl_yaml_word(writer, key);
    rl_yaml_text(writer, text);
}

static void write_claim(rl_yaml_writer *writer, const rl_study *study,
                        const rl_study_claim *claim) {
    const rl_study_group *group = &study->groups[claim->group];
    rl_yaml_mapping_begin(writer);
    rl_study_write_text(writer, "name", claim->name);
    rl_study_write_text(writer, "text", claim->text);
    rl_study_write_text(writer, "text_zh", claim->text_zh);
    rl_study_write_text(writer, "group", group->name);
    rl_yaml_word(writer, rl_study_claim_key(claim->kind, RL_CLAIM_KEY_SUBJECT));
    rl_yaml_list_begin(writer);
    for (size_t i = 0; i < claim->arm_count; i++)
        rl_yaml_text(writer, group->arms[claim->arms[i]].name);
    rl_yaml_list_end(writer);
    rl_study_write_text(writer, rl_study_claim_key(claim->kind, RL_CLAIM_KEY_OTHER),
                        group->arms[claim->other].name);
    rl_study_write_number(writer, rl_study_claim_key(claim->kind, RL_CLAIM_KEY_MARGIN),
                          claim->margin * rl_study_margin_scale(claim->quantity));
    rl_study_write_text(writer, "quantity", rl_quantity_at(claim->quantity)->key);
    if (claim->at > 0)
        rl_study_write_number(writer, "at", (double)claim->at);
    if (claim->after > 0)
        rl_study_write_number(writer, "after", (double)claim->after);
    rl_yaml_mapping_end(writer);
}

static void write_claims(rl_yaml_writer *writer, const rl_study *study) {
    if (study->claim_count == 0)
        return;
    rl_yaml_word(writer, "order");
    rl_yaml_word(writer, rl_claim_order_names[study->claims_in_order]);
    rl_yaml_word(writer, "claims");
    rl_yaml_items_begin(writer);
    for (size_t i = 0; i < study->claim_count; i++)
        write_claim(writer, study, &study->claims[i]);
    rl_yaml_list_end(writer);
}

static bool write_study(FILE *stream, void *context) {
    const rl_study *study = context;
    if (fputs("# The study of this directory, with every option spelled out.\n", stream) == EOF)
        return false;
    rl_yaml_writer *writer = rl_yaml_writer_open(stream);
    if (!writer)
        return false;
    rl_yaml_mapping_begin(writer);
    rl_yaml_word(writer, "name");
    rl_yaml_text(writer, study->name);
    rl_yaml_word(writer, "settings");
    write_shared(writer, study->settings);
    rl_yaml_word(writer, "seeds");
    write_seeds(writer, study);
    rl_yaml_word(writer, "groups");
    rl_yaml_mapping_begin(writer);
    bool good = true;
    for (size_t i = 0; i < study->group_count; i++)
        good = rl_study_write_group(writer, study, &study->groups[i]) && good;
    rl_yaml_mapping_end(writer);
    write_claims(writer, study);
    rl_study_write_tuning(writer, study->tuning);
    rl_study_write_kept(writer, study);
    rl_yaml_mapping_end(writer);
    if (!rl_yaml_writer_close(writer))
        return false;
    if (!good)
        errno = ENOMEM;
    return good;
}

rl_status rl_study_save(const rl_study *study, const char *path, rl_error *error) {
    return rl_file_replace(path, write_study, (void *)study, error);
}

static bool same_arm(const rl_study_arm *a, const rl_study_arm *b) {
    return strcmp(a->name, b->name) == 0 && strcmp(a->label, b->label) == 0 &&
           strcmp(a->label_zh, b->label_zh) == 0 && a->control == b->control &&
           rl_study_same_settings(a->config, b->config, false);
}

static bool same_text(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_labels(const char *label_a, const char *label_zh_a, const char *label_b,
                        const char *label_zh_b) {
    return strcmp(label_a, label_b) == 0 && strcmp(label_zh_a, label_zh_b) == 0;
}

static bool same_factor(const rl_study_factor *a, const rl_study_factor *b) {
    bool same = strcmp(a->option, b->option) == 0 && a->level_count == b->level_count;
    for (size_t i = 0; same && i < a->level_count; i++)
        same = strcmp(a->levels[i].name, b->levels[i].name) == 0 &&
               same_labels(a->levels[i].label, a->levels[i].label_zh, b->levels[i].label,
                           b->levels[i].label_zh);
    return same;
}

static bool same_group(const rl_study_group *a, const rl_study_group *b) {
    bool same = strcmp(a->name, b->name) == 0 && a->named == b->named &&
                same_labels(a->title, a->title_zh, b->title, b->title_zh) &&
                a->figure == b->figure && a->budget == b->budget &&
                (a->target == b->target || (isnan(a->target) && isnan(b->target))) &&
                a->arm_count == b->arm_count && a->factor_count == b->factor_count;
    for (size_t i = 0; same && i < a->factor_count; i++)
        same = same_factor(&a->factors[i], &b->factors[i]);
    for (size_t i = 0; same && i < a->arm_count; i++)
        same = same_arm(&a->arms[i], &b->arms[i]);
    return same;
}

static bool same_claim(const rl_study_claim *a, const rl_study_claim *b) {
    return rl_study_same_claim(a, b) && same_text(a->name, b->name) &&
           same_text(a->text, b->text) && same_text(a->text_zh, b->text_zh) && a->after == b->after;
}

bool rl_study_same(const rl_study *a, const rl_study *b) {
    bool same = strcmp(a->name, b->name) == 0 && a->seed_count == b->seed_count &&
                memcmp(a->seeds, b->seeds, a->seed_count * sizeof *a->seeds) == 0 &&
                a->look_count == b->look_count && a->group_count == b->group_count &&
                a->run_count == b->run_count;
    for (size_t i = 0; same && i < a->look_count; i++)
        same = a->looks[i] == b->looks[i];
    for (size_t i = 0; same && i < a->group_count; i++)
        same = same_group(&a->groups[i], &b->groups[i]);
    same = same && a->claim_count == b->claim_count && a->claims_in_order == b->claims_in_order &&
           rl_study_same_tuning(a->tuning, b->tuning);
    for (size_t i = 0; same && i < a->claim_count; i++)
        same = same_claim(&a->claims[i], &b->claims[i]);
    for (size_t i = 0; same && i < a->run_count; i++)
        same = strcmp(a->runs[i].info.name, b->runs[i].info.name) == 0;
    return same;
}
