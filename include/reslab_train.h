/* reslab's training runs: begun, watched, gone on with. Part of the public interface; reslab.h
 * includes it, with the conventions stated there. */
#ifndef RESLAB_TRAIN_H
#define RESLAB_TRAIN_H

#include "reslab.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Training ---- */

typedef enum {
    RL_EVENT_STEP,       /* a step was taken */
    RL_EVENT_EVALUATING, /* an epoch's training ended; validation and test images are next */
    RL_EVENT_EPOCH,      /* an epoch ended and was recorded */
    RL_EVENT_RESUMED     /* a run goes on from a checkpoint; epoch and step say where */
} rl_event;

typedef struct {
    rl_event event;
    const char *run_directory;
    size_t epoch, epochs;         /* 1-based; of how many */
    size_t step, steps_per_epoch; /* steps done in this epoch; of how many */
    uint64_t total_step;          /* steps done in the run */
    double lr;
    double step_loss;                  /* of the last step */
    double train_loss, train_accuracy; /* mean over this epoch so far */
    double test_loss, test_accuracy;   /* RL_EVENT_EPOCH; else of the last epoch, NaN before one;
                                          NaN where option test is off */
    double validation_loss, validation_accuracy; /* the same; NaN without option validation */
    double images_per_second;                    /* training, over the last seconds */
    double seconds;                              /* of this run, pauses excluded */
    double seconds_left;                         /* estimate; NaN when unknown */
} rl_progress;

/* Called from the training thread after every event. Return false to stop: the step is finished, a
 * checkpoint written, and rl_train returns RL_STOPPED. */
typedef bool rl_progress_function(const rl_progress *progress, void *context);

typedef struct {
    size_t epochs; /* completed */
    uint64_t steps;
    double train_loss, train_accuracy; /* of the last completed epoch; NaN when none */
    double test_loss, test_accuracy;   /* NaN where option test is off */
    double seconds, images_per_second;
    uint64_t peak_memory_bytes;
    char run_directory[1024];
    double train_cross_entropy;                  /* as train_loss, without label smoothing */
    double validation_loss, validation_accuracy; /* NaN without option validation */
    size_t best_epoch;                           /* by validation accuracy; 0: none */
    double best_validation_accuracy;
    double trained_accuracy, trained_cross_entropy; /* as rl_run_record has them; NaN where this
                                                       call did not measure them */
    char ended[160]; /* why the run is done before all its epochs, a phrase; "" where it is not */
} rl_result;

/* What a run of `config` lowers, its training loss, as one phrase: "cross-entropy", "cross-entropy,
 * mixup 0.2, label smoothing 0.1". Losses that are called otherwise cannot be compared. Beside it
 * every run records the plain cross-entropy of the same images: without label smoothing, but, as
 * images blended by mixup have two labels, of both, by their shares. Cut at `size` bytes; 100 are
 * enough. */
RL_API void rl_objective(const rl_config *config, char *text, size_t size);

/* Do runs of both configurations train on the same images, altered in the same ways? Else their
 * training losses, plain or not, cannot be compared: blended, cropped or fewer images are harder or
 * easier to fit. */
RL_API bool rl_same_training_images(const rl_config *a, const rl_config *b);

/* What a run of `config` uses of its data. */
typedef struct {
    size_t train;           /* images trained on: without those held out for validation */
    size_t validation;      /* 0: none */
    size_t test;            /* 0 where option test is off */
    size_t steps_per_epoch; /* batches, the last of which may be smaller with last-batch=keep */
    size_t left_over;       /* images that are in no whole batch */
} rl_images_used;

/* RL_ERROR_ARGUMENT when a class has too few images to hold some out. */
RL_API rl_status rl_train_images(rl_images_used *used, const rl_config *config,
                                 const rl_dataset *dataset, rl_error *error);

/* Everything about a run that can be checked before its data are opened: options that exclude each
 * other, whether the run directory can be made, and that a file of initial weights is whole.
 * rl_train checks it too. */
RL_API rl_status rl_train_check(const rl_config *config, rl_error *error);

/* Trains the model that `config` describes on `dataset` and records it in a new run directory
 * (option `out`; made from time, model, activation and optimizer when unset). progress and result
 * may be NULL.
 * Returns RL_STOPPED when progress asked to stop, RL_ERROR_DIVERGED when the loss, a gradient, a
 * weight or the loss on the test images stopped being finite (the last good checkpoint stays; the
 * tables say what was measured), RL_ERROR_EXISTS when the directory is there already. */
RL_API rl_status rl_train(const rl_config *config, const rl_dataset *dataset,
                          rl_progress_function *progress, void *context, rl_result *result,
                          rl_error *error);

/* Everything about a run to resume that can be checked before its data are opened: that it is not
 * in use, that the checkpoint is whole, that config.yaml says what the run was begun with, and that
 * the tables hold all that was written before the checkpoint. rl_resume checks it too. */
RL_API rl_status rl_resume_check(const char *run_directory, rl_error *error);

/* Goes on with an interrupted run from its checkpoint, with the configuration stored in it;
 * `threads` overrides the number of threads when > 0. The dataset's fingerprint must be the run's.
 * The end result is that of a run never interrupted, bit for bit. A finished run is RL_OK at once,
 * with a notice of what its folder had lost and has been made again; a run that was ended before
 * its first checkpoint begins. */
RL_API rl_status rl_resume(const char *run_directory, const rl_dataset *dataset, int threads,
                           rl_progress_function *progress, void *context, rl_result *result,
                           rl_error *error);

/* Makes a run that is done, or was interrupted, one of `epochs` epochs, which rl_resume then goes
 * on with. Where the learning rate does not depend on the number of epochs (schedules constant and
 * step) the result is, bit for bit, that of a run that had them from the start; else rl_resume's
 * notice says what differs. RL_ERROR_ARGUMENT for fewer epochs than the run has; as many change
 * nothing. RL_ERROR_MISMATCH when option max-seconds or patience has ended it, RL_ERROR_DIVERGED
 * when it diverged; else the errors of rl_resume_check. Nothing is changed then. */
RL_API rl_status rl_extend(const char *run_directory, size_t epochs, rl_error *error);

/* The configuration a run directory was made with. */
RL_API rl_status rl_run_config(rl_config **config, const char *run_directory, rl_error *error);

#ifdef __cplusplus
}
#endif

#endif
