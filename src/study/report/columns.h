/* Tables by column: what heads it, which groups have it, and its cells. */
#ifndef RL_STUDY_REPORT_COLUMNS_H
#define RL_STUDY_REPORT_COLUMNS_H

#include "study/report/parts.h"

/* Where a cell stands. */
typedef struct {
    rl_report *report;
    const rl_group_numbers *group;
    rl_quantity_kind quantity; /* of a table of pairs */
    size_t index;              /* of the row: an arm, a pair */
} rl_cell;

typedef struct {
    const rl_word0 *header;
    const char *(*head)(const rl_cell *at); /* in the place of `header`; NULL: that */
    bool is_text;                           /* no number */
    const char *(*cell)(const rl_cell *at);
    bool (*wanted)(const rl_cell *at); /* asked for the first row; NULL: always */
    rl_quantity_kind quantity;         /* of its cells; 0: the table's */
} rl_column;

/* The table of as many rows whose cells begin at `at`. */
void rl_report_columns(const rl_cell *at, const char *caption, const rl_column *columns,
                       size_t count, size_t rows);
#define COLUMNS(columns) columns, sizeof(columns) / sizeof *(columns)

#endif
