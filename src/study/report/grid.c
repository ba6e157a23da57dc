/* The accuracies of a group that is a grid of two options, as one. */
#include "study/report/parts.h"

#include <math.h>

typedef struct {
    rl_report *report;
    const rl_group_numbers *group;
    size_t rows, columns;
} grid;

static const rl_sample *sample_at(const grid *g, size_t row, size_t column) {
    return &g->group->arms[row * g->columns + column].samples[RL_QUANTITY_TEST_ACCURACY];
}

/* The mean of arms from `row`, `column` on, `rows` x `columns` of them. */
static const char *mean_text(const grid *g, size_t row, size_t column, size_t rows,
                             size_t columns) {
    double sum = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            sum += sample_at(g, row + i, column + j)->mean;
    const double mean = sum / (double)(rows * columns);
    return isnan(mean) ? rl_format_number(g->report->words, NAN, 0)
                       : rl_format_value(g->report->words, RL_UNIT_SHARE, mean);
}

static void fill(const grid *g, rl_table *table) {
    rl_words *words = g->report->words;
    const rl_study_factor *factors = g->group->group->factors;
    table->headers[0] = RL_SAY(words, &rl_word_grid_corner, factors[0].option, factors[1].option);
    for (size_t j = 0; j < g->columns; j++)
        table->headers[j + 1] = rl_format_level_name(words, &factors[1].levels[j]);
    table->headers[g->columns + 1] = rl_term(words, &rl_word_grid_mean);
    const char **cells = table->cells;
    for (size_t i = 0; i < g->rows; i++) {
        *cells++ = rl_format_level_name(words, &factors[0].levels[i]);
        for (size_t j = 0; j < g->columns; j++)
            *cells++ = rl_format_sample(words, sample_at(g, i, j), RL_UNIT_SHARE, 1);
        *cells++ = mean_text(g, i, 0, 1, g->columns);
    }
    *cells++ = rl_term(words, &rl_word_grid_mean);
    for (size_t j = 0; j < g->columns; j++)
        *cells++ = mean_text(g, 0, j, g->rows, 1);
    *cells = mean_text(g, 0, 0, g->rows, g->columns);
}

void rl_report_grid_table(rl_report *report, size_t index) {
    const rl_study_group *group = rl_report_group_at(report, index);
    if (group->named || group->factor_count != 2)
        return;
    const grid g = {report, &report->numbers->groups[index], group->factors[0].level_count,
                    group->factors[1].level_count};
    const char *caption = RL_SAY(report->words, &rl_word_grid_caption, group->factors[0].option,
                                 group->factors[1].option);
    rl_table *table = rl_document_table(report->document, caption, g.columns + 2, g.rows + 1);
    if (!table)
        return;
    table->text_columns = 1;
    fill(&g, table);
}
