/* rl_report_write: reads a study's runs, has the numbers analysed and put into words, builds one
 * document and writes it in the formats asked for. */
#include "base/error.h"
#include "base/file.h"
#include "study/page/writers.h"
#include "study/report/parts.h"

static rl_status save(rl_buffer *text, const char *directory, const char *name, rl_error *error) {
    char path[4096];
    rl_status status = rl_path_join(path, sizeof path, directory, name, error);
    if (status == RL_OK)
        status = rl_buffer_save(text, path, error);
    rl_buffer_clear(text);
    return status;
}

static rl_status save_pdf(const rl_document *document, const char *directory,
                          const rl_report_options *options, rl_error *error) {
    char path[4096];
    rl_buffer page = {0};
    rl_report_html(&page, document, false);
    rl_status status = rl_buffer_status(&page, "the report", error);
    if (status == RL_OK)
        status = rl_path_join(path, sizeof path, directory, "report.pdf", error);
    if (status == RL_OK)
        status = rl_report_pdf(&page, path, options, error);
    rl_buffer_clear(&page);
    return status;
}

/* The PDF comes last: what can be written without Chromium is there when it is missing. */
rl_status rl_report_files(const rl_document *document, const char *directory,
                          const rl_report_options *options, rl_error *error) {
    rl_buffer text = {0};
    rl_status status = rl_report_figure_files(document, directory, options, error);
    if (status == RL_OK && options->html) {
        rl_report_html(&text, document, true);
        status = save(&text, directory, "report.html", error);
    }
    if (status == RL_OK && options->markdown) {
        rl_report_markdown(&text, document);
        status = save(&text, directory, "report.md", error);
    }
    return status == RL_OK && options->pdf ? save_pdf(document, directory, options, error) : status;
}

static rl_status write_report(const rl_numbers *numbers, const rl_claims *claims,
                              const char *directory, const rl_report_options *options,
                              rl_error *error) {
    if (numbers->done + numbers->diverged == 0)
        return rl_fail(error, RL_ERROR_MISMATCH,
                       "%s: no run of the study is done yet: there is nothing to report",
                       directory);
    rl_words words = {.language = options->language};
    rl_document document = {.words = &words};
    rl_findings findings;
    rl_findings_write(&findings, &words, numbers, claims);
    rl_report_build(&document, numbers, claims, &findings);
    rl_status status = rl_words_status(&words, "the report", error);
    if (status == RL_OK)
        status = rl_report_files(&document, directory, options, error);
    rl_document_clear(&document);
    rl_words_clear(&words);
    return status;
}

/* Before the runs are read. */
static rl_status check_outputs(const char *directory, const rl_report_options *options,
                               rl_error *error) {
    const struct {
        bool wanted;
        const char *name;
    } files[] = {{options->html, "report.html"},
                 {options->markdown, "report.md"},
                 {options->pdf, "report.pdf"}};
    rl_status status = RL_OK;
    for (size_t i = 0; status == RL_OK && i < sizeof files / sizeof *files; i++) {
        char path[4096];
        status = rl_path_join(path, sizeof path, directory, files[i].name, error);
        if (status == RL_OK && files[i].wanted)
            status = rl_output_check(path, error);
    }
    return status;
}

rl_status rl_report_write(const char *study_directory, const rl_report_options *options,
                          rl_error *error) {
    rl_results *results;
    rl_numbers *numbers = NULL;
    rl_claims *claims = NULL;
    rl_status status = rl_path_look(study_directory) == RL_PATH_STUDY
                           ? check_outputs(study_directory, options, error)
                           : RL_OK; /* which reading says better */
    if (status == RL_OK)
        status = rl_results_read(&results, study_directory, error);
    if (status != RL_OK)
        return status;
    status = rl_numbers_create(&numbers, results, error);
    if (status == RL_OK)
        status = rl_claims_create(&claims, numbers, error);
    if (status == RL_OK)
        status = write_report(numbers, claims, study_directory, options, error);
    rl_claims_free(claims);
    rl_numbers_free(numbers);
    rl_results_free(results);
    return status;
}
