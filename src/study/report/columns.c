/* Fills a table from its columns. */
#include "study/report/columns.h"

void rl_report_columns(const rl_cell *at, const char *caption, const rl_column *columns,
                       size_t count, size_t rows) {
    size_t wanted = 0, place = 0;
    for (size_t i = 0; i < count; i++)
        wanted += !columns[i].wanted || columns[i].wanted(at);
    rl_table *table = rl_document_table(at->report->document, caption, wanted, rows);
    for (size_t i = 0; table && i < count; i++) {
        const rl_column *column = &columns[i];
        if (column->wanted && !column->wanted(at))
            continue;
        table->headers[place] =
            column->head ? column->head(at) : rl_term(at->report->words, column->header);
        if (column->is_text)
            table->text_columns |= 1U << place;
        rl_cell cell = *at;
        if (column->quantity)
            cell.quantity = column->quantity;
        for (size_t row = 0; row < rows; row++, cell.index++)
            table->cells[row * wanted + place] = column->cell(&cell);
        place++;
    }
}
