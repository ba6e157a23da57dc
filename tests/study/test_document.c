/* Documents and what writers make of them: texts that would be markup are inert in every kind of
 * block, and memory that runs out anywhere is reported once, at the end. */
#include "base/memory.h"
#include "study/page/writers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

/* Ends elements, attributes, strings, code spans, table rows and headings, wherever it stands. */
#define HOSTILE "</p></td></script><script>alert(1)</script>\" onload='x' `|[a](b)*_{1}\n# h\n"

static void draw_nothing(rl_buffer *out, const void *context, rl_svg_form form) {
    (void)context, (void)form;
    rl_buffer_add(out, "<svg></svg>");
}

/* A document with `text` in every place that takes a text. */
static void fill(rl_document *d, const char *text) {
    static const char *const lines[] = {"y = x^{−2} + β_1", NULL};
    static const char png[] = "\x89PNG";
    d->title = d->colophon = text;
    rl_document_heading(d, "overview", text);
    rl_document_section(d, "first", text);
    rl_document_subheading(d, text);
    rl_document_paragraph(d, text);
    rl_document_paragraph(d, "");
    rl_document_code(d, text);
    rl_formula *formula = rl_words_alloc(d->words, 1, sizeof *formula);
    if (formula) {
        *formula = (rl_formula){text, lines};
        rl_document_formulas(d, formula, 1);
    }
    rl_table *table = rl_document_table(d, text, 2, 2);
    for (size_t i = 0; table && i < 4; i++)
        table->headers[i % 2] = table->cells[i] = text;
    rl_document_figure(d, &(rl_figure){.id = "fig", .caption = text, .draw = draw_nothing});
    rl_document_image(d, &(rl_image){"img", text, png, sizeof png - 1});
    rl_document_claim(d, &(rl_claim){text, text, text, "open"});
}

static size_t occurrences(const char *text, const char *what) {
    size_t count = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        count++;
    return count;
}

static void test_html_of_hostile_texts(void **state) {
    (void)state;
    rl_words words = {.language = RL_LANGUAGE_ENGLISH};
    rl_document d = {.words = &words};
    rl_buffer out = {0};
    fill(&d, HOSTILE);
    assert_int_equal(rl_words_status(&words, "words", NULL), RL_OK);
    rl_report_html(&out, &d, false);
    assert_int_equal(occurrences(out.text, "<script"), 0);
    assert_int_equal(occurrences(out.text, "onload='"), 0);
    assert_int_equal(occurrences(out.text, "alert(1)"), 25);
    assert_int_equal(occurrences(out.text, "<tr>"), 3);
    assert_int_equal(occurrences(out.text, "</tr>"), 3);
    assert_int_equal(occurrences(out.text, "</td>"), 2);
    assert_int_equal(occurrences(out.text, "<pre "), 1);
    assert_non_null(strstr(out.text, "<html lang=\"en\">"));
    assert_non_null(strstr(out.text, "default-src 'none'"));
    assert_non_null(strstr(out.text, "src=\"data:image/png;base64,iVBORw==\""));
    assert_non_null(strstr(out.text, "<i>y</i> = <i>x</i><sup>−2</sup> + <i>β</i><sub>1</sub>"));
    rl_buffer_clear(&out);
    rl_document_clear(&d);
    rl_words_clear(&words);
}

/* '|' that end a cell: those without a backslash. */
static size_t cell_ends(const char *line, size_t length) {
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
    return count;
}

static void test_markdown_of_hostile_texts(void **state) {
    (void)state;
    rl_words words = {.language = RL_LANGUAGE_CHINESE};
    rl_document d = {.words = &words};
    rl_buffer out = {0};
    fill(&d, HOSTILE);
    rl_report_markdown(&out, &d);
    size_t headings = 0, rows = 0, code = 0;
    for (const char *line = out.text; *line;) {
        const size_t length = strcspn(line, "\n");
        headings += line[0] == '#';
        rows += line[0] == '|';
        if (line[0] == '|')
            assert_int_equal(cell_ends(line, length), 3);
        if (strncmp(line, "    ", 4) == 0)
            code++;
        else /* outside of code, no tag but our own line break begins */
            for (size_t i = 0; i < length; i++)
                assert_true(line[i] != '<' || strncmp(line + i, "<br>", 4) == 0);
        line += length + (line[length] == '\n');
    }
    assert_int_equal(headings, 4);
    assert_int_equal(rows, 4);
    assert_int_equal(code, 2); /* the two lines of the code block */
    assert_non_null(strstr(out.text, "`y = x^(−2) + β_1`"));
    assert_non_null(strstr(out.text, "](figures/fig.svg)"));
    assert_non_null(strstr(out.text, "](figures/img.png)"));
    rl_buffer_clear(&out);
    rl_document_clear(&d);
    rl_words_clear(&words);
}

/* A paragraph may begin like a list or a heading, and is still a paragraph. */
static void test_markdown_of_line_starts(void **state) {
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {{"- 3 points", "\\- 3 points"},
                 {"12. of May", "12\\. of May"},
                 {"+ 1", "\\+ 1"},
                 {"=====", "\\====="},
                 {"# no", "\\# no"},
                 {"> no", "&gt; no"},
                 {"12 runs", "12 runs"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rl_words words = {.language = RL_LANGUAGE_ENGLISH};
        rl_document d = {.words = &words, .title = "t", .colophon = "c"};
        rl_buffer out = {0}, expected = {0};
        rl_document_paragraph(&d, cases[i].text);
        rl_report_markdown(&out, &d);
        rl_buffer_print(&expected, "# t\n\n%s\n\nc\n", cases[i].expected);
        assert_string_equal(out.text, expected.text);
        rl_buffer_clear(&expected);
        rl_buffer_clear(&out);
        rl_document_clear(&d);
        rl_words_clear(&words);
    }
}

/* Every allocation of building and writing fails once; the last round has none left to fail. */
static void test_each_allocation_failing(void **state) {
    (void)state;
    rl_status status = RL_ERROR_MEMORY;
    long n;
    for (n = 0; status != RL_OK; n++) {
        rl_words words = {.language = RL_LANGUAGE_ENGLISH};
        rl_document d = {.words = &words};
        rl_buffer html = {0}, markdown = {0};
        rl_memory_fail_after(n);
        fill(&d, HOSTILE);
        status = rl_words_status(&words, "words", NULL);
        if (status == RL_OK) {
            rl_report_html(&html, &d, true);
            rl_report_markdown(&markdown, &d);
            status = rl_buffer_status(&html, "html", NULL);
            if (status == RL_OK)
                status = rl_buffer_status(&markdown, "markdown", NULL);
        }
        rl_memory_fail_after(-1);
        assert_true(status == RL_OK || status == RL_ERROR_MEMORY);
        rl_buffer_clear(&html);
        rl_buffer_clear(&markdown);
        rl_document_clear(&d);
        rl_words_clear(&words);
    }
    assert_true(n > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_html_of_hostile_texts),
        cmocka_unit_test(test_markdown_of_hostile_texts),
        cmocka_unit_test(test_markdown_of_line_starts),
        cmocka_unit_test(test_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
