/* Evaluation against figures worked out from the logits, and the model functions under it. */
#include "run/model.h"

#include "run/runs.h"

#include <float.h>
#include <math.h>
#include <unistd.h>

enum { IMAGES = 150, CLASSES = 10 }; /* more than two batches */

static rl_model *fresh_model(void) {
    rl_model *model;
    rl_error error;
    rl_config *config = tiny_config("unused");
    if (rl_model_create(&model, config, shapes(), &error) != RL_OK)
        fail_msg("%s", error.message);
    rl_config_free(config);
    return model;
}

static const uint8_t *test_images(void) {
    return rl_dataset_image(shapes(), RL_SPLIT_TEST, 0, NULL);
}

static size_t label_of(rl_split split, size_t index) {
    size_t label;
    assert_non_null(rl_dataset_image(shapes(), split, index, &label));
    return label;
}

/* How many logits are above the label's. */
static size_t better(const float *logits, size_t label) {
    size_t count = 0;
    for (size_t c = 0; c < CLASSES; c++)
        count += logits[c] > logits[label];
    return count;
}

static double cross_entropy(const float *logits, size_t label) {
    double sum = 0, largest = logits[0];
    for (size_t c = 1; c < CLASSES; c++)
        largest = fmax(largest, (double)logits[c]);
    for (size_t c = 0; c < CLASSES; c++)
        sum += exp((double)logits[c] - largest);
    return log(sum) + largest - (double)logits[label];
}

static void figures_follow_from_logits(void **state) {
    (void)state;
    static float logits[IMAGES][CLASSES];
    rl_model *model = fresh_model();
    rl_evaluation *e;
    assert_int_equal(rl_model_logits(model, test_images(), IMAGES, logits[0], NULL), RL_OK);
    assert_int_equal(rl_evaluate(&e, model, shapes(), RL_SPLIT_TEST, IMAGES, NULL), RL_OK);
    double loss = 0;
    uint64_t first = 0, five = 0, confusion[CLASSES][CLASSES] = {{0}};
    for (size_t i = 0; i < IMAGES; i++) {
        const size_t label = label_of(RL_SPLIT_TEST, i);
        size_t predicted = 0;
        for (size_t c = 1; c < CLASSES; c++)
            predicted = logits[i][c] > logits[i][predicted] ? c : predicted;
        confusion[label][predicted]++;
        first += predicted == label;
        five += better(logits[i], label) < 5;
        loss += cross_entropy(logits[i], label);
    }
    assert_int_equal(e->images, IMAGES);
    assert_int_equal(e->class_count, CLASSES);
    assert_true(e->accuracy == (double)first / IMAGES);
    assert_true(e->top5 == (double)five / IMAGES);
    /* the net's loss is taken in floats, one rounding or so for each class */
    assert_true(fabs(e->loss - loss / IMAGES) <= 2 * CLASSES * (double)FLT_EPSILON * e->loss);
    assert_true(e->accuracy_low < e->accuracy && e->accuracy < e->accuracy_high);
    assert_memory_equal(e->confusion, confusion, sizeof confusion);
    for (size_t c = 0; c < CLASSES; c++) {
        uint64_t row = 0, column = 0;
        for (size_t k = 0; k < CLASSES; k++) {
            row += confusion[c][k];
            column += confusion[k][c];
        }
        const double hit = (double)confusion[c][c];
        assert_true(row ? e->recall[c] == hit / (double)row : isnan(e->recall[c]));
        assert_true(column ? e->precision[c] == hit / (double)column : isnan(e->precision[c]));
    }
    rl_evaluation_free(e);
    rl_model_free(model);
}

