/* Formulas of a configuration, and their notation as HTML and as text. */
#include "study/page/formulas.h"

#include "nn/activation.h"
#include "run/config.h"

#include <ctype.h>
#include <string.h>

enum { LINES_MAX = 5 };

typedef struct {
    const char *name;
    bool nesterov;
    const char *lines[LINES_MAX]; /* "" for none */
    const char *constants;
} formula_row;

static const formula_row activations[] = {
#define ACTIVATION(name, function, derivative, constants)                                          \
    {name, false, {function, derivative, "", "", ""}, constants},
#include "study/page/formulas.def"
#undef ACTIVATION
};

static const formula_row optimizers[] = {
#define OPTIMIZER(name, nesterov, gradient, state, second, update, constants)                      \
    {name, nesterov, {gradient, state, second, update, ""}, constants},
#include "study/page/formulas.def"
#undef OPTIMIZER
};

/* "η = 0.01, μ = 0.9" of "η=lr μ=momentum" */
static const char *constants_line(rl_words *words, const rl_config *config, const char *constants) {
    rl_buffer line = {0};
    for (const char *at = constants; *at; at += strspn(at, " ")) {
        const size_t symbol = strcspn(at, "="), length = strcspn(at, " ");
        char option[32] = "";
        if (length - symbol <= sizeof option)
            memcpy(option, at + symbol + 1, length - symbol - 1);
        if (at != constants)
            rl_buffer_add(&line, ", ");
        rl_buffer_add_bytes(&line, at, symbol);
        rl_buffer_add(&line, " = ");
        rl_buffer_add(&line, rl_config_get(config, option));
        at += length;
    }
    return rl_words_take(words, &line);
}

static rl_formula make_formula(rl_words *words, const rl_config *config, const formula_row *row,
                               const char *term) {
    const char **lines = rl_words_alloc(words, LINES_MAX + 2, sizeof *lines);
    size_t count = 0;
    for (size_t i = 0; lines && i < LINES_MAX; i++)
        if (*row->lines[i])
            lines[count++] = row->lines[i];
    if (lines && *row->constants)
        lines[count] = constants_line(words, config, row->constants);
    return (rl_formula){rl_words_copy(words, term), lines};
}

rl_formula rl_activation_formula(rl_words *words, const rl_config *config, const char *term) {
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
        if (strcmp(activations[i].name, config->activation) == 0)
            return make_formula(words, config, &activations[i], term);
    const rl_activation_kind kind = rl_activation_find(config->activation);
    const formula_row row = {
        .name = config->activation,
        .lines = {rl_activations[kind % RL_ACTIVATION_COUNT].help, "", "", "", ""},
        .constants = ""};
    return make_formula(words, config, &row, term);
}

rl_formula rl_optimizer_formula(rl_words *words, const rl_config *config, const char *term) {
    static const formula_row none = {"", false, {"", "", "", "", ""}, ""};
    const bool nesterov = config->nesterov && strcmp(config->optimizer, "momentum") == 0;
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++)
        if (strcmp(optimizers[i].name, config->optimizer) == 0 &&
            optimizers[i].nesterov == nesterov)
            return make_formula(words, config, &optimizers[i], term);
    return make_formula(words, config, &none, term);
}

/* ---- The notation ---- */

/* The range that stands behind '_' or '^' at `at`; moves `at` past it. */
static const char *script_range(const char **at, size_t *length) {
    const char *start = *at + 1;
    if (*start == '{') {
        *length = strcspn(++start, "}");
        *at = start + *length + (start[*length] == '}');
    } else {
        *length = *start != '\0';
        while ((start[*length] & 0xC0) == 0x80) /* a whole UTF-8 character */
            ++*length;
        *at = start + *length;
    }
    return start;
}

/* Bytes of the lower-case Greek letter at `at`, or 0. */
static size_t greek_letter(const char *at) {
    const unsigned char first = (unsigned char)at[0], second = (unsigned char)at[1];
    const bool greek = (first == 0xCE && second >= 0xB1) || (first == 0xCF && second <= 0x89);
    return greek ? 2 : 0;
}

/* Text with single letters in italics; words such as "max" stay upright. */
static void add_letters(rl_buffer *out, const char *text, size_t length) {
    for (size_t i = 0; i < length;) {
        size_t word = 0;
        while (i + word < length && isalpha((unsigned char)text[i + word]) &&
               (unsigned char)text[i + word] < 0x80)
            word++;
        const bool exponent = i > 0 && isdigit((unsigned char)text[i - 1]); /* of 1e-08 */
        const size_t letter = word == 0 ? greek_letter(text + i) : word == 1 && !exponent;
        const size_t step = word > 0 ? word : letter > 0 ? letter : 1;
        if (letter > 0)
            rl_buffer_add(out, "<i>");
        if (text[i] == '<' || text[i] == '>' || text[i] == '&')
            rl_buffer_print(out, "&#%d;", text[i]);
        else
            rl_buffer_add_bytes(out, text + i, step);
        if (letter > 0)
            rl_buffer_add(out, "</i>");
        i += step;
    }
}

void rl_formula_html(rl_buffer *out, const char *line) {
    while (*line) {
        const char mark = *line;
        if (mark != '_' && mark != '^') {
            const size_t length = strcspn(line, "_^");
            add_letters(out, line, length);
            line += length;
            continue;
        }
        size_t length;
        const char *tag = mark == '_' ? "sub" : "sup";
        const char *range = script_range(&line, &length);
        rl_buffer_print(out, "<%s>", tag);
        add_letters(out, range, length);
        rl_buffer_print(out, "</%s>", tag);
    }
}

void rl_formula_text(rl_buffer *out, const char *line) {
    while (*line) {
        if ((*line != '_' && *line != '^') || line[1] != '{') {
            rl_buffer_add_bytes(out, line++, 1);
            continue;
        }
        size_t length;
        rl_buffer_add_bytes(out, line, 1);
        const char *range = script_range(&line, &length);
        rl_buffer_add(out, "(");
        rl_buffer_add_bytes(out, range, length);
        rl_buffer_add(out, ")");
    }
}
