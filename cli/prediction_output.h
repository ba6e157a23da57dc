/* How `reslab predict` prints: a block of text an image, a row of CSV, or one JSON document. */
#ifndef CLI_PREDICTION_OUTPUT_H
#define CLI_PREDICTION_OUTPUT_H

#include "reslab.h"

#include <jansson.h>

typedef enum { PREDICTION_TEXT, PREDICTION_CSV, PREDICTION_JSON } prediction_format;

typedef struct {
    prediction_format format;
    const rl_model *model;
    size_t top;   /* classes shown in text and JSON */
    bool logits;  /* also logits; in CSV instead of probabilities */
    json_t *rows; /* of JSON, until the end */
} prediction_output;

void prediction_output_begin(prediction_output *output);

/* Prints one image's result. `probabilities` and `order` (classes, most probable first) belong to
 * `logits`. */
void prediction_output_image(prediction_output *output, const char *path, const float *logits,
                             const float *probabilities, const size_t *order);

/* Returns the exit code. */
int prediction_output_end(prediction_output *output);

#endif
