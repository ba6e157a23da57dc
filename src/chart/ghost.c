/* The Ghost Module as boxes and arrows. Boxes are as wide as the words given, so that any language
 * fits; what is left of the usual width goes into the gaps. */
#include "chart/diagrams.h"

#include "chart/layout.h"
#include "chart/style.h"

#include <math.h>

enum { WIDTH = 720, BOX_HEIGHT = 64, GAP = 44, EDGE = 12, COLUMNS = 5 };
#define UPPER 92.0  /* middle of the row of the primary convolution */
#define LOWER 196.0 /* middle of the row of the cheap operation */

/* The columns, from left to right. */
enum { INPUT, PRIMARY, CHEAP, CONCATENATE, OUTPUT };

typedef struct {
    double left, right;
} column;

/* A line of two names in a box: what it is, and below it in smaller letters how. */
static double words_width(const char *name, const char *detail) {
    const double bold = 1.06;
    return fmax(bold * (RL_TEXT_SIZE + 1) * rl_text_width(name),
                RL_TEXT_SIZE * rl_text_width(detail));
}

/* Returns the width of the drawing. */
static double place_columns(column columns[COLUMNS], const rl_ghost_words *words) {
    const double widths[COLUMNS] = {
        words_width(words->input, "") + 28,
        words_width(words->primary, words->primary_detail) + 28,
        words_width(words->cheap, words->cheap_detail) + 28,
        fmax(words_width(words->concatenate, ""), 40),
        words_width(words->output, "") + 28,
    };
    double sum = 2 * EDGE;
    for (size_t i = 0; i < COLUMNS; i++)
        sum += widths[i];
    const double gap = fmax(GAP, (WIDTH - sum) / (COLUMNS - 1));
    double x = EDGE;
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = (column){x, x + widths[i]};
        x += widths[i] + gap;
    }
    return x - gap + EDGE;
}

static void rectangle(rl_buffer *out, double left, double top, double right, double bottom,
                      const char *attributes) {
    rl_buffer_add(out, "<rect");
    rl_attribute(out, "x", left);
    rl_attribute(out, "y", top);
    rl_attribute(out, "width", right - left);
    rl_attribute(out, "height", bottom - top);
    rl_buffer_print(out, " fill=\"currentColor\" stroke=\"currentColor\"%s/>", attributes);
}

static void point(rl_buffer *out, const char *command, double x, double y) {
    rl_buffer_add(out, command);
    rl_coordinate(out, x);
    rl_buffer_add(out, " ");
    rl_coordinate(out, y);
}

/* A line from left to right with a head at its end. */
static void arrow(rl_buffer *out, double x1, double x2, double y) {
    rl_buffer_add(out, "<path fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\" d=\"");
    point(out, "M", x1, y);
    point(out, "L", x2 - 7, y);
    rl_buffer_add(out, "\"/><path fill=\"currentColor\" d=\"");
    point(out, "M", x2, y);
    rl_buffer_add(out, "l-9 -4.5v9z\"/>");
}

static void arrows(rl_buffer *out, const column *columns, rl_svg_form form) {
    const double middle = (UPPER + LOWER) / 2;
    const double fork = (columns[PRIMARY].right + columns[CHEAP].left) / 2;
    const double cells = (columns[CONCATENATE].left + columns[CONCATENATE].right) / 2;
    rl_open_tone(out, form, RL_MUTED, "");
    arrow(out, columns[INPUT].right, columns[PRIMARY].left, UPPER);
    arrow(out, columns[PRIMARY].right, cells - 20, UPPER);
    rl_buffer_add(out, "<path fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\" d=\"");
    point(out, "M", fork, UPPER);
    point(out, "L", fork, LOWER);
    rl_buffer_add(out, "\"/><circle r=\"3\" fill=\"currentColor\"");
    rl_attribute(out, "cx", fork);
    rl_attribute(out, "cy", UPPER);
    rl_buffer_add(out, "/>");
    arrow(out, fork, columns[CHEAP].left, LOWER);
    arrow(out, columns[CHEAP].right, cells - 20, LOWER);
    arrow(out, cells + 20, columns[OUTPUT].left, middle);
    rl_buffer_add(out, "</g>");
}

/* A box with its words. Its group, which gives the colour, was opened by the caller. */
static void box(rl_buffer *out, rl_svg_form form, const column *place, double middle,
                const char *name, const char *detail) {
    rectangle(out, place->left, middle - BOX_HEIGHT / 2.0, place->right, middle + BOX_HEIGHT / 2.0,
              " rx=\"6\" fill-opacity=\"0.12\" stroke-width=\"1.5\"");
    rl_buffer_add(out, "</g>");
    const double x = (place->left + place->right) / 2, width = place->right - place->left;
    rl_open_tone(out, form, RL_INK, "");
    rl_add_text(out, x, middle + (*detail ? -4 : 5), RL_TEXT_SIZE + 1, width, "middle",
                " font-weight=\"600\"", name);
    rl_buffer_add(out, "</g>");
    if (!*detail)
        return;
    rl_open_tone(out, form, RL_MUTED, "");
    rl_add_text(out, x, middle + 16, RL_TEXT_SIZE, width, "middle", "", detail);
    rl_buffer_add(out, "</g>");
}

/* Channels of both halves, one block on the other. */
static void channels(rl_buffer *out, rl_svg_form form, const column *place, const char *name) {
    const double x = (place->left + place->right) / 2, middle = (UPPER + LOWER) / 2;
    static const char attributes[] = " fill-opacity=\"0.4\" stroke-width=\"1.5\"";
    rl_open_color(out, form, 0, "");
    rectangle(out, x - 20, UPPER - BOX_HEIGHT / 2.0, x + 20, middle, attributes);
    rl_buffer_add(out, "</g>");
    rl_open_color(out, form, 1, "");
    rectangle(out, x - 20, middle, x + 20, LOWER + BOX_HEIGHT / 2.0, attributes);
    rl_buffer_add(out, "</g>");
    rl_open_tone(out, form, RL_INK, "");
    rl_add_text(out, x, LOWER + BOX_HEIGHT / 2.0 + 20, RL_TEXT_SIZE + 1, INFINITY, "middle",
                " font-weight=\"600\"", name);
    rl_buffer_add(out, "</g>");
}

void rl_ghost_diagram(rl_buffer *out, const rl_ghost_words *words, rl_svg_form form) {
    column columns[COLUMNS];
    const double width = place_columns(columns, words);
    rl_open_svg(out, form, "ghost-module", width, LOWER + BOX_HEIGHT / 2.0 + 36, words->title,
                words->title);
    rl_open_tone(out, form, RL_INK, " font-weight=\"600\"");
    rl_add_text(out, EDGE, EDGE + 0.8 * RL_TITLE_SIZE, RL_TITLE_SIZE, width - 2 * EDGE, "start", "",
                words->title);
    rl_buffer_add(out, "</g>");
    arrows(out, columns, form);
    rl_open_tone(out, form, RL_MUTED, "");
    box(out, form, &columns[INPUT], UPPER, words->input, "");
    rl_open_color(out, form, 0, "");
    box(out, form, &columns[PRIMARY], UPPER, words->primary, words->primary_detail);
    rl_open_color(out, form, 1, "");
    box(out, form, &columns[CHEAP], LOWER, words->cheap, words->cheap_detail);
    channels(out, form, &columns[CONCATENATE], words->concatenate);
    rl_open_tone(out, form, RL_MUTED, "");
    box(out, form, &columns[OUTPUT], (UPPER + LOWER) / 2, words->output, "");
    rl_buffer_add(out, "</svg>\n");
}
