/* reslab: trains and compares small image classifiers (ResNet-18 and its Ghost form, 32x32 RGB
 * images) on a CPU.
 *
 * Conventions
 *  - Fallible functions return rl_status and fill an rl_error, which may be NULL. On failure every
 *    out-pointer is set to NULL and nothing needs to be freed. rl_*_free(NULL) does nothing.
 *  - The library never prints, exits or aborts on bad input.
 *  - Images are 8-bit RGB, 32 x 32, interleaved: pixel (row, column) has its three bytes at
 *    ((row * 32) + column) * 3.
 *  - An object may be used by one thread at a time; different objects are independent.
 *  - Same seed, same machine type: bit-identical results, whatever the number of threads.
 *  - Threads of the library compute, and nothing else: they take no signals, sleep when there is
 *    nothing to do, and where the system gives fewer than asked for, fewer compute, with a notice.
 * A forked child computes in its one thread.
 *  - Charts are drawn as PNG in a forked child, since the libraries for it end their process when
 *    memory runs out.
 */
#ifndef RESLAB_H
#define RESLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(RL_BUILD_SHARED) && defined(__GNUC__)
#define RL_API __attribute__((visibility("default")))
#else
#define RL_API
#endif

/* ---- Status and errors ---- */

typedef enum {
    RL_OK = 0,
    RL_ERROR_ARGUMENT, /* an unknown name, a value out of range, options that exclude each other */
    RL_ERROR_MEMORY,
    RL_ERROR_IO,       /* a file cannot be read or written; message has the system's reason */
    RL_ERROR_FORMAT,   /* a file is not what it should be: truncated, wrong layout, bad values */
    RL_ERROR_MISMATCH, /* a good file, but for another model or data set */
    RL_ERROR_EXISTS,   /* the output is already there, or in use by another process */
    RL_ERROR_DIVERGED, /* a loss, a gradient, a weight or a logit is not finite */
    RL_STOPPED,        /* the progress callback asked to stop; everything is saved */
    RL_ERROR_LOCKS     /* the file system has no locks, which several processes would need */
} rl_status;

typedef struct {
    rl_status code;
    long long position; /* byte offset or line number in the file named in the message, or -1 */
    char message[1024]; /* one line, NUL-terminated */
} rl_error;

/* ---- Notices: what to know although nothing failed ---- */

/* `message` is one line, NUL-terminated, valid during the call; it names the file or option and
 * what was done about it ("photos/train: 20 files of a format that is not read: .webp"). The same
 * notice can come again. The function may be called from any thread, one call at a time, and must
 * not call rl_set_notice_function. */
typedef void rl_notice_function(const char *message, void *context);

/* From now on notices of the whole process go to `function`; NULL, as at the start, drops them. */
RL_API void rl_set_notice_function(rl_notice_function *function, void *context);

/* ---- Outputs ---- */

/* Can the file `path` be written? For asking before long work: says of a missing folder, a folder
 * in its place, missing permission or a full quota what writing it would say, having tried. Every
 * function that writes a file `path` replaces it when the new content is whole and on disk; at the
 * end of a symbolic link the file that it leads to; a device, a pipe or a descriptor (/dev/stdout,
 * /dev/fd/3) is written into. */
RL_API rl_status rl_output_check(const char *path, rl_error *error);

/* Removes the unfinished files that this process is writing at the moment. For a signal handler
 * that then ends the process (it does only what one may do); whatever was being written fails.
 * Without it, and after SIGKILL, they are removed by whoever next writes into that folder. */
RL_API void rl_discard_unfinished(void);

/* "1.2.3" */
RL_API const char *rl_version(void);

/* ---- Configuration: one table of options for the command line, YAML files and C ---- */

/* All settings of a model and of a training run, by option name ("lr", "activation", ...), each
 * with its default. `reslab train --help` lists them; rl_option_at is the same table. */
typedef struct rl_config rl_config;

typedef enum {
    RL_OPTION_BOOL,
    RL_OPTION_INTEGER,
    RL_OPTION_REAL,
    RL_OPTION_CHOICE, /* one of `choices` */
    RL_OPTION_TEXT
} rl_option_type;

