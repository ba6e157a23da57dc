/* reslab predict: what a trained model sees in image files. A file that cannot be read costs an
 * error line and the exit code, not the other files. */
#include "commands.h"

#include "image_list.h"
#include "load_model.h"
#include "output.h"
#include "prediction_output.h"
#include "print.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 64, IMAGE_BYTES = 32 * 32 * 3 };

static const cli_flag flags[] = {
    {"top", "N", "Show the N most probable classes (default 5)"},
    {"json", NULL, "Print JSON"},
    {"csv", NULL, "Print CSV: the file, then the probability of each class"},
    {"mirror-test", NULL,
     "Average the logits of each image and its mirror image; takes twice the time"},
    {"logits", NULL, "Also print logits; with --csv, logits instead of probabilities"},
    {0}};

static bool takes(const rl_option *option) {
    return strcmp(option->name, "threads") == 0 || option_is_of_data(option) ||
           option_describes_weights(option);
}

typedef struct {
    rl_model *model;
    prediction_output output;
    uint8_t *images;      /* [BATCH] */
    const char **paths;   /* [BATCH] */
    float *logits;        /* [BATCH][classes] */
    float *probabilities; /* [classes] */
    size_t *order;        /* [classes] */
    size_t pending;       /* images not yet predicted */
} prediction_run;

static bool predictor_allocate(prediction_run *predictor) {
    size_t classes = rl_model_class_count(predictor->model);
    predictor->images = malloc((size_t)BATCH * IMAGE_BYTES);
    predictor->paths = calloc(BATCH, sizeof *predictor->paths);
    predictor->logits = calloc(classes, BATCH * sizeof(float));
    predictor->probabilities = calloc(classes, sizeof(float));
    predictor->order = calloc(classes, sizeof(size_t));
    return predictor->images && predictor->paths && predictor->logits && predictor->probabilities &&
           predictor->order;
}

static void predictor_free(prediction_run *predictor) {
    free(predictor->images);
    free(predictor->paths);
    free(predictor->logits);
    free(predictor->probabilities);
    free(predictor->order);
    json_decref(predictor->output.rows);
    rl_model_free(predictor->model);
}

/* The `top` largest values first, by selection; equal ones in the order of classes. */
static void order_classes(size_t *order, const float *values, size_t count, size_t top) {
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = 0; i < top; i++) {
        size_t best = i;
        for (size_t j = i + 1; j < count; j++)
            if (values[order[j]] > values[order[best]])
                best = j;
        size_t chosen = order[best];
        memmove(order + i + 1, order + i, (best - i) * sizeof *order);
        order[i] = chosen;
    }
}

/* Predicts the pending images and prints them. Returns an exit code. */
static int flush_batch(prediction_run *predictor) {
    rl_error error;
    size_t classes = rl_model_class_count(predictor->model);
    if (predictor->pending == 0)
        return EXIT_SUCCESS;
    if (rl_model_logits(predictor->model, predictor->images, predictor->pending, predictor->logits,
                        &error) != RL_OK)
        return error.position >= 0 ? fail_of(predictor->paths[error.position], &error)
                                   : fail(&error);
    for (size_t i = 0; i < predictor->pending; i++) {
        const float *logits = predictor->logits + i * classes;
        rl_probabilities(classes, logits, predictor->probabilities);
        order_classes(predictor->order, logits, classes, predictor->output.top);
        prediction_output_image(&predictor->output, predictor->paths[i], logits,
                                predictor->probabilities, predictor->order);
    }
    predictor->pending = 0;
    return EXIT_SUCCESS;
}

static int predict_all(prediction_run *predictor, const image_list *list) {
    bool all_good = list->failures == 0;
    int code = EXIT_SUCCESS;
    prediction_output_begin(&predictor->output);
    for (size_t i = 0; i < list->count && code == EXIT_SUCCESS && !output_is_lost(); i++) {
        rl_error error;
        size_t at = predictor->pending;
        if (rl_image_load(list->paths[i], predictor->images + at * IMAGE_BYTES, &error) != RL_OK) {
            print_error("%s", error.message);
            all_good = false;
            continue;
        }
        predictor->paths[at] = list->paths[i];
        if (++predictor->pending == BATCH)
            code = flush_batch(predictor);
    }
    if (code == EXIT_SUCCESS)
        code = flush_batch(predictor);
    if (code == EXIT_SUCCESS)
        code = prediction_output_end(&predictor->output);
    return code == EXIT_SUCCESS && !all_good ? EXIT_FAILURE : code;
}

static int run_predict(const cli_arguments *arguments) {
    bool csv = arguments_flag(arguments, "csv"), json = arguments_flag(arguments, "json");
    uint64_t top;
    if (!arguments_number(arguments, "top", 5, 1, 1000000, &top))
        return EXIT_USAGE;
    if (csv && json)
        return usage_error("options '--csv' and '--json' exclude each other");

    prediction_run predictor = {0};
    image_list list = {0};
    rl_error error;
    int code = load_model(arguments, arguments_operand(arguments, 0), &predictor.model);
    if (code == EXIT_SUCCESS &&
        rl_model_set_mirror(predictor.model, arguments_flag(arguments, "mirror-test"), &error) !=
            RL_OK)
        code = fail(&error);
    if (code == EXIT_SUCCESS) {
        size_t classes = rl_model_class_count(predictor.model);
        predictor.output = (prediction_output){.format = csv    ? PREDICTION_CSV
                                                         : json ? PREDICTION_JSON
                                                                : PREDICTION_TEXT,
                                               .model = predictor.model,
                                               .top = top < classes ? top : classes,
                                               .logits = arguments_flag(arguments, "logits")};
        bool good = predictor_allocate(&predictor);
        for (size_t i = 1; good && i < arguments_operand_count(arguments); i++)
            good = image_list_add(&list, arguments_operand(arguments, i));
        code = good ? predict_all(&predictor, &list) : fail_memory();
    }
    image_list_free(&list);
    predictor_free(&predictor);
    return code;
}

const cli_command predict_command = {
    .name = "predict",
    .operands = "RUN_OR_FILE IMAGE_OR_DIR...",
    .summary = "Classify images with a trained model",
    .notes = "RUN_OR_FILE is a run directory or a model file. Of a folder, the images in it are\n"
             "taken, not those of its subfolders. Images that cannot be read are reported, the\n"
             "others still predicted, and the exit code is 1.\n"
             "Weights that another program saved do not say what they are: --model,\n"
             "--activation and --normalize do then, and --data gives the names of the classes.\n",
    .lists_image_names = true,
    .operands_minimum = 2,
    .operands_maximum = SIZE_MAX,
    .flags = flags,
    .takes = takes,
    .run = run_predict,
};
