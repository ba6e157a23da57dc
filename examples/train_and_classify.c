/* Everything the library does, once: trains a small network on the built-in images, stops when it has
 * had enough, evaluates it, and classifies one image.
 *
 *   cc train_and_classify.c $(pkg-config --cflags --libs reslab) -o train_and_classify
 *   ./train_and_classify FOLDER      (FOLDER must not exist; it becomes the run directory)
 */
#include <reslab.h>

#include <stdio.h>
#include <stdlib.h>

/* Called after every step. Stops early once the loss of a step is small. */
static bool watch(const rl_progress *progress, void *context) {
    double *smallest = context;
    if (progress->event == RL_EVENT_EPOCH)
        printf("epoch %zu: train loss %.3f, test accuracy %.1f%%\n", progress->epoch,
               progress->train_loss, 100 * progress->test_accuracy);
    if (progress->event == RL_EVENT_STEP && progress->step_loss < *smallest)
        *smallest = progress->step_loss;
    return *smallest > 0.05;
}

static rl_status configure(rl_config *config, const char *folder, rl_error *error) {
    const char *const settings[][2] = {{"model", "resnet18"}, {"width", "8"},
                                       {"activation", "gelu"}, {"optimizer", "momentum"},
                                       {"lr", "0.05"},         {"epochs", "2"},
                                       {"limit-train", "640"}, {"limit-test", "200"},
                                       {"out", folder}};
    rl_status status = RL_OK;
    for (size_t i = 0; status == RL_OK && i < sizeof settings / sizeof settings[0]; i++)
        status = rl_config_set(config, settings[i][0], settings[i][1], error);
    return status;
}

static rl_status classify(const char *folder, const rl_dataset *dataset, rl_error *error) {
    rl_model *model;
    rl_evaluation *evaluation;
    rl_status status = rl_model_load(&model, folder, 0, error);
    if (status != RL_OK)
        return status;
    status = rl_evaluate(&evaluation, model, dataset, RL_SPLIT_TEST, 200, error);
    if (status == RL_OK) {
        printf("accuracy %.1f%% (95%% interval %.1f%% to %.1f%%)\n", 100 * evaluation->accuracy,
               100 * evaluation->accuracy_low, 100 * evaluation->accuracy_high);
        rl_evaluation_free(evaluation);
    }
    const size_t classes = rl_model_class_count(model);
    float *values = malloc(classes * sizeof *values);
    size_t label;
    const uint8_t *image = rl_dataset_image(dataset, RL_SPLIT_TEST, 0, &label);
    if (status == RL_OK && values) {
        status = rl_model_logits(model, image, 1, values, error);
        rl_probabilities(classes, values, values);
        for (size_t i = 0; i < classes; i++)
            printf("%-12s %.3f%s\n", rl_model_class_name(model, i), (double)values[i],
                   i == label ? "  <- true class" : "");
    }
    free(values);
    rl_model_free(model);
    return status;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    rl_error error = {0};
    rl_dataset *dataset = NULL;
    double smallest_loss = 1e9;
    rl_config *config = rl_config_create();
    rl_status status = config ? configure(config, argv[1], &error) : RL_ERROR_MEMORY;
    if (status == RL_OK)
        status = rl_dataset_open(&dataset, rl_config_get(config, "data"), 1, &error);
    if (status == RL_OK)
        status = rl_train(config, dataset, watch, &smallest_loss, NULL, &error);
    if (status == RL_STOPPED)
        status = rl_resume(argv[1], dataset, 0, NULL, NULL, NULL, &error); /* and go on after all */
    if (status == RL_OK)
        status = classify(argv[1], dataset, &error);
    if (status != RL_OK)
        fprintf(stderr, "%s: %s\n", argv[0], error.message);
    rl_dataset_free(dataset);
    rl_config_free(config);
    return status == RL_OK ? 0 : 1;
}
