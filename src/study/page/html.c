/* A document as one HTML page. The content security policy lets nothing in from anywhere: a page
 * that came from hostile names could still not fetch a thing. Charts are inline SVG, which is right
 * without scripts; their data and a script that makes them interactive come at the end. */
#include "study/page/formulas.h"
#include "study/page/writers.h"

#include <string.h>
#include <strings.h>

/* Text of the page itself, for elements and attributes. */
static void add_word(rl_buffer *out, const rl_document *document, const rl_word0 *word) {
    rl_buffer_markup(out, rl_term(document->words, word));
}

/* A script or style sheet, in which no "</script" or "</style" may end the element that holds it.
 * Only strings and comments of a script can have those, and there "<\/" means the same. */
static void add_raw(rl_buffer *out, const char *text) {
    for (const char *end; (end = strstr(text, "</")); text = end + 2) {
        const bool ends =
            strncasecmp(end + 2, "script", 6) == 0 || strncasecmp(end + 2, "style", 5) == 0;
        rl_buffer_add_bytes(out, text, (size_t)(end - text));
        rl_buffer_add(out, ends ? "<\\/" : "</");
    }
    rl_buffer_add(out, text);
}

/* ---- Blocks ---- */

static void add_heading_text(rl_buffer *out, const rl_heading *heading) {
    if (*heading->number)
        rl_buffer_print(out, "<span class=\"number\">%s</span>", heading->number);
    rl_buffer_markup(out, heading->text);
}

static void add_heading(rl_buffer *out, const rl_block *block) {
    const rl_heading *heading = &block->heading;
    if (*heading->id)
        rl_buffer_print(out, "<h%d id=\"s-%s\">", heading->level, heading->id);
    else
        rl_buffer_print(out, "<h%d>", heading->level);
    add_heading_text(out, heading);
    rl_buffer_print(out, "</h%d>\n", heading->level);
}

static void add_paragraph(rl_buffer *out, const rl_block *block) {
    rl_buffer_add(out, "<p>");
    rl_buffer_markup(out, block->text);
    rl_buffer_add(out, "</p>\n");
}

/* Line by line, since escaping takes newlines for spaces. */
static void add_code(rl_buffer *out, const rl_block *block) {
    rl_buffer line = {0};
    rl_buffer_add(out, "<pre tabindex=\"0\"><code>");
    for (const char *at = block->text; *at;) {
        const size_t length = strcspn(at, "\n");
        rl_buffer_add_bytes(&line, at, length);
        if (line.text)
            rl_buffer_markup(out, line.text);
        out->failed |= line.failed;
        rl_buffer_clear(&line);
        rl_buffer_add(out, "\n");
        at += length + (at[length] == '\n');
    }
    rl_buffer_add(out, "</code></pre>\n");
}

static void add_formulas(rl_buffer *out, const rl_block *block) {
    rl_buffer_add(out, "<dl class=\"formulas\">\n");
    for (size_t i = 0; i < block->formulas.count; i++) {
        const rl_formula *formula = &block->formulas.items[i];
        rl_buffer_add(out, "<div><dt>");
        rl_buffer_markup(out, formula->term);
        rl_buffer_add(out, "</dt>");
        for (const char *const *line = formula->lines; line && *line; line++) {
            rl_buffer_add(out, "<dd>");
            rl_formula_html(out, *line);
            rl_buffer_add(out, "</dd>");
        }
        rl_buffer_add(out, "</div>\n");
    }
    rl_buffer_add(out, "</dl>\n");
}

/* A cell of the table: the first of a row is its heading. */
static void add_cell(rl_buffer *out, const rl_table *table, size_t column, const char *text) {
    const char *class = table->text_columns >> column & 1 ? "" : " class=\"n\"";
    const bool heading = column == 0;
    rl_buffer_print(out, heading ? "<th scope=\"row\"%s>" : "<td%s>", class);
    rl_buffer_markup(out, text);
    rl_buffer_add(out, heading ? "</th>" : "</td>");
}

static void add_table(rl_buffer *out, const rl_block *block) {
    const rl_table *table = &block->table;
    rl_buffer_add(out, "<figure class=\"table\">\n<figcaption>");
    rl_buffer_markup(out, table->caption);
    rl_buffer_add(out, "</figcaption>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                       "aria-label=\"");
    rl_buffer_markup(out, table->caption);
    rl_buffer_add(out, "\">\n<table>\n<thead><tr>");
    for (size_t i = 0; i < table->columns; i++) {
        rl_buffer_print(out, "<th scope=\"col\"%s>",
                        table->text_columns >> i & 1 ? "" : " class=\"n\"");
        rl_buffer_markup(out, table->headers[i]);
        rl_buffer_add(out, "</th>");
    }
    rl_buffer_add(out, "</tr></thead>\n<tbody>\n");
    for (size_t row = 0; row < table->rows; row++) {
        rl_buffer_add(out, "<tr>");
        for (size_t i = 0; i < table->columns; i++)
            add_cell(out, table, i, table->cells[row * table->columns + i]);
        rl_buffer_add(out, "</tr>\n");
    }
    rl_buffer_add(out, "</tbody>\n</table>\n</div>\n</figure>\n");
}