/* What a change of an option's value means to a run that has begun. */
typedef enum {
    RL_ROLE_RESULT, /* decides the result: the run goes on only with the value it began with */
    RL_ROLE_SOURCE, /* where to find what is known by its content: data */
    RL_ROLE_NAME,   /* stands for values of other options: recipe */
    RL_ROLE_EFFORT, /* how the work is done: threads, checkpoint-minutes */
    RL_ROLE_PLACE   /* where the results go: out */
} rl_option_role;

typedef struct {
    const char *name; /* "batch-size"; YAML files and rl_config_set also take "batch_size" */
    rl_option_type type;
    rl_option_role role;
    const char *default_text;
    double minimum, maximum;    /* of numbers, inclusive */
    const char *const *choices; /* of RL_OPTION_CHOICE, ended by NULL; else NULL */
    const char *unit;           /* "images", "epochs", ...; "" for none */
    const char *group;          /* heading in --help: "Model", "Data", "Training", ... */
    const char *help;           /* one sentence */
} rl_option;

/* The option number `index`, or NULL past the last. */
RL_API const rl_option *rl_option_at(size_t index);

/* All defaults. NULL when there is no memory. Release with rl_config_free. */
RL_API rl_config *rl_config_create(void);
RL_API rl_config *rl_config_copy(const rl_config *config);
RL_API void rl_config_free(rl_config *config);

/* Sets one option from text. Errors name the option, the value and what is valid (for an unknown
 * option, the nearest name); `config` is then unchanged. Option "recipe" also sets, there and then,
 * every option of the recipe ("none" has none); what is set later stands. */
RL_API rl_status rl_config_set(rl_config *config, const char *name, const char *value,
                               rl_error *error);

/* Sets options from `pairs`, name and value in turn, ended by NULL, in their order but for a
 * recipe, which comes first wherever it stands: so command lines and YAML files are read. On an
 * error `config` is unchanged. */
RL_API rl_status rl_config_set_all(rl_config *config, const char *const *pairs, rl_error *error);

/* A value of option "recipe": options that are known to work together. */
typedef struct {
    const char *name; /* "strong" */
    const char *help;
    const char *const *settings; /* pairs as rl_config_set_all takes; all recipes set the same */
} rl_recipe;

/* The recipe number `index`, or NULL past the last. */
RL_API const rl_recipe *rl_recipe_at(size_t index);

/* The value as text, in the form rl_config_set takes; valid until the next call on `config`. NULL
 * for an unknown name. */
RL_API const char *rl_config_get(const rl_config *config, const char *name);

/* Sets every option named in a flat YAML mapping. Errors give the line; unknown and repeated keys
 * are errors; on an error `config` is unchanged. */
RL_API rl_status rl_config_load(rl_config *config, const char *path, rl_error *error);

/* Writes every option with its value, to be read back by rl_config_load. Replaces `path`. */
RL_API rl_status rl_config_save(const rl_config *config, const char *path, rl_error *error);

/* ---- Data ---- */

typedef enum { RL_SPLIT_TRAIN = 0, RL_SPLIT_TEST = 1 } rl_split;

typedef struct rl_dataset rl_dataset;

/* Opens `data`: a folder in CIFAR-10 or CIFAR-100 binary layout (of CIFAR-100, the fine labels), a
 * folder of IDX files as MNIST's are, plain or gzipped (grey becomes three equal channels, images
 * smaller than 32x32 are centred on black), a folder with train/ and test/ image folders, the word
 * "shapes" for the built-in data set, which is drawn from `seed`, or, where no file or folder is
 * called so, one of the names "cifar10", "cifar100", "fashion-mnist" and "mnist", whose files are
 * looked for in $RESLAB_DATA, in the folder reslab of the user's cache (~/.cache), and where
 * Debian's packages put them. All images are read into memory. */
RL_API rl_status rl_dataset_open(rl_dataset **dataset, const char *data, uint64_t seed,
                                 rl_error *error);

/* The data set that the options data, seed, labels and skip-bad of `config` describe. */
RL_API rl_status rl_dataset_open_config(rl_dataset **dataset, const rl_config *config,
                                        rl_error *error);
RL_API void rl_dataset_free(rl_dataset *dataset);

