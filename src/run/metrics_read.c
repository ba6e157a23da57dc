/* metrics.csv read back. A last row without its newline was cut short by a crash or is being
 * written: it is left out. Anything else that is not as metrics.c writes it is an error with its
 * line. */
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "run/metrics.h"

#include <math.h>
#include <string.h>

#define METRICS_LIMIT ((size_t)1 << 30)

enum { MOST_COLUMNS = 16 };

static bool parse_row(char *line, size_t columns, rl_epoch_row *row) {
    char *fields[MOST_COLUMNS];
    uint64_t epoch;
    if (!rl_table_split(line, fields, columns) || !rl_text_to_u64(fields[0], &epoch) ||
        !rl_text_to_u64(fields[1], &row->step))
        return false;
    row->epoch = epoch;
    double *const reals[] = {&row->lr,
                             &row->train_loss,
                             &row->train_accuracy,
                             &row->test_loss,
                             &row->test_accuracy,
                             &row->seconds,
                             &row->images_per_second,
                             &row->train_cross_entropy,
                             &row->validation_loss,
                             &row->validation_accuracy};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        if (2 + i >= columns)
            *reals[i] = NAN;
        else if (!rl_table_number(fields[2 + i], reals[i]))
            return false;
    return true;
}

static size_t count_lines(const char *text, size_t size) {
    size_t lines = 0;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return lines;
}

/* `text` ends with a NUL and has `lines` whole lines, the heading first. */
static rl_status parse(const char *path, char *text, size_t lines, rl_epoch_row *rows,
                       rl_error *error) {
    size_t columns = 0;
    for (size_t line = 0; line < lines; line++) {
        char *end = strchr(text, '\n');
        if (!end) /* a NUL in the text hides the newline */
            return rl_fail_at(error, RL_ERROR_FORMAT, (long long)line + 1,
                              "%s:%zu: a NUL byte, expected text", path, line + 1);
        *end = '\0';
        if (line == 0)
            columns = rl_table_columns(&rl_epochs_form, text, strlen(text));
        if (line == 0 ? columns == 0 : !parse_row(text, columns, &rows[line - 1]))
            return rl_fail_at(error, RL_ERROR_FORMAT, (long long)line + 1,
                              "%s:%zu: expected %s'%s'", path, line + 1,
                              line == 0 ? "the heading " : "numbers for ", rl_epochs_form.heading);
        if (line > 0 && rows[line - 1].epoch != line)
            return rl_fail_at(error, RL_ERROR_FORMAT, (long long)line + 1,
                              "%s:%zu: epoch %zu, expected %zu", path, line + 1,
                              rows[line - 1].epoch, line);
        text = end + 1;
    }
    return RL_OK;
}

rl_status rl_metrics_read(const char *path, rl_epoch_row **rows, size_t *count, rl_error *error) {
    uint8_t *text;
    size_t size;
    *rows = NULL;
    *count = 0;
    rl_status status = rl_file_read(path, METRICS_LIMIT, &text, &size, error);
    if (status != RL_OK)
        return status;
    const size_t lines = count_lines((const char *)text, size);
    rl_epoch_row *read = rl_alloc(rl_max(lines, 1), sizeof *read);
    status = read ? parse(path, (char *)text, lines, read, error)
                  : rl_fail_memory(error, "a run's metrics");
    rl_free(text);
    if (status != RL_OK) {
        rl_free(read);
        return status;
    }
    *rows = read;
    *count = lines > 0 ? lines - 1 : 0;
    return RL_OK;
}