static void limits_and_splits_choose_images(void **state) {
    (void)state;
    rl_model *model = fresh_model();
    rl_evaluation *e;
    assert_int_equal(rl_evaluate(&e, model, shapes(), RL_SPLIT_TRAIN, 3, NULL), RL_OK);
    assert_int_equal(e->images, 3);
    for (size_t i = 0; i < 3; i++) {
        const size_t label = label_of(RL_SPLIT_TRAIN, i);
        uint64_t row = 0;
        for (size_t k = 0; k < CLASSES; k++)
            row += e->confusion[label * CLASSES + k];
        assert_true(row > 0);
    }
    rl_evaluation_free(e);
    assert_int_equal(rl_evaluate(&e, model, shapes(), RL_SPLIT_TEST, 0, NULL), RL_OK);
    assert_int_equal(e->images, rl_dataset_count(shapes(), RL_SPLIT_TEST));
    rl_evaluation_free(e);
    assert_int_equal(rl_evaluate(&e, model, shapes(), RL_SPLIT_TEST, 1000000000, NULL), RL_OK);
    assert_int_equal(e->images, rl_dataset_count(shapes(), RL_SPLIT_TEST));
    rl_evaluation_free(e);
    rl_model_free(model);
}

static void other_classes_are_refused(void **state) {
    (void)state;
    rl_model *model = fresh_model();
    rl_evaluation *e = (void *)model;
    rl_error error;
    rl_dataset other = *shapes();
    other.class_count = 7;
    assert_int_equal(rl_evaluate(&e, model, &other, RL_SPLIT_TEST, 0, &error), RL_ERROR_MISMATCH);
    assert_null(e);
    assert_non_null(strstr(error.message, "7 classes"));

    char *names[CLASSES];
    memcpy(names, shapes()->class_names, sizeof names);
    names[4] = (char[]){"pelican"};
    other = *shapes();
    other.class_names = names;
    assert_int_equal(rl_evaluate(&e, model, &other, RL_SPLIT_TEST, 0, &error), RL_ERROR_MISMATCH);
    assert_non_null(strstr(error.message, "pelican"));

    other = *shapes();
    other.split[RL_SPLIT_TEST].count = 0;
    assert_int_equal(rl_evaluate(&e, model, &other, RL_SPLIT_TEST, 0, &error), RL_ERROR_MISMATCH);
    rl_model_free(model);
}

/* Batches are an implementation's matter: an image has the same bits alone and among others. */
static void batching_changes_no_bit(void **state) {
    (void)state;
    static float together[IMAGES][CLASSES], alone[CLASSES];
    rl_model *model = fresh_model();
    assert_int_equal(rl_model_logits(model, test_images(), IMAGES, together[0], NULL), RL_OK);
    for (size_t i = 0; i < IMAGES; i += 29) {
        const uint8_t *image = rl_dataset_image(shapes(), RL_SPLIT_TEST, i, NULL);
        assert_int_equal(rl_model_logits(model, image, 1, alone, NULL), RL_OK);
        assert_memory_equal(alone, together[i], sizeof alone);
    }
    assert_int_equal(rl_model_logits(model, NULL, 0, NULL, NULL), RL_OK);
    rl_model_free(model);
}

static void probabilities_are_a_softmax(void **state) {
    (void)state;
    float values[4] = {1000, 1001, 999, -INFINITY}, shifted[4] = {0, 1, -1, -INFINITY};
    const double sum = 1 + exp(1) + exp(-1);
    rl_probabilities(4, values, values); /* in place, and without overflow */
    rl_probabilities(4, shifted, shifted);
    assert_memory_equal(values, shifted, sizeof values);
    assert_true(fabs((double)values[1] - exp(1) / sum) <= (double)FLT_EPSILON);
    assert_true(values[3] == 0);
}

static void models_say_what_they_are(void **state) {
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    rl_model *model = fresh_model(), *again;
    rl_error error;
    assert_string_equal(rl_model_name(model), "resnet18");
    assert_int_equal(rl_model_class_count(model), CLASSES);
    assert_null(rl_model_class_name(model, CLASSES));
    assert_int_equal(rl_model_save(model, in_folder(path, folder, "model.safetensors"), NULL),
                     RL_OK);
    assert_int_equal(rl_model_load(&again, folder, 1, NULL), RL_OK); /* as of a run directory */
    for (size_t i = 0; i < CLASSES; i++)
        assert_string_equal(rl_model_class_name(again, i), rl_dataset_class_name(shapes(), i));
    rl_model_free(again);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rl_model_load(&again, folder, 1, &error), RL_ERROR_IO);
    assert_null(again);
    assert_non_null(strstr(error.message, "expected a run directory or a model file"));
    assert_int_equal(rl_model_load(&again, path, 1, &error), RL_ERROR_IO);
    assert_int_equal(rl_file_replace_bytes(path, "12345678{}", 10, NULL), RL_OK);
    assert_int_equal(rl_model_load(&again, path, 1, &error), RL_ERROR_FORMAT);
    rl_model_free(model);
    remove_scratch(folder);
}

