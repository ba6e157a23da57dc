/* The document's memory and its growing list of blocks. */
#include "study/page/document.h"

#include "base/memory.h"
#include "study/words/format.h"

#include <string.h>

void rl_document_clear(rl_document *document) {
    rl_free(document->blocks);
    *document = (rl_document){.words = document->words};
}

/* The next block, to be filled; NULL after a failure. */
static rl_block *append(rl_document *document, rl_block_kind kind) {
    if (document->words->failed)
        return NULL;
    if (document->count == document->capacity) {
        const size_t capacity = rl_max(64, 2 * document->capacity);
        rl_block *blocks = rl_alloc(capacity, sizeof *blocks);
        if (!blocks) {
            document->words->failed = true;
            return NULL;
        }
        if (document->count > 0)
            memcpy(blocks, document->blocks, document->count * sizeof *blocks);
        rl_free(document->blocks);
        document->blocks = blocks;
        document->capacity = capacity;
    }
    rl_block *block = &document->blocks[document->count++];
    *block = (rl_block){.kind = kind};
    return block;
}

static void add_heading(rl_document *document, int level, const char *number, const char *id,
                        const char *text) {
    rl_block *block = append(document, RL_BLOCK_HEADING);
    if (block)
        block->heading = (rl_heading){level, number, id, text};
}

void rl_document_section(rl_document *document, const char *id, const char *text) {
    const char *number = rl_format_plain(document->words, ++document->sections);
    add_heading(document, 2, RL_SAY(document->words, &rl_word_section_number, number), id, text);
}

void rl_document_heading(rl_document *document, const char *id, const char *text) {
    add_heading(document, 2, "", id, text);
}

void rl_document_subheading(rl_document *document, const char *text) {
    add_heading(document, 3, "", "", text);
}

static void add_text(rl_document *document, rl_block_kind kind, const char *text) {
    rl_block *block = *text ? append(document, kind) : NULL;
    if (block)
        block->text = text;
}

void rl_document_paragraph(rl_document *document, const char *text) {
    add_text(document, RL_BLOCK_PARAGRAPH, text);
}

void rl_document_code(rl_document *document, const char *text) {
    add_text(document, RL_BLOCK_CODE, text);
}

void rl_document_formulas(rl_document *document, const rl_formula *items, size_t count) {
    rl_block *block = count > 0 ? append(document, RL_BLOCK_FORMULAS) : NULL;
    if (block)
        block->formulas = (rl_formulas){items, count};
}

void rl_document_claim(rl_document *document, const rl_claim *claim) {
    rl_block *block = append(document, RL_BLOCK_CLAIM);
    if (block)
        block->claim = *claim;
}

/* "Table 3. Test accuracy" */
static const char *number_caption(rl_words *words, const rl_word2 *word, size_t number,
                                  const char *caption) {
    return RL_SAY(words, word, rl_format_plain(words, number), caption);
}

rl_table *rl_document_table(rl_document *document, const char *caption, size_t columns,
                            size_t rows) {
    const rl_table table = {
        .caption =
            number_caption(document->words, &rl_word_table_number, ++document->tables, caption),
        .columns = columns,
        .rows = rows,
        .headers = rl_words_alloc(document->words, columns, sizeof(char *)),
        .cells = rl_words_alloc(document->words, columns * rows, sizeof(char *)),
    };
    for (size_t i = 0; table.headers && i < columns; i++)
        table.headers[i] = "";
    for (size_t i = 0; table.cells && i < columns * rows; i++)
        table.cells[i] = "";
    rl_block *block = append(document, RL_BLOCK_TABLE);
    if (!block)
        return NULL;
    block->table = table;
    return &block->table;
}

void rl_document_figure(rl_document *document, const rl_figure *figure) {
    const char *caption = number_caption(document->words, &rl_word_figure_number,
                                         ++document->figures, figure->caption);
    rl_block *block = append(document, RL_BLOCK_FIGURE);
    if (!block)
        return;
    block->figure = *figure;
    block->figure.caption = caption;
}

void rl_document_image(rl_document *document, const rl_image *image) {
    const char *caption = number_caption(document->words, &rl_word_figure_number,
                                         ++document->figures, image->caption);
    rl_block *block = append(document, RL_BLOCK_IMAGE);
    if (!block)
        return;
    block->image = *image;
    block->image.caption = caption;
}
