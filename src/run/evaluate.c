/* Evaluation of a model on a split: loss, top-1 and top-5, confusion matrix and what follows from
 * it. The test pass of training (test_pass in training_loop.c) needs only loss and accuracy and
 * has no part in this. */
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "data/limit.h"
#include "run/model.h"
#include "run/statistics.h"

#include <math.h>
#include <string.h>

enum { TOP = 5 };

static rl_status check_classes(const rl_model *model, const rl_dataset *dataset, rl_error *error) {
    size_t classes = model->info.spec.class_count;
    if (rl_dataset_class_count(dataset) != classes) {
        return rl_fail(error, RL_ERROR_MISMATCH,
                       "the data have %zu classes, but the model was trained for %zu",
                       rl_dataset_class_count(dataset), classes);
    }
    for (size_t i = 0; i < classes; i++) {
        const char *name = rl_dataset_class_name(dataset, i);
        if (strcmp(name, model->info.class_names[i]) != 0) {
            return rl_fail(error, RL_ERROR_MISMATCH,
                           "class %zu of the data is '%s', but '%s' in the model", i, name,
                           model->info.class_names[i]);
        }
    }
    return RL_OK;
}

/* How many classes come before `label` when sorted by logit, equals by index. */
static size_t rank_of(const float *logits, size_t classes, size_t label) {
    size_t rank = 0;
    for (size_t c = 0; c < classes; c++) {
        rank += logits[c] > logits[label] || (logits[c] == logits[label] && c < label);
    }
    return rank;
}

/* Adds one batch to the matrix and to the labels that are among the first five. Returns the first
 * image whose logits are not finite, else `count`. */
static size_t count_batch(rl_evaluation *evaluation, const float *logits, const uint16_t *labels,
                          size_t count, uint64_t *in_five) {
    size_t classes = evaluation->class_count;
    for (size_t i = 0; i < count; i++, logits += classes) {
        size_t named = rl_largest_logit(classes, logits);
        if (named == classes) {
            return i;
        }
        evaluation->confusion[labels[i] * classes + named]++;
        *in_five += rank_of(logits, classes, labels[i]) < TOP;
    }
    return count;
}

static void per_class(rl_evaluation *evaluation) {
    size_t classes = evaluation->class_count;
    for (size_t c = 0; c < classes; c++) {
        uint64_t predicted = 0, present = 0, hit = evaluation->confusion[c * classes + c];
        for (size_t k = 0; k < classes; k++) {
            predicted += evaluation->confusion[k * classes + c];
            present += evaluation->confusion[c * classes + k];
        }
        evaluation->precision[c] = predicted ? (double)hit / (double)predicted : NAN;
        evaluation->recall[c] = present ? (double)hit / (double)present : NAN;
    }
}

static rl_status run(rl_evaluation *evaluation, rl_model *model, const rl_image_set *set,
                     rl_error *error) {
    double start = rl_clock_seconds(), loss = 0;
    uint64_t correct = 0, in_five = 0;
    for (size_t done = 0; done < evaluation->images;) {
        size_t count = rl_min(model->batch_size, evaluation->images - done), hits;
        const uint16_t *labels = set->labels + done;
        rl_model_forward(model, set->pixels + done * RL_IMAGE_BYTES, count, evaluation->mirrored);
        loss += rl_net_loss(model->net, labels, 0, false, &hits) * (double)count;
        correct += hits;
        size_t good = count_batch(evaluation, rl_net_logits(model->net), labels, count, &in_five);
        if (good < count) {
            return rl_model_not_finite(done + good, evaluation->images, error);
        }
        done += count;
    }
    evaluation->loss = loss / (double)evaluation->images;
    evaluation->accuracy = (double)correct / (double)evaluation->images;
    if (evaluation->class_count > TOP) { /* else it is certain */
        evaluation->top5 = (double)in_five / (double)evaluation->images;
    } else {
        evaluation->top5 = NAN;
    }
    rl_wilson_interval(correct, evaluation->images, &evaluation->accuracy_low,
                       &evaluation->accuracy_high);
    per_class(evaluation);
    evaluation->seconds = rl_clock_seconds() - start;
    return RL_OK;
}

rl_status rl_evaluate(rl_evaluation **result, rl_model *model, const rl_dataset *dataset,
                      rl_split split, size_t limit, rl_error *error) {
    *result = NULL;
    rl_status status = check_classes(model, dataset, error);
    if (!status) {
        status = rl_limit_check(dataset, split, limit, "limit-test", error);
    }
    if (status) {
        return status;
    }
    const rl_image_set *set = &dataset->split[split];
    if (set->count == 0) {
        return rl_fail(error, RL_ERROR_MISMATCH, "the data have no %s images",
                       split == RL_SPLIT_TEST ? "test" : "training");
    }
    size_t classes = model->info.spec.class_count, cells;
    rl_evaluation *evaluation = rl_alloc(1, sizeof *evaluation);
    if (evaluation && rl_multiply(classes, classes, &cells)) {
        evaluation->confusion = rl_alloc(cells, sizeof *evaluation->confusion);
        evaluation->precision = rl_alloc(classes, sizeof *evaluation->precision);
        evaluation->recall = rl_alloc(classes, sizeof *evaluation->recall);
    }
    if (!evaluation || !evaluation->confusion || !evaluation->precision || !evaluation->recall) {
        rl_evaluation_free(evaluation);
        return rl_fail_memory(error, "an evaluation");
    }
    evaluation->class_count = classes;
    evaluation->images = limit ? rl_min(limit, set->count) : set->count;
    evaluation->threads = rl_net_threads(model->net);
    evaluation->mirrored = model->mirror && dataset->flip_keeps_label;
    status = run(evaluation, model, set, error);
    if (status) {
        rl_evaluation_free(evaluation);
        return status;
    }
    *result = evaluation;
    return RL_OK;
}

void rl_evaluation_free(rl_evaluation *evaluation) {
    if (!evaluation) {
        return;
    }
    rl_free(evaluation->confusion);
    rl_free(evaluation->precision);
    rl_free(evaluation->recall);
    rl_free(evaluation);
}