/* Sets every weight of the classifier; returns the model. */
static rl_model *model_with_logits(float weight) {
    rl_model *model = fresh_model();
    for (size_t i = 0; i < rl_net_tensor_count(model->net); i++) {
        const rl_net_tensor *tensor = rl_net_tensor_at(model->net, i);
        for (size_t j = 0; strcmp(tensor->name, "linear.weight") == 0 && j < tensor->count; j++)
            rl_net_parameters(model->net)[tensor->offset + j] = weight;
    }
    return model;
}

/* All logits overflow: nothing is evaluated, and no class is named. */
static void logits_that_are_none_name_no_class(void **state) {
    (void)state;
    static const float weights[] = {INFINITY, -INFINITY, NAN};
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
        static float logits[IMAGES * CLASSES];
        rl_model *model = model_with_logits(weights[i]);
        rl_evaluation *e;
        rl_error error;
        assert_int_equal(rl_evaluate(&e, model, shapes(), RL_SPLIT_TEST, IMAGES, &error),
                         RL_ERROR_DIVERGED);
        assert_null(e);
        assert_non_null(strstr(error.message, "logits for image 1 of 150 are not finite"));
        assert_int_equal(rl_model_logits(model, test_images(), IMAGES, logits, &error),
                         RL_ERROR_DIVERGED);
        assert_int_equal(error.position, 0);
        rl_model_free(model);
    }
}

static void assert_top5(const char *folder, size_t classes, bool said) {
    char path[TEST_PATH], command[8 * TEST_PATH];
    rl_dataset *dataset;
    rl_model *model;
    rl_evaluation *e;
    rl_error error;
    in_folder(path, folder, classes == 5 ? "five" : "six");
    for (size_t c = 0; c < classes; c++) {
        snprintf(command, sizeof command,
                 "mkdir -p '%s/train/c%zu' '%s/test/c%zu' && printf 'P3 1 1 255 %zu 9 9' >"
                 "'%s/train/c%zu/a.ppm' && cp '%s/train/c%zu/a.ppm' '%s/test/c%zu/a.ppm'",
                 path, c, path, c, 20 * c, path, c, path, c, path, c);
        assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): paths made by mkdtemp */
    }
    if (rl_dataset_open(&dataset, path, 1, &error) != RL_OK)
        fail_msg("%s", error.message);
    rl_config *config = tiny_config("unused");
    assert_int_equal(rl_model_create(&model, config, dataset, NULL), RL_OK);
    assert_int_equal(rl_evaluate(&e, model, dataset, RL_SPLIT_TEST, 0, NULL), RL_OK);
    assert_int_equal(isnan(e->top5), !said);
    rl_evaluation_free(e);
    rl_model_free(model);
    rl_config_free(config);
    rl_dataset_free(dataset);
}

/* Of five classes every label is among the first five: nothing to tell. */
static void five_of_five_are_not_told(void **state) {
    (void)state;
    char folder[TEST_PATH];
    make_scratch(folder);
    assert_top5(folder, 5, false);
    assert_top5(folder, 6, true);
    remove_scratch(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_follow_from_logits),
        cmocka_unit_test(logits_that_are_none_name_no_class),
        cmocka_unit_test(five_of_five_are_not_told),
        cmocka_unit_test(limits_and_splits_choose_images),
        cmocka_unit_test(other_classes_are_refused),
        cmocka_unit_test(batching_changes_no_bit),
        cmocka_unit_test(probabilities_are_a_softmax),
        cmocka_unit_test(models_say_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
