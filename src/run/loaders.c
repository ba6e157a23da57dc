/* Which images a run trains, validates and tests on, batch by batch. What of them no step will see,
 * or what would spoil the figures, is said before the first step. */
#include "base/memory.h"
#include "base/notice.h"
#include "data/limit.h"
#include "run/training.h"

static size_t limited(const rl_dataset *dataset, rl_split split, size_t limit) {
    const size_t count = rl_dataset_count(dataset, split);
    return limit ? rl_min(limit, count) : count;
}

/* `holdout` is drawn where the configuration asks for one, and is else empty. */
static rl_status divide(rl_images_used *used, rl_holdout *holdout, const rl_config *config,
                        const rl_dataset *dataset, rl_error *error) {
    size_t train = limited(dataset, RL_SPLIT_TRAIN, config->limit_train);
    *holdout = (rl_holdout){0};
    *used = (rl_images_used){0};
    if (config->validation > 0) {
        const rl_status status =
            rl_holdout_draw(holdout, dataset, train, config->validation, error);
        if (status != RL_OK)
            return status;
        train = holdout->kept_count;
    }
    const size_t batch = rl_min(config->batch_size, train);
    const bool drop = rl_config_drops_last(config);
    *used = (rl_images_used){
        .train = train,
        .validation = holdout->held_count,
        .test = config->test ? limited(dataset, RL_SPLIT_TEST, config->limit_test) : 0,
        .steps_per_epoch = drop ? train / batch : rl_divide_up(train, batch),
        .left_over = train % batch};
    return RL_OK;
}

rl_status rl_train_images(rl_images_used *used, const rl_config *config, const rl_dataset *dataset,
                          rl_error *error) {
    rl_holdout holdout;
    const rl_status status = divide(used, &holdout, config, dataset, error);
    rl_holdout_clear(&holdout);
    return status;
}

/* A small last step moves the weights by a noisier gradient than the others, and, whatever its
 * size, makes a tenth of every running statistic, right before the test. */
static void say_what_is_left_over(const rl_config *config, const rl_images_used *used) {
    const unsigned long long batch = config->batch_size;
    const size_t rest = used->left_over;
    if (rest == 0)
        return;
    if (!rl_config_drops_last(config) && rest < batch / 2)
        rl_notice("--last-batch keep: the last step of an epoch has %zu image%s where the others "
                  "have %llu: it counts as much as they do in weights and batch-norm statistics, "
                  "just before each test; --last-batch drop leaves it out",
                  rest, rest == 1 ? "" : "s", batch);
    if (rl_config_drops_last(config) && !config->shuffle)
        rl_notice("--no-shuffle: the last %zu of %zu training images are left over from batches of "
                  "%llu in every epoch, and are never trained on; --last-batch keep takes them in",
                  rest, used->train, batch);
}

static rl_status create_training(rl_training *t, size_t images, rl_error *error) {
    const rl_config *config = t->config;
    rl_loader_options options = {.split = RL_SPLIT_TRAIN,
                                 .batch_size = config->batch_size,
                                 .limit = images,
                                 .chosen = t->holdout.kept,
                                 .seed = config->seed,
                                 .shuffle = config->shuffle,
                                 .drop_last = rl_config_drops_last(config),
                                 .normalization = t->info.normalization};
    rl_config_augmentation(config, &options.augment);
    return rl_loader_create(&t->train, t->dataset, &options, error);
}

rl_status rl_training_test_loader(rl_loader **loader, const rl_training *t, rl_split split,
                                  const uint32_t *chosen, size_t images, rl_error *error) {
    const rl_loader_options options = {.split = split,
                                       .batch_size = t->config->batch_size,
                                       .limit = images,
                                       .chosen = chosen,
                                       .normalization = t->info.normalization};
    return rl_loader_create(loader, t->dataset, &options, error);
}

rl_status rl_training_create_loaders(rl_training *t, rl_error *error) {
    const rl_config *config = t->config;
    rl_images_used used;
    rl_status status =
        rl_limit_check(t->dataset, RL_SPLIT_TRAIN, config->limit_train, "limit-train", error);
    if (status == RL_OK && config->test)
        status = rl_limit_check(t->dataset, RL_SPLIT_TEST, config->limit_test, "limit-test", error);
    if (status == RL_OK)
        status = divide(&used, &t->holdout, config, t->dataset, error);
    if (status != RL_OK)
        return status;
    say_what_is_left_over(config, &used);
    status = create_training(t, used.train, error);
    if (status == RL_OK && used.validation)
        status = rl_training_test_loader(&t->validation, t, RL_SPLIT_TRAIN, t->holdout.held,
                                         used.validation, error);
    if (status == RL_OK && used.test)
        status = rl_training_test_loader(&t->test, t, RL_SPLIT_TEST, NULL, used.test, error);
    return status;
}
