/* What batch norm's running statistics do to test accuracy, epoch by epoch: trains a run, and after
 * every epoch tests its model as it is, and again with the statistics replaced by the means, over
 * batches of training images, of those that the same weights have now. Running statistics are an
 * average over about ten steps, of weights that were still changing; what the second figure is
 * higher, they cost.
 *
 *     bench_statistics OUT [OPTION VALUE]...      # options as of reslab train, without dashes
 *
 * Prints a row an epoch: test accuracy of the model as it is; with the statistics of training
 * images as they are trained on, augmented; and of training images as they are. The run stays in
 * OUT. */
#include "data/loader.h"
#include "nn/batch_norm.h"
#include "run/config.h"
#include "run/model_file.h"
#include "run/run_directory.h"

#include "base/file.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCHES = 50, TEST_BATCH = 128 };

typedef struct {
    const rl_config *config;
    const rl_dataset *dataset;
} setting;

static void stop_on(rl_status status, const rl_error *error) {
    if (status == RL_OK)
        return;
    fprintf(stderr, "bench_statistics: %s\n", error->message);
    exit(EXIT_FAILURE);
}

static rl_loader *open_loader(const setting *s, const rl_model_info *info, rl_split split,
                              bool augment) {
    rl_error error;
    rl_loader *loader;
    const bool trains = split == RL_SPLIT_TRAIN;
    rl_loader_options options = {.split = split,
                                 .batch_size = trains ? s->config->batch_size : TEST_BATCH,
                                 .limit = trains ? s->config->limit_train : s->config->limit_test,
                                 .seed = s->config->seed,
                                 .shuffle = trains,
                                 .drop_last = trains,
                                 .normalization = info->normalization};
    if (augment)
        rl_config_augmentation(s->config, &options.augment);
    stop_on(rl_loader_create(&loader, s->dataset, &options, &error), &error);
    return loader;
}

static double test_accuracy(const setting *s, rl_net *net, const rl_model_info *info) {
    rl_loader *loader = open_loader(s, info, RL_SPLIT_TEST, false);
    size_t right = 0, correct;
    rl_batch batch;
    rl_loader_start(loader, 0, 0);
    while (rl_loader_next(loader, &batch)) {
        rl_net_forward_eval(net, batch.images, batch.count);
        rl_net_loss(net, batch.labels, 0, false, &correct);
        right += correct;
    }
    const double accuracy = (double)right / (double)rl_loader_image_count(loader);
    rl_loader_free(loader);
    return accuracy;
}

/* The means, over batches, of the batches' own statistics; the weights stay. */
static void estimate_statistics(const setting *s, rl_net *net, const rl_model_info *info,
                                bool augment) {
    const size_t floats = rl_net_statistic_floats(net);
    float *statistics = rl_net_statistics(net);
    double *sums = rl_alloc(floats, sizeof *sums);
    rl_loader *loader = open_loader(s, info, RL_SPLIT_TRAIN, augment);
    rl_batch batch;
    size_t batches = 0;
    rl_loader_start(loader, 1 << 20, 0); /* an epoch that no run has */
    for (; sums && batches < BATCHES && rl_loader_next(loader, &batch); batches++) {
        memset(statistics, 0, floats * sizeof *statistics);
        rl_net_forward_train(net, batch.images, batch.count);
        for (size_t i = 0; i < floats; i++)
            sums[i] += (double)statistics[i] / RL_BATCH_NORM_MOMENTUM;
    }
    for (size_t i = 0; sums && i < floats; i++)
        statistics[i] = (float)(sums[i] / (double)batches);
    rl_loader_free(loader);
    rl_free(sums);
}

static void measure(const setting *s, const rl_progress *progress) {
    char path[RL_PATH_SIZE];
    rl_error error;
    rl_safetensors *file;
    rl_model_info info;
    rl_net *net;
    const size_t batch = rl_max(s->config->batch_size, TEST_BATCH);
    stop_on(rl_path_join(path, sizeof path, progress->run_directory, RL_MODEL_FILE, &error),
            &error);
    stop_on(rl_model_file_open(&file, path, &error), &error);
    stop_on(rl_model_info_read(&info, file, path, &error), &error);
    stop_on(rl_net_create(&net, &info.spec, batch, RL_NET_TRAIN, (int)s->config->threads, &error),
            &error);
    stop_on(rl_model_weights_read(net, file, path, &error), &error);
    const double as_it_is = test_accuracy(s, net, &info);
    estimate_statistics(s, net, &info, true);
    const double augmented = test_accuracy(s, net, &info);
    estimate_statistics(s, net, &info, false);
    const double plain = test_accuracy(s, net, &info);
    printf("%5zu  %5llu  %6.2f  %6.2f  %6.2f\n", progress->epoch,
           (unsigned long long)progress->total_step, 100 * as_it_is, 100 * augmented, 100 * plain);
    fflush(stdout);
    rl_net_free(net);
    rl_model_info_clear(&info);
    rl_safetensors_free(file);
}

static bool on_progress(const rl_progress *progress, void *context) {
    if (progress->event == RL_EVENT_EPOCH)
        measure(context, progress);
    return true;
}

int main(int count, char **arguments) {
    rl_error error;
    rl_dataset *dataset;
    rl_config *config = rl_config_create();
    if (count < 2 || count % 2 || !config) {
        fprintf(stderr, "usage: bench_statistics OUT [OPTION VALUE]...\n");
        return EXIT_FAILURE;
    }
    stop_on(rl_config_set(config, "out", arguments[1], &error), &error);
    for (int i = 2; i < count; i += 2)
        stop_on(rl_config_set(config, arguments[i], arguments[i + 1], &error), &error);
    stop_on(rl_train_check(config, &error), &error);
    stop_on(rl_dataset_open_config(&dataset, config, &error), &error);
    setting s = {config, dataset};
    printf("epoch  steps  as it is  augmented  plain\n");
    stop_on(rl_train(config, dataset, on_progress, &s, NULL, &error), &error);
    rl_dataset_free(dataset);
    rl_config_free(config);
    return EXIT_SUCCESS;
}
