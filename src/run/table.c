/* Adding rows to a table. Reading back what is there is table_check.c's. */
#include "run/table.h"

#include "base/error.h"
#include "base/open.h"
#include "run/table_check.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

size_t rl_table_columns(const rl_table_form *form, const char *line, size_t length) {
    size_t columns = 1;
    for (size_t i = 0; i < length; i++)
        columns += line[i] == ',';
    const char next = strlen(form->heading) > length ? form->heading[length] : '?';
    const bool whole = length == strlen(form->heading), older = next == ',';
    if (!(whole || older) || memcmp(line, form->heading, length) != 0)
        return 0;
    return columns >= form->oldest ? columns : 0;
}

static rl_status open_to_append(rl_table *table, rl_error *error) {
    table->file = rl_open_stream(table->path, O_WRONLY | O_CREAT | O_APPEND, "ab");
    return table->file ? RL_OK : rl_fail_errno(error, "%s: cannot open", table->path);
}

static rl_status flush(const rl_table *table, rl_error *error) {
    return fflush(table->file) || ferror(table->file)
               ? rl_fail_errno(error, "%s: cannot write", table->path)
               : RL_OK;
}

/* The length of the first `columns` of a heading. */
static size_t heading_length(const char *heading, size_t columns) {
    size_t length = strcspn(heading, ",");
    for (size_t i = 1; i < columns; i++)
        length += 1 + strcspn(heading + length + 1, ",");
    return length;
}

rl_status rl_table_create(rl_table *table, const rl_table_form *form, size_t columns,
                          const char *path, rl_error *error) {
    *table = (rl_table){.form = form, .columns = columns};
    snprintf(table->path, sizeof table->path, "%s", path);
    rl_digest_begin(&table->digest);
    rl_status status = open_to_append(table, error);
    if (status == RL_OK) {
        fprintf(table->file, "%.*s\n", (int)heading_length(form->heading, columns), form->heading);
        status = flush(table, error);
    }
    if (status != RL_OK)
        rl_table_close(table);
    return status;
}

rl_status rl_table_check(const rl_table_form *form, const char *path, const rl_table_mark *mark,
                         rl_error *error) {
    rl_table_found found;
    const rl_status status = rl_table_find(&found, form, path, mark, error);
    rl_digest_end(&found.digest);
    return status;
}

rl_status rl_table_resume(rl_table *table, const rl_table_form *form, const char *path,
                          const rl_table_mark *mark, rl_error *error) {
    rl_table_found found;
    *table = (rl_table){.form = form};
    snprintf(table->path, sizeof table->path, "%s", path);
    rl_status status = rl_table_find(&found, form, path, mark, error);
    table->columns = found.columns;
    table->digest = found.digest;
    /* However far this gets before a crash, what is to be kept is kept. */
    if (status == RL_OK && found.size > found.kept && truncate(path, (off_t)found.kept) != 0)
        status = rl_fail_errno(error, "%s: cannot remove the rows past the checkpoint", path);
    if (status == RL_OK)
        status = open_to_append(table, error);
    if (status != RL_OK)
        rl_table_close(table);
    return status;
}

rl_buffer *rl_table_begin(rl_table *table) {
    table->row.length = 0;
    return &table->row;
}

rl_status rl_table_end(rl_table *table, rl_error *error) {
    rl_buffer_add(&table->row, "\n");
    const rl_status status = rl_buffer_status(&table->row, table->path, error);
    if (status != RL_OK)
        return status;
    rl_table_digest_row(&table->digest, table->form, table->row.text);
    fwrite(table->row.text, 1, table->row.length, table->file);
    return flush(table, error);
}

rl_status rl_table_sync(rl_table *table, rl_error *error) {
    return fsync(fileno(table->file)) == 0 ? RL_OK
                                           : rl_fail_errno(error, "%s: cannot write", table->path);
}

rl_status rl_table_digest(rl_table *table, char text[RL_DIGEST_TEXT], rl_error *error) {
    return rl_digest_text(&table->digest, text) ? RL_OK : rl_fail_memory(error, table->path);
}

void rl_table_close(rl_table *table) {
    if (table->file)
        fclose(table->file);
    rl_digest_end(&table->digest);
    rl_buffer_clear(&table->row);
    table->file = NULL;
}
