/* The document's memory and its growing list of blocks. */
#include "study/page/document.h"

#include "base/error.h"
#include "base/memory.h"

#include <stdarg.h>
#include <string.h>

/* A list of allocations, each behind a header that keeps their alignment. */
struct rl_document_memory {
    struct rl_document_memory *next;
};
enum { HEADER = RL_ALIGNMENT };

void rl_document_clear(rl_document *document) {
    while (document->memory) {
        struct rl_document_memory *next = document->memory->next;
        rl_free(document->memory);
        document->memory = next;
    }
    rl_free(document->blocks);
    *document = (rl_document){.language = document->language};
}

rl_status rl_document_status(const rl_document *document, rl_error *error) {
    return document->failed ? rl_fail_memory(error, "the report") : RL_OK;
}

void *rl_document_alloc(rl_document *document, size_t count, size_t size) {
    size_t bytes;
    struct rl_document_memory *memory = NULL;
    if (!document->failed && rl_multiply(count, size, &bytes) && bytes <= SIZE_MAX - HEADER)
        memory = rl_alloc(bytes + HEADER, 1);
    if (!memory) {
        document->failed = true;
        return NULL;
    }
    memory->next = document->memory;
    document->memory = memory;
    return (char *)memory + HEADER;
}

static const char *copy_bytes(rl_document *document, const char *text, size_t length) {
    char *copy = rl_document_alloc(document, length + 1, 1);
    if (!copy)
        return "";
    memcpy(copy, text, length);
    return copy;
}

const char *rl_document_copy(rl_document *document, const char *text) {
    return copy_bytes(document, text, strlen(text));
}

const char *rl_document_take(rl_document *document, rl_buffer *buffer) {
    if (buffer->failed)
        document->failed = true;
    const char *text = buffer->text ? copy_bytes(document, buffer->text, buffer->length) : "";
    rl_buffer_clear(buffer);
    return text;
}

enum { VALUES_MAX = 9 };

static const char *fill(rl_document *document, const char *template, const char *const *values,
                        size_t count) {
    rl_buffer text = {0};
    for (const char *at = template; *at;) {
        const size_t index = at[0] == '{' && at[1] >= '1' && at[1] <= '9' && at[2] == '}'
                                 ? (size_t)(at[1] - '0')
                                 : 0;
        if (index > 0 && index <= count) {
            rl_buffer_add(&text, values[index - 1]);
            at += 3;
        } else {
            rl_buffer_add_bytes(&text, at++, 1);
        }
    }
    return rl_document_take(document, &text);
}

const char *rl_say(rl_document *document, rl_word word, ...) {
    const char *values[VALUES_MAX];
    size_t count = 0;
    va_list list;
    va_start(list, word);
    for (const char *value; (value = va_arg(list, const char *)) && count < VALUES_MAX;)
        values[count++] = value;
    va_end(list);
    return fill(document, rl_word_text(word, document->language), values, count);
}

/* The next block, to be filled; NULL after a failure. */
static rl_block *append(rl_document *document, rl_block_kind kind) {
    if (document->failed)
        return NULL;
    if (document->count == document->capacity) {
        const size_t capacity = rl_max(64, 2 * document->capacity);
        rl_block *blocks = rl_alloc(capacity, sizeof *blocks);
        if (!blocks) {
            document->failed = true;
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

static const char *number_text(rl_document *document, size_t number) {
    rl_buffer text = {0};
    rl_buffer_print(&text, "%zu", number);
    return rl_document_take(document, &text);
}

static void add_heading(rl_document *document, int level, const char *number, const char *id,
                        const char *text) {
    rl_block *block = append(document, RL_BLOCK_HEADING);
    if (block)
        block->heading = (rl_heading){level, number, id, text};
}

void rl_document_section(rl_document *document, const char *id, const char *text) {
    const char *number = number_text(document, ++document->sections);
    add_heading(document, 2, rl_say(document, RL_WORD_SECTION_NUMBER, number, NULL), id, text);
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
static const char *number_caption(rl_document *document, rl_word word, size_t number,
                                  const char *caption) {
    return rl_say(document, word, number_text(document, number), caption, NULL);
}

rl_table *rl_document_table(rl_document *document, const char *caption, size_t columns,
                            size_t rows) {
    const rl_table table = {
        .caption = number_caption(document, RL_WORD_TABLE_NUMBER, ++document->tables, caption),
        .columns = columns,
        .rows = rows,
        .headers = rl_document_alloc(document, columns, sizeof(char *)),
        .cells = rl_document_alloc(document, columns * rows, sizeof(char *)),
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
    const char *caption =
        number_caption(document, RL_WORD_FIGURE_NUMBER, ++document->figures, figure->caption);
    rl_block *block = append(document, RL_BLOCK_FIGURE);
    if (!block)
        return;
    block->figure = *figure;
    block->figure.caption = caption;
}

void rl_document_image(rl_document *document, const rl_image *image) {
    const char *caption =
        number_caption(document, RL_WORD_FIGURE_NUMBER, ++document->figures, image->caption);
    rl_block *block = append(document, RL_BLOCK_IMAGE);
    if (!block)
        return;
    block->image = *image;
    block->image.caption = caption;
}
