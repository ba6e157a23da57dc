/* Reports on made-up results, and what is in them. */
#ifndef RL_TEST_STUDY_REPORTED_H
#define RL_TEST_STUDY_REPORTED_H

#include "study/report/parts.h"
#include "study/synthetic.h"

typedef struct {
    rl_results *results;
    rl_numbers *numbers;
    rl_claims *claims;
    rl_words words;
    rl_findings findings;
    rl_document document;
} fixture;

static inline void start(fixture *f, const char *yaml, const char *seeds, const synthetic_arm *arms,
                         rl_language language) {
    *f =
        (fixture){.results = synthetic_results(yaml, seeds, arms), .words = {.language = language}};
    f->document.words = &f->words;
    assert_int_equal(rl_numbers_create(&f->numbers, f->results, NULL), RL_OK);
    assert_int_equal(rl_claims_create(&f->claims, f->numbers, NULL), RL_OK);
    rl_findings_write(&f->findings, &f->words, f->numbers, f->claims);
    rl_report_build(&f->document, f->numbers, f->claims, &f->findings);
    assert_int_equal(rl_words_status(&f->words, "words", NULL), RL_OK);
}

static inline void end(fixture *f) {
    rl_document_clear(&f->document);
    rl_words_clear(&f->words);
    rl_claims_free(f->claims);
    rl_numbers_free(f->numbers);
    rl_results_free(f->results);
}

/* The table number `index` whose first header is that word; NULL past the last. */
static inline const rl_table *table_with(const rl_document *d, const rl_word0 *header,
                                         size_t column, size_t index) {
    for (size_t i = 0; i < d->count; i++) {
        const rl_table *table = &d->blocks[i].table;
        if (d->blocks[i].kind == RL_BLOCK_TABLE && column < table->columns &&
            strcmp(table->headers[column], rl_term(d->words, header)) == 0 && index-- == 0)
            return table;
    }
    return NULL;
}

static inline const char *cell(const rl_table *table, size_t row, size_t column) {
    return table->cells[row * table->columns + column];
}

static inline bool has_paragraph(const rl_document *d, const char *part) {
    for (size_t i = 0; i < d->count; i++)
        if (d->blocks[i].kind == RL_BLOCK_PARAGRAPH && strstr(d->blocks[i].text, part))
            return true;
    return false;
}

static inline const rl_figure *figure_with(const rl_document *d, const char *id) {
    for (size_t i = 0; i < d->count; i++)
        if (d->blocks[i].kind == RL_BLOCK_FIGURE && strcmp(d->blocks[i].figure.id, id) == 0)
            return &d->blocks[i].figure;
    return NULL;
}

/* The column of a table with that header; SIZE_MAX where there is none. */
static inline size_t column_of(const fixture *f, const rl_table *table, const rl_word0 *header) {
    for (size_t i = 0; i < table->columns; i++)
        if (strcmp(table->headers[i], rl_term(&f->words, header)) == 0)
            return i;
    return SIZE_MAX;
}

#endif
