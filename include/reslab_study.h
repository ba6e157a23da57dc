/* reslab's studies: controlled comparisons of many runs, and the reports on them. Part of the
 * public interface; reslab.h includes it, with the conventions stated there. */
#ifndef RESLAB_STUDY_H
#define RESLAB_STUDY_H

#include "reslab.h"
#include "reslab_train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What is left of a run ---- */

/* A row of metrics.csv. */
typedef struct {
    size_t epoch;      /* 1-based */
    uint64_t step;     /* steps done in the run */
    double lr;         /* of the epoch's last step */
    double train_loss; /* mean of what the optimizer lowers: rl_objective */
    double train_accuracy, test_loss, test_accuracy;
    double seconds, images_per_second;
    double train_cross_entropy; /* mean over the same images, without label smoothing; NaN when it
                                   was not recorded (runs of version 0.1.0) */
    double validation_loss, validation_accuracy; /* plain cross-entropy; NaN without validation. The
                                                    test figures are NaN where test is off. */
} rl_epoch_row;

typedef enum {
    RL_RUN_WAITING,     /* there is no run directory */
    RL_RUN_INTERRUPTED, /* begun, and no process works on it: it can be gone on with */
    RL_RUN_RUNNING,     /* a process has it locked */
    RL_RUN_DONE,
    RL_RUN_DIVERGED, /* a loss or a gradient stopped being finite: an outcome, not a failure */
    RL_RUN_FAILED    /* ended by an error; `reason` says which */
} rl_run_state;

/* "waiting", "interrupted", ... */
RL_API const char *rl_run_state_name(rl_run_state state);

/* What the files of a run directory say. */
typedef struct {
    char *directory;
    rl_run_state state; /* never RL_RUN_WAITING */
    char *reason;       /* of a run that diverged or failed; NULL else */
    rl_config *config;
    rl_epoch_row *epochs; /* those completed */
    size_t epoch_count;
    size_t test_images, train_images;           /* used; 0 when unknown */
    size_t validation_images;                   /* held out of the training images; 0: none */
    size_t data_test_images, data_train_images; /* of the whole data set; 0 when unknown */
    /* A fixed sample of the training images, not augmented, as the test images are tested: after
     * the last epoch of a run that is done. Beside test accuracy it tells of over-fitting, which
     * the accuracy of training does not, being a mean over the epoch under batch statistics. NaN
     * and 0 where not recorded (older runs). */
    double trained_accuracy, trained_cross_entropy;
    size_t trained_images;
    /* For each test image, in the data set's order, whether it was right (1) or not (0) after the
     * last epoch of a run that is done; NULL and 0 where there is no such file (older runs, test
     * off). */
    const uint8_t *correct;
    size_t correct_count;
    double seconds;             /* of the run so far, pauses excluded; NaN when unknown */
    double images_per_second;   /* training, over the whole run; NaN when unknown */
    uint64_t peak_memory_bytes; /* 0 when unknown */
    uint64_t parameters, macs;  /* of the model; macs are multiply-adds an image */
    size_t class_count;
    /* From environment.json; "" or 0 when unknown. */
    char *cpu, *instruction_set, *version, *data_format, *fingerprint;
    char *validation_digest; /* SHA-256 in hex of which images are held out; "" where none are */
    int threads;
} rl_run_record;

/* Reads a run directory; a run in progress shows what it has so far. RL_ERROR_IO when `directory`
 * is none. Release with rl_run_record_free. */
RL_API rl_status rl_run_record_read(rl_run_record **record, const char *directory, rl_error *error);
RL_API void rl_run_record_free(rl_run_record *record);

typedef enum {
    RL_PATH_MISSING, /* nothing, or nothing that can be looked at */
    RL_PATH_FILE,
    RL_PATH_FOLDER, /* that is none of these: */
    RL_PATH_RUN,    /* has the settings of a run */
    RL_PATH_STUDY   /* has those of a study */
} rl_path_kind;

/* What is at `path`, by the names it holds; nothing is read. */
RL_API rl_path_kind rl_path_look(const char *path);

/* Draws one quantity of any runs over epochs and writes `path`, an SVG or PNG file by its name. */
typedef enum {
    RL_CURVE_TRAIN_LOSS,
    RL_CURVE_TEST_LOSS,
    RL_CURVE_TRAIN_ACCURACY,
    RL_CURVE_TEST_ACCURACY,
    RL_CURVE_TRAIN_CROSS_ENTROPY
} rl_curve;
RL_API rl_status rl_plot_runs(const rl_run_record *const *runs, size_t count, rl_curve curve,
                              bool log_scale, const char *path, rl_error *error);

