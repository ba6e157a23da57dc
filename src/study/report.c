/* rl_report_write: reads a study's runs, has the numbers analysed and put into words, builds one
 * document and writes it in the formats asked for. */
#include "base/error.h"
#include "base/file.h"
#include "study/report_parts.h"
#include "study/report_writers.h"

#include <string.h>

/* ---- The document ---- */

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
    return rl_document_take(document, &slug);
}

/* Is `slug` that of a group before `index`, or of a section that every report has? */
static bool is_taken(const rl_report *report, const char *slug, size_t index) {
    static const char *const sections[] = {"overview", "data", "conclusions", "repetition",
                                           "samples"};
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
    report->slugs = rl_document_alloc(d, study->group_count, sizeof *report->slugs);
    for (size_t i = 0; report->slugs && i < study->group_count; i++) {
        const char *slug = make_slug(d, study->groups[i].name);
        if (is_taken(report, slug, i)) {
            rl_buffer other = {0};
            rl_buffer_print(&other, "%s-group-%zu", slug, i + 1);
            slug = rl_document_take(d, &other);
        }
        report->slugs[i] = slug;
    }
}

static void build(rl_report *report) {
    rl_document *d = report->document;
    const rl_study *study = report->analysis->results->study;
    d->title = study->name;
    d->colophon = rl_say(d, RL_WORD_MADE_BY, rl_version(), NULL);
    name_groups(report, study);
    if (d->failed)
        return;
    rl_document_heading(d, "overview", rl_say(d, RL_WORD_OVERVIEW_HEADING, NULL));
    rl_report_prose(report, &report->findings->overview);
    rl_report_data(report);
    for (rl_group_kind kind = 0; kind < RL_GROUP_KINDS; kind++)
        for (size_t i = 0; i < study->group_count; i++)
            if (rl_group_kind_of(&study->groups[i]) == kind)
                rl_report_group(report, i);
    rl_report_conclusions(report);
    rl_report_repetition(report);
}

/* ---- Its files ---- */

static rl_status save(rl_buffer *text, const char *directory, const char *name, rl_error *error) {
    char path[4096];
    rl_status status = rl_path_join(path, sizeof path, directory, name, error);
    if (status == RL_OK)
        status = rl_buffer_save(text, path, error);
    rl_buffer_clear(text);
    return status;
}

static rl_status save_pdf(const rl_document *document, const char *directory, rl_error *error) {
    char path[4096];
    rl_buffer page = {0};
    rl_report_html(&page, document, false);
    rl_status status = rl_buffer_status(&page, "the report", error);
    if (status == RL_OK)
        status = rl_path_join(path, sizeof path, directory, "report.pdf", error);
    if (status == RL_OK)
        status = rl_report_pdf(&page, path, error);
    rl_buffer_clear(&page);
    return status;
}

/* The PDF comes last: what can be written without Chromium is there when it is missing. */
static rl_status write_files(const rl_document *document, const char *directory,
                             const rl_report_options *options, rl_error *error) {
    rl_buffer text = {0};
    rl_status status = rl_report_figure_files(document, directory, error);
    if (status == RL_OK && options->html) {
        rl_report_html(&text, document, true);
        status = save(&text, directory, "report.html", error);
    }
    if (status == RL_OK && options->markdown) {
        rl_report_markdown(&text, document);
        status = save(&text, directory, "report.md", error);
    }
    return status == RL_OK && options->pdf ? save_pdf(document, directory, error) : status;
}

static rl_status write_report(const rl_analysis *analysis, const char *directory,
                              const rl_report_options *options, rl_error *error) {
    if (analysis->done == 0)
        return rl_fail(error, RL_ERROR_MISMATCH,
                       "%s: no run of the study is done yet: there is nothing to report",
                       directory);
    rl_findings *findings;
    rl_document document = {.language = options->language};
    rl_status status = rl_findings_create(&findings, analysis, options->language, error);
    if (status != RL_OK)
        return status;
    build(&(rl_report){.document = &document, .analysis = analysis, .findings = findings});
    status = rl_document_status(&document, error);
    if (status == RL_OK)
        status = write_files(&document, directory, options, error);
    rl_document_clear(&document);
    rl_findings_free(findings);
    return status;
}

rl_status rl_report_write(const char *study_directory, const rl_report_options *options,
                          rl_error *error) {
    rl_results *results;
    rl_analysis *analysis;
    rl_status status = rl_results_read(&results, study_directory, error);
    if (status != RL_OK)
        return status;
    status = rl_analysis_create(&analysis, results, error);
    if (status == RL_OK)
        status = write_report(analysis, study_directory, options, error);
    rl_analysis_free(analysis);
    rl_results_free(results);
    return status;
}
