/* One run in progress, and what its parts hand to each other: setting up (train.c), the loop
 * (training_loop.c), checkpoints (checkpoint.c), records of the machine and the outcome (record.c).
 */
#ifndef RL_RUN_TRAINING_H
#define RL_RUN_TRAINING_H

#include "data/holdout.h"
#include "data/loader.h"
#include "format/events.h"
#include "nn/average.h"
#include "nn/mirror.h"
#include "run/config.h"
#include "run/metrics.h"
#include "run/model.h"
#include "run/run_directory.h"

#include <math.h>

/* Metadata of a checkpoint. */
#define RL_EPOCHS_DIGEST "run.metrics_digest"
#define RL_STEPS_DIGEST "run.steps_digest"
#define RL_RUN_RESULTS "run.config"  /* rl_config_results */
#define RL_RUN_KERNELS "run.kernels" /* the instruction set of the last process */
#define RL_RUN_VERSION "run.version" /* its version of reslab */

/* Where a run is. Together with weights, statistics and optimizer state this is all that a resumed
 * run needs: batches, augmentation and learning rate follow from the position. */
typedef struct {
    uint64_t epoch;      /* 0-based, in progress; equal to `epochs` when the run is done */
    uint64_t step;       /* steps done in this epoch */
    uint64_t total_step; /* steps done in the run; fewer than `epoch` whole epochs have when the
                            last one was cut short by option max-seconds */
    double loss_sum;     /* over the images of this epoch so far */
    uint64_t correct, images;
    /* Of the last completed epoch; NaN before one. */
    double train_loss, train_accuracy, test_loss, test_accuracy;
    double cross_entropy_sum;   /* as loss_sum, without label smoothing */
    double train_cross_entropy; /* as train_loss */
    double validation_loss, validation_accuracy;
    double best_accuracy; /* of all validation accuracies so far; NaN before one */
    uint64_t best_epoch;  /* 1-based, the first that had it; 0 before one */
} rl_position;

/* Of a run that begins. */
#define RL_POSITION_BEGIN                                                                          \
    {                                                                                              \
        .train_loss = NAN, .train_accuracy = NAN, .test_loss = NAN, .test_accuracy = NAN,          \
        .train_cross_entropy = NAN, .validation_loss = NAN, .validation_accuracy = NAN,            \
        .best_accuracy = NAN                                                                       \
    }

/* Wall-clock time, kept out of the checkpoint so that equal runs leave equal checkpoints. */
typedef struct {
    double seconds;           /* of the run so far, pauses excluded */
    double train_seconds;     /* of this epoch's steps */
    double all_train_seconds; /* of the run's steps: what option max-seconds limits */
    double test_seconds;      /* of the tests after the last epoch; 0 before one */
    double seconds_per_image; /* training, smoothed over a few seconds; 0 before a step */
} rl_clock;

/* Figures of a pass over images as they are, in test mode. */
typedef struct {
    double loss; /* plain cross-entropy */
    double accuracy;
    size_t images; /* 0: not tested */
} rl_tested;

typedef struct {
    const rl_config *config;
    const rl_dataset *dataset;
    rl_run_directory directory;
    rl_net *net;
    rl_model_info info;
    rl_optimizer *optimizer;
    rl_average *average; /* of option ema; NULL: none */
    rl_mirror *mirror;   /* of option mirror-test; NULL: test without */
    rl_holdout holdout;  /* empty without option validation */
    rl_loader *train;
    rl_loader *validation, *test; /* NULL where there are none */
    uint8_t *correct;             /* for each test image, right (1) or not (0) ... */
    uint64_t correct_epoch;       /* ... after so many epochs; 0: not known */
    rl_tested trained;            /* the sample of training images, after the last epoch */
    rl_schedule schedule;
    rl_metrics metrics;
    char *results;        /* rl_config_results of the run's configuration */
    rl_metrics_mark mark; /* of the checkpoint that the run goes on from */
    rl_events *events;    /* TensorBoard's; NULL until the records are started */
    rl_position position;
    rl_clock clock;
    double step_loss, lr; /* of the last step */
    bool resumed;
    rl_progress_function *progress;
    void *context;
} rl_training;

