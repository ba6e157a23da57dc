/* A study in memory: groups of arms that differ in what they vary, times seeds, the runs they need,
 * and what was declared beforehand: claims, looks, tuning. file.c reads one from YAML; arms.c makes
 * arms and runs of it; nothing here touches a disk.
 */
#ifndef RL_STUDY_DESIGN_STUDY_H
#define RL_STUDY_DESIGN_STUDY_H

#include "reslab.h"
#include "study/design/quantity.h"

/* What a group's figure shows over epochs. */
typedef enum {
    RL_FIGURE_TRAIN_LOSS,
    RL_FIGURE_TEST_ACCURACY,
    RL_FIGURE_TRAINING_RECORD /* train loss and test accuracy, one above the other */
} rl_figure_kind;

/* What all arms of a group have in common beside seeds, so that the comparison is fair. */
typedef enum {
    RL_BUDGET_EPOCHS,     /* the same epochs (the default) */
    RL_BUDGET_ARITHMETIC, /* the multiply-adds of the first arm: epochs rounded to whole ones */
    RL_BUDGET_TIME        /* the same seconds of training: option max-seconds */
} rl_budget_kind;

typedef struct {
    char *name;             /* as files and claims name it: "relu", "resnet18, width 46" */
    char *label, *label_zh; /* as reports name it, in English and Chinese; never NULL */
    rl_config *config;      /* all settings; its seed means nothing */
    bool untuned; /* the best of its tuning stayed at an edge of the grid, or none was found */
    bool control; /* a width-matched plain network, added for a Ghost arm */
    uint64_t parameters, macs; /* of the model: for 10 classes until rl_results_read, which
                                  knows those of the data */
    size_t *runs;              /* [seed]: index into the study's runs */
} rl_study_arm;

/* A value that a group's factor takes. */
typedef struct {
    char *name;             /* as the file writes it: "leaky_relu" */
    char *label, *label_zh; /* as reports name it; never NULL */
} rl_study_level;

/* An option that varies. */
typedef struct {
    char *option;
    rl_study_level *levels; /* NULL in a group of named arms */
    size_t level_count;
} rl_study_factor;

/* The arms are the levels of one factor; or all combinations of the levels of several, a grid, in
 * which the last factor's levels run fastest; or named, each with options of its own. */
typedef struct {
    char *name;             /* "activations" */
    char *title, *title_zh; /* as reports name it; never NULL */
    char *factor;           /* the options that vary, in one text: "activation"; "optimizer, lr" */
    rl_study_factor *factors;
    size_t factor_count;
    bool named; /* arms with names: `arms` in the file, not `vary` */
    rl_figure_kind figure;
    rl_budget_kind budget;
    double target;      /* test accuracy, a share, that counts as reached; NaN: none is declared */
    rl_study_arm *arms; /* in the order of the file; controls last */
    size_t arm_count;
} rl_study_group;

typedef enum {
    RL_CLAIM_BETTER, /* each subject is better than the other arm, by more than the margin */
    RL_CLAIM_KEEPS,  /* each subject is worse than the other arm by less than the margin */
    RL_CLAIM_SAME    /* each subject differs from the other arm by less than the margin */
} rl_claim_kind;

/* What a study says before it is run. */
typedef struct {
    char *name, *text, *text_zh; /* the user's words; NULL where the file has none */
    rl_claim_kind kind;
    size_t group;
    size_t *arms; /* of the group: the subjects */
    size_t arm_count;
    size_t other;  /* the arm of the group that they are held against */
    double margin; /* >= 0, in the quantity's unit: of an accuracy a share */
    rl_quantity_kind quantity;
    size_t at;    /* 1-based epoch at which it is taken; 0: the last */
    size_t after; /* runs that had ended when it was declared; 0: declared beforehand */
} rl_study_claim;

typedef struct {
    rl_study_run info; /* public: number, name, seed, differences, groups; owned texts */
    rl_config *config;
} rl_study_task;

/* A run that had its name, and with its place in the list its number, before the study was given
 * more. */
typedef struct {
    char *name;
    size_t group, arm;
    uint64_t seed;
} rl_study_kept;

/* An option that is tuned. */
typedef struct {
    char *option;
    double from, to;   /* of a range; 0 where values are listed */
    size_t per_decade; /* values of a grid in a factor of ten; 0 where they are listed */
} rl_study_tuned;

/* Options that are chosen for each arm, on images held out of the training images, before the
 * study's own seeds are run. */
typedef struct {
    rl_study_tuned *options;
    size_t option_count;
    char **points; /* [point * option_count + option]: values as files write them; of a grid, which
                      is of one option, ascending */
    size_t point_count, value_count;
    size_t extend;     /* values at most that an arm gets beyond an edge of the grid */
    double validation; /* share of the training images held out */
    uint64_t *seeds;
    size_t seed_count;
    bool confirm_on_whole; /* the study's own runs train on all training images, not on the rest */
} rl_study_tuning;

struct rl_study {
    char *name;
    char *path;          /* of the file it was read from */
    rl_config *settings; /* shared by all runs, before group settings */
    uint64_t *seeds;
    size_t seed_count;
    size_t *looks; /* [look_count] ascending numbers of seeds after which the claims are judged; the
                      last is seed_count; NULL where there are none: then they are at the end */
    size_t look_count;
    rl_study_group *groups;
    size_t group_count;
    rl_study_claim *claims;
    size_t claim_count;
    rl_study_tuning *tuning; /* NULL: none */
    bool claims_in_order;    /* each is asked only while those before it are supported or refuted */
    rl_study_kept *kept;     /* [kept_count]: the runs that come first; NULL: none are kept */
    size_t kept_count;
    rl_study_task *runs; /* seed by seed, so that a study stopped half-way has whole seeds; behind
                            those that are kept */
    size_t run_count;
    bool alone; /* of rl_study_work_alone */
};

#endif
