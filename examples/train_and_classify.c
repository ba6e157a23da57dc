/* The library from end to end: trains a small network on the built-in images until it is right
 * often enough, evaluates what it learned, and classifies one image.
 *
 *   cc train_and_classify.c $(pkg-config --cflags --libs reslab) -o train_and_classify
 *   ./train_and_classify FOLDER [IMAGE]
 *
 * FOLDER becomes the run directory and must not exist. IMAGE is a JPEG or PNG file; without one,
 * the first test image is classified. */
#include <reslab.h>

#include <stdio.h>
#include <stdlib.h>

/* Settings by name, as on the command line of `reslab train`; all others keep their defaults. */
static rl_status configure(rl_config *config, const char *folder, rl_error *error) {
    const char *const settings[][2] = {
        {"model", "resnet18"},   {"width", "8"},        {"optimizer", "adam"},
        {"lr", "0.003"},         {"batch-size", "32"},  {"epochs", "10"},
        {"limit-train", "2000"}, {"limit-test", "500"}, {"out", folder},
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        rl_status status = rl_config_set(config, settings[i][0], settings[i][1], error);
        if (status != RL_OK)
            return status;
    }
    return RL_OK;
}

/* Called after every event of the training; false stops it. */
static bool watch(const rl_progress *progress, void *context) {
    const double *enough = context;
    if (progress->event != RL_EVENT_EPOCH)
        return true;
    printf("epoch %zu of at most %zu: loss %.3f, training accuracy %.1f%%\n", progress->epoch,
           progress->epochs, progress->train_loss, 100 * progress->train_accuracy);
    return progress->train_accuracy < *enough;
}

static rl_status evaluate(rl_model *model, const rl_dataset *dataset, rl_error *error) {
    rl_evaluation *evaluation;
    rl_status status = rl_evaluate(&evaluation, model, dataset, RL_SPLIT_TEST, 500, error);
    if (status != RL_OK)
        return status;
    printf("accuracy on %zu test images: %.1f%% (95%% interval %.1f%% to %.1f%%)\n",
           evaluation->images, 100 * evaluation->accuracy, 100 * evaluation->accuracy_low,
           100 * evaluation->accuracy_high);
    rl_evaluation_free(evaluation);
    return RL_OK;
}

/* Prints the probability of each class for one image of 32 x 32 RGB bytes. */
static rl_status classify(rl_model *model, const uint8_t *pixels, rl_error *error) {
    const size_t classes = rl_model_class_count(model);
    float *values = malloc(classes * sizeof *values);
    if (!values)
        return RL_ERROR_MEMORY;
    rl_status status = rl_model_logits(model, pixels, 1, values, error);
    if (status == RL_OK) {
        rl_probabilities(classes, values, values);
        for (size_t i = 0; i < classes; i++)
            printf("  %-12s %.3f\n", rl_model_class_name(model, i), (double)values[i]);
    }
    free(values);
    return status;
}

static rl_status classify_file(rl_model *model, const char *path, rl_error *error) {
    uint8_t pixels[32 * 32 * 3];
    rl_status status = rl_image_load(path, pixels, error);
    printf("%s:\n", path);
    return status == RL_OK ? classify(model, pixels, error) : status;
}

static rl_status classify_first(rl_model *model, const rl_dataset *dataset, rl_error *error) {
    size_t label;
    const uint8_t *pixels = rl_dataset_image(dataset, RL_SPLIT_TEST, 0, &label);
    printf("test image 0, in truth a %s:\n", rl_dataset_class_name(dataset, label));
    return classify(model, pixels, error);
}

static rl_status run(const char *folder, const char *image, rl_error *error) {
    double enough = 0.5;
    rl_dataset *dataset = NULL;
    rl_model *model = NULL;
    rl_config *config = rl_config_create();
    rl_status status = config ? configure(config, folder, error) : RL_ERROR_MEMORY;
    if (status == RL_OK)
        status = rl_dataset_open(&dataset, "shapes", 1, error);
    if (status == RL_OK)
        status = rl_train(config, dataset, watch, &enough, NULL, error);
    if (status == RL_STOPPED) /* by us; the run is saved, and rl_resume could go on with it */
        status = RL_OK;
    if (status == RL_OK)
        status = rl_model_load(&model, folder, 0, error);
    if (status == RL_OK)
        status = evaluate(model, dataset, error);
    if (status == RL_OK)
        status = image ? classify_file(model, image, error) : classify_first(model, dataset, error);
    rl_model_free(model);
    rl_dataset_free(dataset);
    rl_config_free(config);
    return status;
}

int main(int argc, char **argv) {
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: %s FOLDER [IMAGE]\n", argv[0]);
        return 2;
    }
    rl_error error = {.message = "out of memory"};
    if (run(argv[1], argc > 2 ? argv[2] : NULL, &error) != RL_OK) {
        fprintf(stderr, "%s: %s\n", argv[0], error.message);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
