/* Reads a table row by row, whatever its size, and holds it against the checkpoint's mark. */
#include "run/table_check.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { MOST_COLUMNS = 16, LINE_SIZE = 1024 };

typedef struct {
    rl_table_found *found;
    const rl_table_form *form;
    const char *path;
    const rl_table_mark *mark;
    rl_error *error;
    uint64_t step; /* of the row before */
} checker;

bool rl_table_number(const char *text, double *value) {
    static const struct {
        const char *word;
        double value;
    } words[] = {{"nan", NAN}, {"inf", INFINITY}, {"-inf", -INFINITY}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i].word) == 0) {
            *value = words[i].value;
            return true;
        }
    return rl_text_to_double(text, value);
}

bool rl_table_split(char *line, char **fields, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *comma = strchr(line, ',');
        fields[i] = line;
        if ((comma != NULL) != (i + 1 < count))
            return false;
        if (comma) {
            *comma = '\0';
            line = comma + 1;
        }
    }
    return true;
}

void rl_table_digest_row(rl_digest *digest, const rl_table_form *form, const char *row) {
    for (size_t column = 0; *row; column++) {
        const size_t length = strcspn(row, ",\n") + 1;
        const bool is_measured = column < 32 && (form->measured >> column & 1);
        if (!is_measured)
            rl_digest_add(digest, row, length);
        row += length;
    }
}

/* What to do about a table that cannot be gone on with. */
static rl_status fail(const checker *c, uint64_t line, const char *what) {
    const char *slash = strrchr(c->path, '/');
    const int folder = slash ? (int)(slash - c->path) : 0;
    return rl_fail_at(c->error, RL_ERROR_FORMAT, (long long)line,
                      "%s:%" PRIu64 ": %s; nothing was changed: restore this file, or begin anew "
                      "with 'reslab train --config %.*s/" RL_CONFIG_FILE " --out FOLDER'",
                      c->path, line, what, folder ? folder : 1, folder ? c->path : ".");
}

/* Reads a line with its newline; false at the end of the file, and for what is no line of text. */
static bool read_line(FILE *file, char line[LINE_SIZE], size_t *length) {
    if (!fgets(line, LINE_SIZE, file))
        return false;
    *length = strlen(line); /* short of a NUL in the text */
    return *length > 0 && line[*length - 1] == '\n';
}

/* `line` is row number `number`; it is cut to pieces. */
static bool is_row(checker *c, char *line, uint64_t number) {
    char *fields[MOST_COLUMNS];
    uint64_t value;
    double real;
    if (c->found->columns > MOST_COLUMNS || !rl_table_split(line, fields, c->found->columns) ||
        !rl_text_to_u64(fields[0], &value) || value != number)
        return false;
    for (size_t i = 1; i < c->found->columns; i++)
        if (!rl_table_number(fields[i], &real))
            return false;
    if (!c->form->has_steps)
        return true;
    const bool rises = rl_text_to_u64(fields[1], &value) && value > c->step;
    c->step = value;
    return rises && value <= c->mark->steps;
}

static rl_status check_rows(checker *c, FILE *file) {
    char line[LINE_SIZE];
    size_t length;
    for (uint64_t row = 1; row <= c->mark->rows; row++) {
        char what[128];
        if (!read_line(file, line, &length)) {
            snprintf(what, sizeof what,
                     "no whole row %" PRIu64 ", expected rows up to %" PRIu64
                     ", after which the checkpoint was made",
                     row, c->mark->rows);
            return fail(c, row + 1, what);
        }
        c->found->kept += length;
        rl_table_digest_row(&c->found->digest, c->form, line);
        line[length - 1] = '\0';
        if (!is_row(c, line, row)) {
            snprintf(what, sizeof what, "is not row %" PRIu64 " as it was written", row);
            return fail(c, row + 1, what);
        }
    }
    return RL_OK;
}

static rl_status check(checker *c, FILE *file) {
    char line[LINE_SIZE], text[RL_DIGEST_TEXT];
    size_t length;
    if (read_line(file, line, &length)) {
        c->found->columns = rl_table_columns(c->form, line, length - 1);
        c->found->kept = length;
    }
    if (c->found->columns == 0)
        return rl_fail_at(c->error, RL_ERROR_FORMAT, 1, "%s: expected the heading '%s'", c->path,
                          c->form->heading);
    const rl_status status = check_rows(c, file);
    if (status != RL_OK || !c->mark->digest[0])
        return status;
    if (!rl_digest_text(&c->found->digest, text))
        return rl_fail_memory(c->error, c->path);
    return strcmp(text, c->mark->digest) == 0
               ? RL_OK
               : fail(c, c->mark->rows + 1,
                      "one of the rows up to here is not as it was written before the checkpoint");
}

rl_status rl_table_find(rl_table_found *found, const rl_table_form *form, const char *path,
                        const rl_table_mark *mark, rl_error *error) {
    int source;
    *found = (rl_table_found){0};
    rl_digest_begin(&found->digest);
    checker c = {.found = found, .form = form, .path = path, .mark = mark, .error = error};
    if (!rl_file_exists(path))
        return fail(&c, 1, "is missing");
    rl_status status = rl_file_open(&source, &found->size, path, error);
    if (status != RL_OK)
        return status;
    FILE *file = fdopen(source, "rb");
    if (!file) {
        status = rl_fail_errno(error, "%s: cannot read", path);
        close(source);
        return status;
    }
    status = check(&c, file);
    if (ferror(file))
        status = rl_fail_errno(error, "%s: cannot read", path);
    fclose(file);
    return status;
}
