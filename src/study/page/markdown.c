/* A document as GitHub's Markdown. Texts are escaped; formulas stand in code spans, code in
 * indented blocks, in which nothing has a meaning and which nothing can end. */
#include "base/text.h"
#include "study/page/formulas.h"
#include "study/page/writers.h"

#include <string.h>

static void add_heading(rl_buffer *out, const rl_block *block) {
    const rl_heading *heading = &block->heading;
    rl_buffer_add(out, heading->level == 2 ? "## " : "### ");
    rl_buffer_add(out, heading->number);
    rl_buffer_markdown(out, heading->text);
    rl_buffer_add(out, "\n\n");
}

static void add_paragraph(rl_buffer *out, const rl_block *block) {
    rl_buffer_markdown(out, block->text);
    rl_buffer_add(out, "\n\n");
}

/* Bytes of code as they are, but for what no text file should hold. */
static void add_plain(rl_buffer *out, const char *text) {
    while (*text) {
        const size_t length = rl_text_utf8_length(text);
        const bool control = length == 1 && (unsigned char)*text < 0x20 && *text != '\t';
        if (length == 0 || control)
            rl_buffer_add(out, "?");
        else
            rl_buffer_add_bytes(out, text, length);
        text += length ? length : 1;
    }
}

static void add_code(rl_buffer *out, const rl_block *block) {
    rl_buffer line = {0};
    for (const char *at = block->text; *at;) {
        const size_t length = strcspn(at, "\n");
        rl_buffer_add_bytes(&line, at, length);
        if (length > 0)
            rl_buffer_add(out, "    ");
        if (line.text)
            add_plain(out, line.text);
        out->failed |= line.failed;
        rl_buffer_clear(&line);
        rl_buffer_add(out, "\n");
        at += length + (at[length] == '\n');
    }
    rl_buffer_add(out, "\n");
}

static void add_formulas(rl_buffer *out, const rl_block *block) {
    for (size_t i = 0; i < block->formulas.count; i++) {
        const rl_formula *formula = &block->formulas.items[i];
        rl_buffer_add(out, "- **");
        rl_buffer_markdown(out, formula->term);
        rl_buffer_add(out, "**");
        for (const char *const *line = formula->lines; line && *line; line++) {
            rl_buffer_add(out, "<br>`");
            rl_formula_text(out, *line);
            rl_buffer_add(out, "`");
        }
        rl_buffer_add(out, "\n");
    }
    rl_buffer_add(out, "\n");
}

static void add_table(rl_buffer *out, const rl_block *block) {
    const rl_table *table = &block->table;
    rl_buffer_markdown(out, table->caption);
    rl_buffer_add(out, "\n\n|");
    for (size_t i = 0; i < table->columns; i++) {
        rl_buffer_add(out, " ");
        rl_buffer_markdown(out, table->headers[i]);
        rl_buffer_add(out, " |");
    }
    rl_buffer_add(out, "\n|");
    for (size_t i = 0; i < table->columns; i++)
        rl_buffer_add(out, table->text_columns >> i & 1 ? "---|" : "--:|");
    for (size_t i = 0; i < table->columns * table->rows; i++) {
        rl_buffer_add(out, i % table->columns == 0 ? "\n| " : " ");
        rl_buffer_markdown(out, table->cells[i]);
        rl_buffer_add(out, " |");
    }
    rl_buffer_add(out, "\n\n");
}

static void add_picture(rl_buffer *out, const char *id, const char *ending, const char *caption) {
    rl_buffer_add(out, "![");
    rl_buffer_markdown(out, caption);
    rl_buffer_print(out, "](figures/%s.%s)\n\n*", id, ending);
    rl_buffer_markdown(out, caption);
    rl_buffer_add(out, "*\n\n");
}

static void add_figure(rl_buffer *out, const rl_block *block) {
    add_picture(out, block->figure.id, "svg", block->figure.caption);
}

static void add_image(rl_buffer *out, const rl_block *block) {
    add_picture(out, block->image.id, "png", block->image.caption);
}

static void add_claim(rl_buffer *out, const rl_block *block) {
    const rl_claim *claim = &block->claim;
    rl_buffer_add(out, "- **");
    rl_buffer_markdown(out, claim->claim);
    rl_buffer_add(out, "** *");
    rl_buffer_markdown(out, claim->outcome);
    rl_buffer_add(out, "* — ");
    rl_buffer_markdown(out, claim->reason);
    rl_buffer_add(out, "\n\n");
}

static void (*const writers[])(rl_buffer *, const rl_block *) = {
    [RL_BLOCK_HEADING] = add_heading,   [RL_BLOCK_PARAGRAPH] = add_paragraph,
    [RL_BLOCK_FORMULAS] = add_formulas, [RL_BLOCK_TABLE] = add_table,
    [RL_BLOCK_FIGURE] = add_figure,     [RL_BLOCK_IMAGE] = add_image,
    [RL_BLOCK_CLAIM] = add_claim,       [RL_BLOCK_CODE] = add_code};

void rl_report_markdown(rl_buffer *out, const rl_document *document) {
    rl_buffer_add(out, "# ");
    rl_buffer_markdown(out, document->title);
    rl_buffer_add(out, "\n\n");
    for (size_t i = 0; i < document->count; i++)
        writers[document->blocks[i].kind](out, &document->blocks[i]);
    rl_buffer_markdown(out, document->colophon);
    rl_buffer_add(out, "\n");
}
