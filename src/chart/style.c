/* The opening of an SVG, its tones, and its letters. Widths of text are estimated: an SVG meets its
 * font only where it is shown. */
#include "chart/style.h"

#include "base/text.h"
#include "chart/embedded.h"

#include <stdint.h>
#include <string.h>

static const char fonts[] = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', "
                            "'Noto Sans', 'Liberation Sans', Arial, 'PingFang SC', "
                            "'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";

static const struct {
    const char *name, *color; /* on light ground */
} tones[] = {
    [RL_INK] = {"ink", "#1b1f24"},
    [RL_MUTED] = {"muted", "#57606a"},
    [RL_GRID] = {"grid", "#dfe3e8"},
    [RL_GROUND] = {"ground", "#ffffff"},
};

void rl_open_tone(rl_buffer *out, rl_svg_form form, rl_tone tone, const char *attributes) {
    rl_buffer_add(out, "<g ");
    if (form != RL_SVG_PRINT)
        rl_buffer_print(out, "class=\"rl-%s\" ", tones[tone].name);
    rl_buffer_print(out, "color=\"%s\"%s>", tones[tone].color, attributes);
}

void rl_open_color(rl_buffer *out, rl_svg_form form, size_t color, const char *attributes) {
    rl_buffer_add(out, "<g ");
    if (form != RL_SVG_PRINT)
        rl_buffer_print(out, "class=\"rl-c%zu\" ", color % RL_COLORS);
    rl_buffer_print(out, "color=\"%s\"%s>", rl_palette(color), attributes);
}

void rl_coordinate(rl_buffer *out, double value) {
    rl_buffer_number(out, value, 2);
    if (out->failed || !out->text)
        return;
    while (out->text[out->length - 1] == '0')
        out->text[--out->length] = '\0';
    if (out->text[out->length - 1] == '.')
        out->text[--out->length] = '\0';
}

void rl_attribute(rl_buffer *out, const char *name, double value) {
    rl_buffer_print(out, " %s=\"", name);
    rl_coordinate(out, value);
    rl_buffer_add(out, "\"");
}

static void add_escaped_element(rl_buffer *out, const char *name, const char *id,
                                const char *text) {
    rl_buffer_print(out, "<%s id=\"", name);
    rl_buffer_markup(out, id);
    rl_buffer_print(out, "-%s\">", name);
    rl_buffer_markup(out, text);
    rl_buffer_print(out, "</%s>", name);
}

void rl_open_svg(rl_buffer *out, rl_svg_form form, const char *id, double width, double height,
                 const char *title, const char *description) {
    rl_buffer_add(out, "<svg xmlns=\"http://www.w3.org/2000/svg\"");
    if (form != RL_SVG_PRINT)
        rl_buffer_add(out, " class=\"rl-chart\"");
    rl_attribute(out, "width", width);
    rl_attribute(out, "height", height);
    rl_buffer_add(out, " viewBox=\"0 0 ");
    rl_coordinate(out, width);
    rl_buffer_add(out, " ");
    rl_coordinate(out, height);
    rl_buffer_add(out, "\" role=\"img\" aria-labelledby=\"");
    rl_buffer_markup(out, id);
    rl_buffer_add(out, "-title ");
    rl_buffer_markup(out, id);
    rl_buffer_print(out, "-desc\" font-family=\"%s\">", fonts);
    add_escaped_element(out, "title", id, title);
    add_escaped_element(out, "desc", id, description);
    if (form == RL_SVG_STANDALONE) {
        rl_buffer_add(out, "<style>");
        rl_buffer_add(out, rl_colors_css);
        rl_buffer_add(out, "</style>");
    }
    if (form == RL_SVG_INLINE)
        return; /* the page has a ground */
    rl_open_tone(out, form, RL_GROUND, "");
    rl_buffer_add(out, "<rect width=\"100%\" height=\"100%\" fill=\"currentColor\"/></g>");
}

/* Of a character of one byte, as wide as the widest of the usual fonts has it. */
static double latin_width(unsigned char c) {
    if (strchr("ijl'|.,:;!", c))
        return 0.34;
    if (strchr("frt()[]{}-/\\I\" `", c))
        return 0.43;
    if (strchr("mwMW%@", c))
        return 0.97;
    return c >= 'A' && c <= 'Z' ? 0.74 : 0.63;
}

/* Width of the character at `text` and its bytes; control characters and what is no UTF-8 are shown
 * as one narrow character. */
static double character_width(const char *text, size_t *bytes) {
    const unsigned char *c = (const unsigned char *)text;
    *bytes = rl_text_utf8_length(text);
    if (*bytes <= 1) {
        *bytes = 1;
        return latin_width(c[0]);
    }
    if (*bytes == 2)
        return c[0] == 0xCC || (c[0] == 0xCD && c[1] < 0xB0) ? 0 : 0.62; /* combining marks: 0 */
    if (*bytes == 4)
        return 1; /* emoji, rare ideographs */
    const uint32_t code =
        (uint32_t)(c[0] & 0x0F) << 12 | (uint32_t)(c[1] & 0x3F) << 6 | (c[2] & 0x3F);
    return code >= 0x1100 && !(code >= 0x1E00 && code < 0x2E80) ? 1 : 0.62;
}

double rl_text_width(const char *text) {
    double width = 0;
    for (size_t bytes; *text; text += bytes)
        width += character_width(text, &bytes);
    return width;
}

/* Adds as much of `text` as fits `width`, with an ellipsis if that is not all. */
static void add_fitting(rl_buffer *out, const char *text, double width) {
    if (rl_text_width(text) <= width) {
        rl_buffer_markup(out, text);
        return;
    }
    const char *end = text;
    double used = 1; /* the ellipsis */
    for (size_t bytes; *end; end += bytes) {
        used += character_width(end, &bytes);
        if (used > width)
            break;
    }
    rl_buffer cut = {0};
    rl_buffer_add_bytes(&cut, text, (size_t)(end - text));
    rl_buffer_add(&cut, "\xe2\x80\xa6");
    if (cut.failed)
        out->failed = true;
    else
        rl_buffer_markup(out, cut.text);
    rl_buffer_clear(&cut);
}

void rl_add_text(rl_buffer *out, double x, double y, double size, double width, const char *anchor,
                 const char *attributes, const char *text) {
    rl_buffer_add(out, "<text");
    rl_attribute(out, "x", x);
    rl_attribute(out, "y", y);
    rl_attribute(out, "font-size", size);
    rl_buffer_print(out, " text-anchor=\"%s\" fill=\"currentColor\"%s>", anchor, attributes);
    add_fitting(out, text, width / size);
    rl_buffer_add(out, "</text>");
}
