/* Runs that were named before a study was given more seeds or arms: they keep their names and
 * numbers, so that what is done stays found. A study that was extended lists them in the copy in
 * its folder. */
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "study/design/arms.h"
#include "study/design/reader.h"
#include "study/design/save.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool rl_study_seed_index(const rl_study *study, uint64_t seed, size_t *index) {
    for (size_t s = 0; s < study->seed_count; s++)
        if (study->seeds[s] == seed) {
            *index = s;
            return true;
        }
    return false;
}

/* Names of folders: what the runs of a study are given, beginning with their number. */
static bool is_run_name(const char *name, size_t number) {
    char begin[32];
    const int length = snprintf(begin, sizeof begin, "%03zu-", number);
    size_t end = 0;
    while (isascii(name[end]) &&
           (islower(name[end]) || isdigit(name[end]) || strchr("._-", name[end])) && name[end])
        end++;
    return !name[end] && end <= RL_STUDY_MAX_NAME && strncmp(name, begin, (size_t)length) == 0;
}

static rl_status take_place(const study_reader *r, const rl_yaml_node *group_node,
                            const rl_yaml_node *arm_node, rl_study_kept *kept) {
    const rl_study *study = r->study;
    for (size_t g = 0; g < study->group_count; g++)
        for (size_t a = 0; a < study->groups[g].arm_count; a++)
            if (strcmp(study->groups[g].name, group_node->text) == 0 &&
                strcmp(study->groups[g].arms[a].name, arm_node->text) == 0) {
                kept->group = g;
                kept->arm = a;
                return RL_OK;
            }
    return STUDY_FAIL(r, group_node, "a run of arm '%.100s' of group '%.100s', which is not there",
                      arm_node->text, group_node->text);
}

static rl_status take_run(const study_reader *r, const rl_yaml_node *node, rl_study_kept *kept) {
    const rl_yaml_node *parts[4] = {NULL}, *part = node->kind == RL_YAML_LIST ? node->first : NULL;
    size_t count = 0;
    for (; part; part = part->next)
        if (part->kind == RL_YAML_TEXT && count++ < 4)
            parts[count - 1] = part;
    if (count != 4)
        return STUDY_FAIL(r, node, "a run of 'runs' is not [name, group, arm, seed]");
    if (!is_run_name(parts[0]->text, r->study->kept_count))
        return STUDY_FAIL(r, node, "'%.100s' is not the name of run %zu", parts[0]->text,
                          r->study->kept_count);
    size_t index;
    if (!rl_text_to_u64(parts[3]->text, &kept->seed) ||
        !rl_study_seed_index(r->study, kept->seed, &index))
        return STUDY_FAIL(r, node, "a run of seed '%.100s', which is not there", parts[3]->text);
    kept->name = rl_strdup(parts[0]->text);
    return kept->name ? take_place(r, parts[1], parts[2], kept)
                      : rl_fail_memory(r->error, "a study");
}

rl_status rl_study_kept_take(const study_reader *r, const rl_yaml_node *list) {
    size_t count = 0;
    for (const rl_yaml_node *node = list->first; node; node = node->next)
        count++;
    r->study->kept = rl_alloc(count, sizeof *r->study->kept);
    rl_status status = r->study->kept ? RL_OK : rl_fail_memory(r->error, "a study");
    for (const rl_yaml_node *node = list->first; node && status == RL_OK; node = node->next)
        status = take_run(r, node, &r->study->kept[r->study->kept_count++]);
    return status;
}

void rl_study_clear_kept(rl_study *study) {
    for (size_t i = 0; i < study->kept_count; i++)
        rl_free(study->kept[i].name);
    rl_free(study->kept);
    study->kept = NULL;
    study->kept_count = 0;
}

void rl_study_write_kept(rl_yaml_writer *writer, const rl_study *study) {
    if (study->kept_count == 0)
        return;
    rl_yaml_word(writer, "runs");
    rl_yaml_items_begin(writer);
    for (size_t i = 0; i < study->kept_count; i++) {
        const rl_study_kept *kept = &study->kept[i];
        char seed[32];
        snprintf(seed, sizeof seed, "%" PRIu64, kept->seed);
        rl_yaml_list_begin(writer);
        rl_yaml_text(writer, kept->name);
        rl_yaml_text(writer, study->groups[kept->group].name);
        rl_yaml_text(writer, study->groups[kept->group].arms[kept->arm].name);
        rl_yaml_word(writer, seed);
        rl_yaml_list_end(writer);
    }
    rl_yaml_list_end(writer);
}