typedef enum {
    RL_PAIR_NONE, /* no verdict may be given */
    RL_PAIR_UNDECIDED,
    RL_PAIR_BETTER, /* the first of the pair is better than the second */
    RL_PAIR_WORSE
} rl_pair_verdict;

/* Two settings that differ in more than their seed, by the runs that both have of the same seeds.
 */
typedef struct {
    size_t first, second; /* the first run of each: indices into the runs */
    size_t seeds;         /* that both have a run of that ended; of several, the first */
    double difference;    /* mean test accuracy after the last epoch, first minus second: a share; a
                             run that diverged counts as guessing; NaN where there is no seed */
    double low, high;     /* its interval at `level`, Student's t; NaN below two seeds */
    double level;         /* 1 - 5% / all pairs: nothing was declared beforehand */
    rl_pair_verdict verdict; /* where the interval lies; none below three seeds */
} rl_run_pair;

/* Compares any runs: all pairs of settings among them, in the order of the runs. *pairs is released
 * with rl_run_pairs_free; NULL and count 0 where all have the same settings. */
RL_API rl_status rl_compare_runs(rl_run_pair **pairs, size_t *count,
                                 const rl_run_record *const *runs, size_t run_count,
                                 rl_error *error);
RL_API void rl_run_pairs_free(rl_run_pair *pairs);

/* ---- Studies ---- */

/* Groups of arms that differ in one factor, times seeds: a file such as studies/demo.yaml. */
typedef struct rl_study rl_study;

/* Reads and checks a study: unknown keys and values are errors with their line and the valid ones.
 * Opens no data. */
RL_API rl_status rl_study_open(rl_study **study, const char *path, rl_error *error);

/* rl_study_open, with shared settings overridden: `overrides` are pairs of option and value, ended
 * by NULL. They win over the settings of the file and of its groups, but may not name a factor. */
RL_API rl_status rl_study_open_with(rl_study **study, const char *path,
                                    const char *const *overrides, rl_error *error);
RL_API void rl_study_free(rl_study *study);

/* Says that no other process works on the study while this one does: then rl_study_train accepts a
 * file system that has no locks, which otherwise keep processes apart. */
RL_API void rl_study_work_alone(rl_study *study);

/* One run of a study. A run that several groups need is one run. */
typedef struct {
    size_t number; /* 1-based and stable for a study file */
    char *name;    /* "001-relu-sgd-s1": its directory is <out>/runs/<name> */
    uint64_t seed;
    char *differences; /* from the shared settings: "activation=relu, seed=1" */
    char *groups;      /* "activations, optimizers" */
} rl_study_run;

RL_API const char *rl_study_name(const rl_study *study);
RL_API size_t rl_study_run_count(const rl_study *study);
/* Run `index` (0-based); NULL past the last. Owned by `study`. */
RL_API const rl_study_run *rl_study_run_at(const rl_study *study, size_t index);
/* The resolved settings of run `index`, without `out`. Owned by `study`. */
RL_API const rl_config *rl_study_run_config(const rl_study *study, size_t index);

/* Takes over the names and numbers of the runs that the study in directory `out` has: `study` may
 * have more seeds, arms and groups. What was declared before runs ended must be in it; a claim that
 * is not there is marked as made after them. Nothing where there is no study. RL_ERROR_MISMATCH
 * names what is there and not in `study`. Runs and settings that were asked for before end. */
RL_API rl_status rl_study_adopt(rl_study *study, const char *out, rl_error *error);

/* Where a study in directory `out` stands. */
typedef struct {
    rl_run_state *states; /* of each run */
    double *accuracies;   /* test accuracy after the last epoch of each; NaN before one, and where
                             the run diverged */
    size_t count, waiting, interrupted, running, done, diverged, failed;
    double seconds_left; /* of the work to do, one run after another; NaN when unknown */
} rl_study_state;

/* `out` need not exist. Release with rl_study_state_free. */
RL_API rl_status rl_study_state_read(rl_study_state **state, const rl_study *study, const char *out,
                                     rl_error *error);
RL_API void rl_study_state_free(rl_study_state *state);

