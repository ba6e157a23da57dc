/* The three forms of a prediction. CSV values have nine significant digits, which give the float
 * back exactly. */
#include "prediction_output.h"

#include "base/json.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>

/* At most `limit` bytes of UTF-8, none of it cut in two. */
static size_t whole_characters(const char *text, size_t limit) {
    size_t length = limit;
    while (length > limit - 4 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return length;
}

/* A CSV field, quoted where it must be. */
static void print_field(const char *text) {
    if (!strpbrk(text, ",\"\r\n") && *text != ' ') {
        print_text(stdout, text);
        return;
    }
    putchar('"');
    for (const char *at = text; *at;) {
        char part[256];
        size_t length = strcspn(at, "\"");
        length = length < sizeof part ? length : whole_characters(at, sizeof part - 1);
        snprintf(part, sizeof part, "%.*s", (int)length, at);
        print_text(stdout, part);
        at += length;
        if (*at == '"') {
            fputs("\"\"", stdout);
            at++;
        }
    }
    putchar('"');
}

void prediction_output_begin(prediction_output *output) {
    if (output->format == PREDICTION_JSON)
        output->rows = json_array();
    if (output->format != PREDICTION_CSV)
        return;
    fputs("file", stdout);
    for (size_t i = 0; i < rl_model_class_count(output->model); i++) {
        putchar(',');
        print_field(rl_model_class_name(output->model, i));
    }
    putchar('\n');
}

static void print_csv_row(const prediction_output *output, const char *path, const float *values) {
    print_field(path);
    for (size_t i = 0; i < rl_model_class_count(output->model); i++)
        printf(",%.9g", (double)values[i]);
    putchar('\n');
}

static void print_block(const prediction_output *output, const char *path, const float *logits,
                        const float *probabilities, const size_t *order) {
    print_text(stdout, path);
    putchar('\n');
    for (size_t i = 0; i < output->top; i++) {
        fputs("  ", stdout);
        print_padded(stdout, rl_model_class_name(output->model, order[i]), 24);
        printf(" %7.3f%%", 100 * (double)probabilities[order[i]]);
        if (output->logits)
            printf("  %14.9g", (double)logits[order[i]]);
        putchar('\n');
    }
}

static void append_row(prediction_output *output, const char *path, const float *logits,
                       const float *probabilities, const size_t *order) {
    json_t *predictions = json_array();
    for (size_t i = 0; i < output->top; i++)
        rl_json_append(&predictions,
                       json_pack("{s:o, s:o}", "class",
                                 json_text(rl_model_class_name(output->model, order[i])),
                                 "probability", json_number((double)probabilities[order[i]])));
    json_t *row = json_pack("{s:o, s:o}", "file", json_text(path), "predictions", predictions);
    if (output->logits) {
        json_t *list = json_array();
        for (size_t i = 0; i < rl_model_class_count(output->model); i++)
            rl_json_append(&list, json_number((double)logits[i]));
        rl_json_set(&row, "logits", list);
    }
    rl_json_append(&output->rows, row);
}

void prediction_output_image(prediction_output *output, const char *path, const float *logits,
                             const float *probabilities, const size_t *order) {
    switch (output->format) {
    case PREDICTION_TEXT:
        print_block(output, path, logits, probabilities, order);
        break;
    case PREDICTION_CSV:
        print_csv_row(output, path, output->logits ? logits : probabilities);
        break;
    case PREDICTION_JSON:
        append_row(output, path, logits, probabilities, order);
        break;
    }
}

int prediction_output_end(prediction_output *output) {
    if (output->format != PREDICTION_JSON)
        return EXIT_SUCCESS;
    json_t *classes = json_array();
    for (size_t i = 0; i < rl_model_class_count(output->model); i++)
        rl_json_append(&classes, json_text(rl_model_class_name(output->model, i)));
    json_t *rows = output->rows;
    output->rows = NULL;
    return print_json(json_pack("{s:s, s:o, s:o}", "model", rl_model_name(output->model), "classes",
                                classes, "images", rows));
}
