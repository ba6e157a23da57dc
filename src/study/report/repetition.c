/* The section on how to repeat the study: commands, versions, machines, seeds, and its file. */
#include "study/report/format.h"
#include "study/report/parts.h"
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
    return record->threads > 0 ? rl_format_count(d, (uint64_t)record->threads) : "";
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
    const rl_results *results = report->analysis->results;
    const size_t runs = results->study->run_count;
    const char **values = rl_document_alloc(d, runs, sizeof *values);
    size_t count = 0;
    for (size_t run = 0; values && run < runs; run++) {
        const char *value = results->records[run] ? property(d, results->records[run]) : "";
        size_t known = 0;
        while (known < count && strcmp(values[known], value) != 0)
            known++;
        if (*value && known == count)
            values[count++] = value;
    }
    return count ? rl_report_list(d, values, count) : "–";
}

static const char *seed_list(rl_report *report) {
    rl_document *d = report->document;
    const rl_study *study = report->analysis->results->study;
    const char **seeds = rl_document_alloc(d, study->seed_count, sizeof *seeds);
    for (size_t i = 0; seeds && i < study->seed_count; i++)
        seeds[i] = rl_format_plain(d, study->seeds[i]);
    return seeds ? rl_report_list(d, seeds, study->seed_count) : "";
}

/* Hours of computing over all runs. */
static const char *computing_time(rl_report *report) {
    const rl_results *results = report->analysis->results;
    double seconds = 0;
    for (size_t i = 0; i < results->study->run_count; i++)
        if (results->records[i] && results->records[i]->seconds > 0)
            seconds += results->records[i]->seconds;
    rl_document *d = report->document;
    return seconds < 3600 ? rl_say(d, RL_WORD_MINUTES, rl_format_number(d, seconds / 60, 1), NULL)
                          : rl_say(d, RL_WORD_HOURS, rl_format_number(d, seconds / 3600, 1), NULL);
}

static void add_environment_table(rl_report *report) {
    static const struct {
        rl_word name;
        property_of *property;
    } rows[] = {{RL_WORD_VERSION, version_of},
                {RL_WORD_CPU, cpu_of},
                {RL_WORD_INSTRUCTIONS, instructions_of},
                {RL_WORD_THREADS, threads_of},
                {RL_WORD_FINGERPRINT, fingerprint_of}};
    enum { ROWS = sizeof rows / sizeof *rows };
    rl_document *d = report->document;
    rl_table *table =
        rl_document_table(d, rl_say(d, RL_WORD_ENVIRONMENT_CAPTION, NULL), 2, ROWS + 2);
    if (!table)
        return;
    table->headers[0] = rl_say(d, RL_WORD_ITEM, NULL);
    table->headers[1] = rl_say(d, RL_WORD_VALUE, NULL);
    table->text_columns = 3;
    const char **cells = table->cells;
    for (size_t i = 0; i < ROWS; i++) {
        *cells++ = rl_say(d, rows[i].name, NULL);
        *cells++ = distinct(report, rows[i].property);
    }
    *cells++ = rl_say(d, RL_WORD_SEEDS, NULL);
    *cells++ = seed_list(report);
    *cells++ = rl_say(d, RL_WORD_COMPUTING_TIME, NULL);
    *cells = computing_time(report);
}

static void add_study_file(rl_report *report) {
    size_t size;
    const char *text = rl_report_file(report, RL_STUDY_FILE, STUDY_FILE_MAX, &size);
    if (!text)
        return;
    rl_document_paragraph(report->document, rl_say(report->document, RL_WORD_STUDY_FILE, NULL));
    rl_document_code(report->document, text);
}

void rl_report_repetition(rl_report *report) {
    rl_document *d = report->document;
    rl_document_section(d, "repetition", rl_say(d, RL_WORD_REPETITION_HEADING, NULL));
    rl_document_paragraph(d, rl_say(d, RL_WORD_REPETITION_NOTE, NULL));
    rl_document_code(d, "reslab study run study.yaml --out study\nreslab report study");
    add_environment_table(report);
    add_study_file(report);
}