/* Net, optimizer, loaders and schedule of the configuration, with initial weights. train.c. */
rl_status rl_training_prepare(rl_training *training, rl_error *error);

/* Of rl_training_prepare: the loaders, once the net's normalization is known. loaders.c. */
rl_status rl_training_create_loaders(rl_training *training, rl_error *error);

/* A loader of images as they are, in order: `images` of a split, of `chosen` where that is not
 * NULL. */
rl_status rl_training_test_loader(rl_loader **loader, const rl_training *training, rl_split split,
                                  const uint32_t *chosen, size_t images, rl_error *error);

/* The first records of a run in its directory, its first checkpoint among them. */
rl_status rl_training_start_records(rl_training *training, rl_error *error);

/* All that can be known of a locked run before its data are; *begun: it has a checkpoint. `config`
 * is that of its folder. resume.c. */
rl_status rl_resume_examine(const rl_run_directory *directory, rl_config *config, bool *begun,
                            rl_error *error);

/* rl_training_run, and summary.json for each way it can end. result may be NULL. */
rl_status rl_training_finish(rl_training *training, rl_result *result, rl_error *error);

/* Releases everything. */
void rl_training_clear(rl_training *training);

/* Runs until done, stopped or diverged. Leaves a checkpoint, except when diverged. */
rl_status rl_training_run(rl_training *training, rl_error *error);

/* Is there nothing left to train: all epochs done, or the time of option max-seconds used up? */
bool rl_training_is_finished(const rl_training *training);

/* Has the run ended because of option patience? */
bool rl_training_lost_patience(const rl_training *training);

/* Why it ended before all its epochs: a phrase; "" where it did not. */
void rl_training_end(const rl_training *training, char *text, size_t size);

/* Tells the caller of the run; false when it wants to stop. */
bool rl_training_report(const rl_training *training, rl_event event);

/* Tests on what there is, after an epoch: the position's figures. With option ema of the averaged
 * weights; the net is left as it was. RL_STOPPED when the caller wants to stop. testing.c. */
rl_status rl_training_test(rl_training *training);

/* Did the last test end in a loss that is none? which: "test" or "validation"; may be NULL. */
bool rl_training_tested_badly(const rl_training *training, const char **which);

/* What is measured once, after the last epoch: the sample of training images, in test mode, and
 * correct.safetensors. outcome.c. */
rl_status rl_outcome_make(rl_training *training, rl_error *error);

/* The same for a run that is finished, where the folder has it not. */
rl_status rl_outcome_mend(rl_training *training, rl_error *error);

/* Checkpoint of the current position: weights, optimizer, position, and the clock beside it. */
rl_status rl_checkpoint_write(rl_training *training, rl_error *error);

/* Opens a checkpoint, reads it whole and verifies it; needs no network and no data. */
rl_status rl_checkpoint_open(rl_safetensors **file, const char *path, rl_error *error);

/* What the tables of the run said when the checkpoint was made. */
rl_status rl_checkpoint_mark(rl_metrics_mark *mark, const rl_safetensors *file, const char *path,
                             rl_error *error);

/* Writes model.safetensors, and best.safetensors, anew where they are missing or damaged and the
 * checkpoint has them. */
rl_status rl_checkpoint_mend_model(rl_training *training, rl_error *error);

/* Restores all of it from the run directory. */
rl_status rl_checkpoint_read(rl_training *training, rl_error *error);

/* environment.json: what the run was made on and from. */
rl_status rl_record_environment(const rl_training *training, rl_error *error);

/* Adds to environment.json where, when and at which step the run goes on. */
rl_status rl_record_resume(const rl_training *training, rl_error *error);

/* summary.json. outcome: "completed", "stopped", "diverged" or "failed"; reason: what went wrong,
 * or NULL. */
rl_status rl_record_summary(const rl_training *training, const char *outcome, const char *reason,
                            rl_error *error);

/* Does summary.json say that the run was completed? */
bool rl_record_is_complete(const rl_training *training);

/* Has summary.json the figures of training images in test mode? Older versions did not measure
 * them. */
bool rl_record_has_trained(const rl_training *training);

/* Adds them. */
rl_status rl_record_trained(const rl_training *training, rl_error *error);

void rl_training_result(const rl_training *training, rl_result *result);

#endif