RL_API const char *rl_dataset_format_name(const rl_dataset *dataset);
RL_API size_t rl_dataset_count(const rl_dataset *dataset, rl_split split); /* images */
RL_API size_t rl_dataset_class_count(const rl_dataset *dataset);
/* Name of class `index`, owned by `dataset`; NULL when out of range. */
RL_API const char *rl_dataset_class_name(const rl_dataset *dataset, size_t index);
/* Mean and standard deviation of the training images by channel (R, G, B), pixels scaled to 0..1.
 */
RL_API void rl_dataset_statistics(const rl_dataset *dataset, float mean[3], float deviation[3]);
/* SHA-256 in hex over class names, labels and pixels of both splits. */
RL_API const char *rl_dataset_fingerprint(const rl_dataset *dataset);
/* Images that could not be read and were left out, as the option skip-bad allows: how many, and
 * "path: reason" of number `index`, training images first, in file order. NULL when out of range.
 */
RL_API size_t rl_dataset_skipped_count(const rl_dataset *dataset);
RL_API const char *rl_dataset_skipped(const rl_dataset *dataset, size_t index);
/* What was found and done when the data were opened, a line each: files that are not read, images
 * that were shrunk, a folder that lies unused. The lines are given to rl_set_notice_function, too.
 * NULL when out of range. */
RL_API const char *rl_dataset_note(const rl_dataset *dataset, size_t index);
/* Files of an image folder that are not read, a kind for each end of their names; the commonest
 * first. */
typedef struct {
    const char *kind;    /* ".gif", "without an ending", "hidden", ... */
    const char *example; /* the path of one of them */
    size_t count;
    size_t images; /* of them, those whose content is an image that could be read */
} rl_unread;
/* Kind number `index`, owned by `dataset`; NULL when out of range. */
RL_API const rl_unread *rl_dataset_unread(const rl_dataset *dataset, size_t index);
/* Image `index` of a split: 32 * 32 * 3 bytes owned by `dataset`, its label in *label (may be
 * NULL). NULL when out of range. */
RL_API const uint8_t *rl_dataset_image(const rl_dataset *dataset, rl_split split, size_t index,
                                       size_t *label);

/* What a contact sheet shows. */
typedef struct {
    rl_split split;
    size_t columns; /* images of a class; 0 for 10 */
    size_t rows;    /* classes, from the first on; 0 for 10 */
    bool augmented; /* only with RL_SPLIT_TRAIN: test images are never augmented */
} rl_sheet_options;

/* All that can be checked of a sheet before data are opened; rl_dataset_sheet checks it too. */
RL_API rl_status rl_dataset_sheet_check(const rl_sheet_options *options, const char *path,
                                        rl_error *error);

/* Writes a contact sheet: a PNG file (`path` must end so) with a row for each class, which shows
 * the first images of the class in file order, as the network gets them. Gaps are transparent.
 * augmented: the row shows the first image of the class only, as a training run with the options of
 * `config` (augment, ..., seed) sees it in its first, second, third, ... epoch. Replaces `path`. */
RL_API rl_status rl_dataset_sheet(const rl_dataset *dataset, const rl_config *config,
                                  const rl_sheet_options *options, const char *path,
                                  rl_error *error);

/* ---- Models ---- */

/* A network with its weights, the names of its classes and the normalisation of its input. */
typedef struct rl_model rl_model;

/* A freshly initialised model for `dataset` (its classes; its statistics where the option
 * `normalize` says so): options model, width, activation, ..., seed, init, threads, batch-size. */
RL_API rl_status rl_model_create(rl_model **model, const rl_config *config,
                                 const rl_dataset *dataset, rl_error *error);

/* Loads a model.safetensors or checkpoint.safetensors file, or the model of a run directory.
 * threads: as many as option threads says; 0 for all that the machine, a control group's quota and
 * OMP_NUM_THREADS allow. */
RL_API rl_status rl_model_load(rl_model **model, const char *path, int threads, rl_error *error);

/* Does rl_model_load's file or run directory begin as one should? Reads the header only, so that a
 * wrong file is refused before data are opened for it. */
RL_API rl_status rl_model_check(const char *path, rl_error *error);

/* Writes weights under PyTorch's names, with architecture, classes and normalisation in the
 * metadata. Replaces `path` atomically. */
RL_API rl_status rl_model_save(const rl_model *model, const char *path, rl_error *error);
RL_API void rl_model_free(rl_model *model);