static void add_figure(rl_buffer *out, const rl_block *block) {
    const rl_figure *figure = &block->figure;
    rl_buffer_print(out, "<figure class=\"drawing\">\n<div class=\"chart\" id=\"%s\">\n",
                    figure->id);
    figure->draw(out, figure->context, RL_SVG_INLINE);
    rl_buffer_add(out, "</div>\n<figcaption>");
    rl_buffer_markup(out, figure->caption);
    rl_buffer_add(out, "</figcaption>\n</figure>\n");
}

static void add_image(rl_buffer *out, const rl_block *block) {
    const rl_image *image = &block->image;
    rl_buffer_add(out, "<figure class=\"image\">\n<img alt=\"");
    rl_buffer_markup(out, image->caption);
    rl_buffer_add(out, "\" src=\"data:image/png;base64,");
    rl_buffer_base64(out, image->bytes, image->size);
    rl_buffer_add(out, "\">\n<figcaption>");
    rl_buffer_markup(out, image->caption);
    rl_buffer_add(out, "</figcaption>\n</figure>\n");
}

static void add_claim(rl_buffer *out, const rl_block *block) {
    const rl_claim *claim = &block->claim;
    rl_buffer_print(out, "<section class=\"claim %s\">\n<h3>", claim->kind);
    rl_buffer_markup(out, claim->claim);
    rl_buffer_add(out, " <span class=\"outcome\">");
    rl_buffer_markup(out, claim->outcome);
    rl_buffer_add(out, "</span></h3>\n<p>");
    rl_buffer_markup(out, claim->reason);
    rl_buffer_add(out, "</p>\n</section>\n");
}

static void (*const writers[])(rl_buffer *, const rl_block *) = {
    [RL_BLOCK_HEADING] = add_heading,   [RL_BLOCK_PARAGRAPH] = add_paragraph,
    [RL_BLOCK_FORMULAS] = add_formulas, [RL_BLOCK_TABLE] = add_table,
    [RL_BLOCK_FIGURE] = add_figure,     [RL_BLOCK_IMAGE] = add_image,
    [RL_BLOCK_CLAIM] = add_claim,       [RL_BLOCK_CODE] = add_code};

/* ---- The page ---- */

static void add_head(rl_buffer *out, const rl_document *document, bool interactive) {
    rl_buffer_print(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
                    rl_language_code(document->words->language));
    rl_buffer_add(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                       "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    rl_buffer_markup(out, document->title);
    rl_buffer_add(out, "</title>\n<style>\n");
    if (interactive)
        add_raw(out, rl_dygraphs_css());
    add_raw(out, rl_chart_css());
    add_raw(out, rl_report_css);
    rl_buffer_add(out, "</style>\n</head>\n");
}

static void add_contents(rl_buffer *out, const rl_document *document) {
    rl_buffer_add(out, "<nav aria-label=\"");
    add_word(out, document, &rl_word_contents);
    rl_buffer_add(out, "\">\n<ul>\n");
    for (size_t i = 0; i < document->count; i++) {
        const rl_heading *heading = &document->blocks[i].heading;
        if (document->blocks[i].kind != RL_BLOCK_HEADING || heading->level != 2)
            continue;
        rl_buffer_print(out, "<li><a href=\"#s-%s\">", heading->id);
        add_heading_text(out, heading);
        rl_buffer_add(out, "</a></li>\n");
    }
    rl_buffer_add(out, "</ul>\n</nav>\n");
}

static void add_scripts(rl_buffer *out, const rl_document *document) {
    rl_buffer_add(out, "<script type=\"application/json\" id=\"chart-data\">\n[");
    bool first = true;
    for (size_t i = 0; i < document->count; i++) {
        const rl_block *block = &document->blocks[i];
        if (block->kind != RL_BLOCK_FIGURE || !block->figure.chart)
            continue;
        rl_buffer_add(out, first ? "\n" : ",\n");
        rl_chart_json(out, block->figure.chart);
        first = false;
    }
    rl_buffer_add(out, "\n]\n</script>\n<script>\n");
    add_raw(out, rl_dygraphs_script());
    rl_buffer_add(out, "\n</script>\n<script>\n");
    add_raw(out, rl_chart_script());
    rl_buffer_add(out, "\n</script>\n");
}

void rl_report_html(rl_buffer *out, const rl_document *document, bool interactive) {
    add_head(out, document, interactive);
    rl_buffer_add(out, "<body>\n<header>\n<p>");
    add_word(out, document, &rl_word_report_of);
    rl_buffer_add(out, "</p>\n<h1>");
    rl_buffer_markup(out, document->title);
    rl_buffer_add(out, "</h1>\n</header>\n");
    add_contents(out, document);
    rl_buffer_add(out, "<main>\n");
    for (size_t i = 0; i < document->count; i++)
        writers[document->blocks[i].kind](out, &document->blocks[i]);
    rl_buffer_add(out, "</main>\n<footer><p>");
    rl_buffer_markup(out, document->colophon);
    rl_buffer_add(out, "</p></footer>\n");
    if (interactive)
        add_scripts(out, document);
    rl_buffer_add(out, "</body>\n</html>\n");
}