/* What rl_study_train reports: a run's progress, and the study's; or a note. */
typedef struct {
    const char *note; /* what happened between runs: a line; then all below but `runs`,
                         `ended` and `seconds_left` is empty. NULL else */
    bool tuning;      /* the run is one of the tuning's; it is not among `runs` */
    const rl_study_run *run;
    const rl_progress *progress; /* of the run; NULL when it just ended or was skipped */
    rl_run_state state;          /* of the run */
    const char *reason;          /* of one that diverged or failed; NULL else */
    size_t runs, ended;  /* of the study: how many, and how many of them are done or diverged */
    double seconds_left; /* of the whole study; NaN when unknown */
    const rl_dataset *dataset; /* the data opened last; NULL before any */
} rl_study_progress;
/* Returns whether to go on. */
typedef bool rl_study_progress_function(const rl_study_progress *progress, void *context);

/* What can be known to go wrong before any work, without opening data: that `out` cannot be written
 * in, or that a file of initial weights does not fit. rl_study_train asks it first. */
RL_API rl_status rl_study_check(const rl_study *study, const char *out, rl_error *error);

/* Does the study's runs in `out`, one after another; those that are done or diverged stay, an
 * interrupted one goes on from its checkpoint, one that another process works on is left to it.
 * number: of the only run to do; 0 for all. Makes `out` with a copy of the resolved study
 * (study.yaml), or goes on with the study there (rl_study_adopt). A diverged run is an outcome. A
 * failed one does not keep the others from being done: the first failure is returned at the end.
 * RL_STOPPED when `progress` (which may be NULL) asked to stop. */
RL_API rl_status rl_study_train(rl_study *study, const char *out, size_t number,
                                rl_study_progress_function *progress, void *context,
                                rl_error *error);

/* ---- What a study will take ---- */

typedef struct {
    size_t runs, tuning_runs; /* at most; tuning without extensions */
    double seconds;           /* of all of them on this machine, one after another */
    size_t configurations;    /* of which some steps were timed */
    double *run_seconds;      /* [runs] of each */
} rl_study_price;

/* Times some steps of each distinct configuration of the study on random images and works out how
 * long all of it will take here. Opens the data to count images. `go_on` (may be NULL) is asked
 * between configurations: false ends with RL_STOPPED. Release with rl_study_price_free. */
RL_API rl_status rl_study_price_measure(rl_study_price **price, const rl_study *study,
                                        bool (*go_on)(void *context), void *context,
                                        rl_error *error);
RL_API void rl_study_price_free(rl_study_price *price);

/* Keeps the price in the study's directory, which is made where there is none: what
 * rl_study_state_read tells of the time to go before a run is done. */
RL_API rl_status rl_study_price_save(const rl_study_price *price, const char *out, rl_error *error);

/* The seeds that a claim needs. */
typedef struct {
    const char *words;  /* the claim's text or name, or its group's name; owned by the study */
    double deviation;   /* planned with: of the difference over seeds, in the quantity's unit */
    size_t pilot_seeds; /* seeds of the pilot that it is from; 0: it was given */
    double difference;  /* that is to be found; 0 for claims that are planned for equal arms */
    size_t seeds;       /* for a power of 80%; 0: more than 1000 */
    size_t study_seeds;
    double power; /* with the seeds that the study has */
} rl_study_claim_plan;

typedef struct {
    rl_study_claim_plan *claims;
    size_t claim_count;
} rl_study_plan;

/* Plans the seeds of a study's claims for differences whose deviation over seeds is `deviation` (of
 * an accuracy: a share), or, with `pilot` (else NULL), the one found in that study's directory,
 * made larger by what so few seeds leave open. `difference`: the smallest true one that a claim
 * `better` is to find. RL_ERROR_ARGUMENT where no number of seeds would do, or there are no claims.
 * Release with rl_study_plan_free. */
RL_API rl_status rl_study_plan_create(rl_study_plan **plan, const rl_study *study, double deviation,
                                      double difference, const char *pilot, rl_error *error);
RL_API void rl_study_plan_free(rl_study_plan *plan);

/* ---- Reports ---- */

typedef enum { RL_LANGUAGE_ENGLISH, RL_LANGUAGE_CHINESE } rl_language;

typedef struct {
    rl_language language;
    bool html, markdown, pdf; /* which of report.html, report.md, report.pdf */
    /* Asked before each figure and while a PDF is printed; false ends the work with RL_STOPPED, all
     * files whole, old or new. May be NULL. */
    bool (*go_on)(void *context);
    void *context;
} rl_report_options;

/* Writes the report on the study in directory `study_directory` (made by rl_study_train) into it:
 * report.html, which needs no other file and no network, report.md, and figures/ with an SVG and a
 * PNG file each. Runs that are not done are said to be missing. RL_ERROR_MISMATCH when no run is
 * done. */
RL_API rl_status rl_report_write(const char *study_directory, const rl_report_options *options,
                                 rl_error *error);

#ifdef __cplusplus
}
#endif

#endif