RL_API size_t rl_model_class_count(const rl_model *model);
RL_API const char *rl_model_class_name(const rl_model *model, size_t index);
/* "resnet18", ... */
RL_API const char *rl_model_name(const rl_model *model);

/* From now on (until called with `on` false) logits are the mean of those of an image and of its
 * mirror image. Takes twice the time. */
RL_API rl_status rl_model_set_mirror(rl_model *model, bool on, rl_error *error);

/* Logits for `count` images of 32 * 32 * 3 bytes each: logits[count][class_count]. The model's own
 * normalisation is applied; batch norm uses running statistics. RL_ERROR_DIVERGED when they are not
 * finite, with the index of the first such image as the error's position: they name no class. */
RL_API rl_status rl_model_logits(rl_model *model, const uint8_t *images, size_t count,
                                 float *logits, rl_error *error);

/* Reads an image file the way training data are read: RGB, turned as its EXIF data say, centre
 * crop, resized to 32x32. The format is told by content, whatever the name. A flaw of the file that
 * costs no pixel is a notice. */
RL_API rl_status rl_image_load(const char *path, uint8_t pixels[32 * 32 * 3], rl_error *error);

/* Does the name end like that of an image file of a known format, in upper or lower case? */
RL_API bool rl_image_name(const char *name);

/* ".jpg, .jpeg, .png, ... or .pnm": all such ends, cut at `size` bytes. */
RL_API void rl_image_endings(char *buffer, size_t size);

/* probabilities = softmax(logits), `count` of them; may be in place. */
RL_API void rl_probabilities(size_t count, const float *logits, float *probabilities);

/* A layer of a model as `reslab summary` shows it. */
typedef struct {
    const char *name;               /* "layer1.0.conv1" */
    const char *type;               /* "conv 3x3", "batch norm", ... */
    size_t channels, height, width; /* of the output */
    uint64_t parameters;
    uint64_t macs;         /* multiply-adds an image, of convolutions and the linear layer */
    uint64_t output_bytes; /* float32 output of one image */
} rl_layer;

typedef struct rl_summary rl_summary;

/* The layers of the model `config` describes, without making it; class_count >= 2. */
RL_API rl_status rl_summary_create(rl_summary **summary, const rl_config *config,
                                   size_t class_count, rl_error *error);
RL_API void rl_summary_free(rl_summary *summary);
RL_API size_t rl_summary_layer_count(const rl_summary *summary);
RL_API const rl_layer *rl_summary_layer(const rl_summary *summary, size_t index);
RL_API uint64_t rl_summary_parameters(const rl_summary *summary);
RL_API uint64_t rl_summary_macs(const rl_summary *summary);
/* Bytes of a training step (weights, gradients, optimizer state, average of the weights,
 * activations) at the configured options and batch size. */
RL_API uint64_t rl_summary_training_bytes(const rl_summary *summary);

/* ---- Evaluation ---- */

typedef struct {
    size_t images, class_count;
    double loss;         /* mean cross-entropy, no label smoothing */
    double accuracy;     /* top-1, 0..1 */
    double accuracy_low; /* 95% Wilson interval of the accuracy */
    double accuracy_high;
    double top5;         /* share of images whose label is among the five largest logits; NaN where
                            there are no more than five classes, as it would be 1 */
    uint64_t *confusion; /* [true class][predicted class] */
    double *precision;   /* [class]; NaN where nothing was predicted as the class */
    double *recall;      /* [class]; NaN where the split has no image of the class */
    double seconds;
    int threads;   /* that it ran on */
    bool mirrored; /* logits were averaged with those of the mirror images */
} rl_evaluation;

/* Evaluates on the first `limit` images of a split in file order (0: all). The classes of model and
 * data set must agree. A model set to average with mirror images (rl_model_set_mirror) does so
 * where the data allow flips. RL_ERROR_DIVERGED when a logit is not finite. Release with
 * rl_evaluation_free. */
RL_API rl_status rl_evaluate(rl_evaluation **evaluation, rl_model *model, const rl_dataset *dataset,
                             rl_split split, size_t limit, rl_error *error);
RL_API void rl_evaluation_free(rl_evaluation *evaluation);

#ifdef __cplusplus
}
#endif

#include "reslab_bench.h"
#include "reslab_data.h"
#include "reslab_exchange.h"
#include "reslab_study.h"
#include "reslab_train.h"

#endif
