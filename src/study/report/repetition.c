/* The section on how to repeat the study: commands, versions, machines, seeds, and its file. */
#include "study/report/parts.h"
#include "study/words/format.h"
#include "study/work/folder.h"

#include <string.h>

#define STUDY_FILE_MAX ((size_t)1 << 20)

typedef const char *property_of(rl_document *document, const rl_run_record *record);

static const char *cpu_of(rl_document *d, const rl_run_record *record) {
    (void)d;
    return record->cpu;
}

static const char *instructions_of(rl_document *d, const rl_run_record *record) {
    (void)d;
    return record->instruction_set;
}

static const char *threads_of(rl_document *d, const rl_run_record *record) {
    return record->threads > 0 ? rl_format_count(d->words, (uint64_t)record->threads) : "";
}

static const char *version_of(rl_document *d, const rl_run_record *record) {
    (void)d;
    return record->version;
}

static const char *fingerprint_of(rl_document *d, const rl_run_record *record) {
    (void)d;
    return record->fingerprint;
}

/* The different values of a property over all runs, as a list. */
static const char *distinct(rl_report *report, property_of *property) {
    rl_document *d = report->document;
    const rl_results *results = report->numbers->results;
    const size_t runs = results->study->run_count;
    const char **values = rl_words_alloc(d->words, runs, sizeof *values);
    size_t count = 0;
    for (size_t run = 0; values && run < runs; run++) {
        const char *value = results->records[run] ? property(d, results->records[run]) : "";
        size_t known = 0;
        while (known < count && strcmp(values[known], value) != 0)
            known++;
        if (*value && known == count)
            values[count++] = value;
    }
    return count ? rl_format_list(d->words, values, count) : "–";
}

static const char *seed_list(rl_report *report) {
    rl_document *d = report->document;
    const rl_study *study = rl_report_study(report);
    const char **seeds = rl_words_alloc(d->words, study->seed_count, sizeof *seeds);
    for (size_t i = 0; seeds && i < study->seed_count; i++)
        seeds[i] = rl_format_plain(d->words, study->seeds[i]);
    return seeds ? rl_format_list(d->words, seeds, study->seed_count) : "";
}

/* Over all runs. */
static const char *computing_time(rl_report *report) {
    const rl_results *results = report->numbers->results;
    double seconds = 0;
    for (size_t i = 0; i < results->study->run_count; i++)
        if (results->records[i] && results->records[i]->seconds > 0)
            seconds += results->records[i]->seconds;
    return rl_format_time(report->words, seconds);
}

static void add_environment_table(rl_report *report) {
    static const struct {
        const rl_word0 *name;
        property_of *property;
    } rows[] = {{&rl_word_version, version_of},
                {&rl_word_cpu, cpu_of},
                {&rl_word_instructions, instructions_of},
                {&rl_word_threads, threads_of},
                {&rl_word_fingerprint, fingerprint_of}};
    enum { ROWS = sizeof rows / sizeof *rows };
    rl_document *d = report->document;
    rl_table *table =
        rl_document_table(d, rl_term(d->words, &rl_word_environment_caption), 2, ROWS + 2);
    if (!table)
        return;
    table->headers[0] = rl_term(d->words, &rl_word_item);
    table->headers[1] = rl_term(d->words, &rl_word_value);
    table->text_columns = 3;
    const char **cells = table->cells;
    for (size_t i = 0; i < ROWS; i++) {
        *cells++ = rl_term(d->words, rows[i].name);
        *cells++ = distinct(report, rows[i].property);
    }
    *cells++ = rl_term(d->words, &rl_word_seeds);
    *cells++ = seed_list(report);
    *cells++ = rl_term(d->words, &rl_word_computing_time);
    *cells = computing_time(report);
}

static void add_study_file(rl_report *report) {
    size_t size;
    const char *text = rl_report_file(report, RL_STUDY_FILE, STUDY_FILE_MAX, &size);
    if (!text)
        return;
    rl_document_paragraph(report->document, rl_term(report->document->words, &rl_word_study_file));
    rl_document_code(report->document, text);
}

void rl_report_repetition(rl_report *report) {
    rl_document *d = report->document;
    rl_document_section(d, "repetition", rl_term(d->words, &rl_word_repetition_heading));
    rl_document_paragraph(d, rl_term(d->words, &rl_word_repetition_note));
    rl_document_code(d, "reslab study run study.yaml --out study\nreslab report study");
    add_environment_table(report);
    add_study_file(report);
}
