/* A report as a list of blocks, built once and written as HTML and as Markdown by writers that add
 * nothing of their own. All texts are plain UTF-8 without markup: escaping is the writers' work, so
 * that no builder can forget it.
 *
 * A document holds on to the texts it is given: they belong to its words, or to something else that
 * is released after it. A failed allocation is remembered by its words, so that builders need not
 * check: from then on blocks are left out. */
#ifndef RL_STUDY_PAGE_DOCUMENT_H
#define RL_STUDY_PAGE_DOCUMENT_H

#include "chart/chart.h"
#include "study/words/words.h"

typedef enum {
    RL_BLOCK_HEADING,
    RL_BLOCK_PARAGRAPH,
    RL_BLOCK_FORMULAS,
    RL_BLOCK_TABLE,
    RL_BLOCK_FIGURE,
    RL_BLOCK_IMAGE,
    RL_BLOCK_CLAIM,
    RL_BLOCK_CODE
} rl_block_kind;

/* "1. Data and task": level 2; level 3 has no number. */
typedef struct {
    int level;
    const char *number; /* "1. ", or "" */
    const char *id;     /* letters, digits and '-' */
    const char *text;
} rl_heading;

/* A name and the formulas that define it, in the notation of formulas.h. */
typedef struct {
    const char *term;
    const char *const *lines; /* ended by NULL */
} rl_formula;

typedef struct {
    const rl_formula *items;
    size_t count;
} rl_formulas;

/* Cells row by row; the first column names the row, the others are numbers unless `text_columns`
 * has their bit. */
typedef struct {
    const char *caption;
    size_t columns, rows;
    const char **headers; /* [columns] */
    const char **cells;   /* [rows][columns] */
    unsigned text_columns;
} rl_table;

/* A drawing: a chart of data, or any other function that makes SVG. */
typedef struct {
    const char *id; /* file name and element id */
    const char *caption;
    const rl_chart *chart; /* NULL for what has no data behind it */
    void (*draw)(rl_buffer *out, const void *context, rl_svg_form form);
    const void *context;
} rl_figure;

/* A PNG file. */
typedef struct {
    const char *id, *caption;
    const void *bytes;
    size_t size;
} rl_image;

/* A statement, what became of it, and why. */
typedef struct {
    const char *claim, *outcome, *reason;
    const char *kind; /* of the outcome, for the style sheet: letters only */
} rl_claim;

typedef struct {
    rl_block_kind kind;
    union {
        rl_heading heading;
        const char *text; /* of a paragraph, and code */
        rl_formulas formulas;
        rl_table table;
        rl_figure figure;
        rl_image image;
        rl_claim claim;
    };
} rl_block;

typedef struct {
    rl_words *words;              /* not owned */
    const char *title, *colophon; /* the last: what made the report */
    rl_block *blocks;
    size_t count, capacity;
    size_t sections, figures, tables; /* numbered so far */
} rl_document;                        /* starts as {.words = ...} */

void rl_document_clear(rl_document *document);

/* ---- Appending ---- */

/* A numbered heading of level 2, an unnumbered one, and one of level 3. */
void rl_document_section(rl_document *document, const char *id, const char *text);
void rl_document_heading(rl_document *document, const char *id, const char *text);
void rl_document_subheading(rl_document *document, const char *text);

/* Nothing is added for an empty text. */
void rl_document_paragraph(rl_document *document, const char *text);
void rl_document_code(rl_document *document, const char *text);
void rl_document_formulas(rl_document *document, const rl_formula *items, size_t count);
void rl_document_claim(rl_document *document, const rl_claim *claim);

/* An empty table of that size, to be filled; NULL after a failure. Captions of tables and figures
 * get their numbers here. */
rl_table *rl_document_table(rl_document *document, const char *caption, size_t columns,
                            size_t rows);
void rl_document_figure(rl_document *document, const rl_figure *figure);
void rl_document_image(rl_document *document, const rl_image *image);

#endif
