/* Puts the parts of a report together: the answer first, then the data, the groups in the order of
 * the study's file, conclusions, and how to repeat it. */
#include "study/report/parts.h"

#include <string.h>

/* The letters and digits of a name in small letters, with '-' for what lies between them. */
static const char *make_slug(rl_document *document, const char *name) {
    rl_buffer slug = {0};
    bool gap = false;
    for (; *name && slug.length < 40; name++) {
        const char lower = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
        const bool kept = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
        if (kept && gap && slug.length > 0)
            rl_buffer_add(&slug, "-");
        if (kept)
            rl_buffer_add_bytes(&slug, &lower, 1);
        gap = !kept;
    }
    if (slug.length == 0)
        rl_buffer_add(&slug, "group");
    return rl_words_take(document->words, &slug);
}

/* Is `slug` that of a group before `index`, or of a section that every report has? */
static bool is_taken(const rl_report *report, const char *slug, size_t index) {
    static const char *const sections[] = {"overview",    "data",       "tuning",
                                           "conclusions", "repetition", "samples"};
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (strcmp(sections[i], slug) == 0)
            return true;
    for (size_t i = 0; i < index; i++)
        if (strcmp(report->slugs[i], slug) == 0)
            return true;
    return false;
}

static void name_groups(rl_report *report, const rl_study *study) {
    rl_document *d = report->document;
    report->slugs = rl_words_alloc(d->words, study->group_count, sizeof *report->slugs);
    for (size_t i = 0; report->slugs && i < study->group_count; i++) {
        const char *slug = make_slug(d, study->groups[i].name);
        if (is_taken(report, slug, i)) {
            rl_buffer other = {0};
            rl_buffer_print(&other, "%s-group-%zu", slug, i + 1);
            slug = rl_words_take(d->words, &other);
        }
        report->slugs[i] = slug;
    }
}

void rl_report_build(rl_document *document, const rl_numbers *numbers, const rl_claims *claims,
                     const rl_findings *findings) {
    const rl_study *study = numbers->results->study;
    rl_words *words = document->words;
    rl_report report = {.document = document,
                        .words = words,
                        .numbers = numbers,
                        .claims = claims,
                        .findings = findings};
    document->title = study->name;
    document->colophon = RL_SAY(words, &rl_word_made_by, rl_version());
    name_groups(&report, study);
    if (words->failed)
        return;
    rl_document_heading(document, "overview", rl_term(words, &rl_word_overview_heading));
    rl_report_prose(&report, &findings->overview);
    rl_report_data(&report);
    rl_report_tuning(&report);
    for (size_t i = 0; i < study->group_count; i++)
        rl_report_group(&report, i);
    rl_report_conclusions(&report);
    rl_report_repetition(&report);
}
