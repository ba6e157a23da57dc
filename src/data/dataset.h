/* Labelled 8-bit images in memory, whatever format they came from. A format is one file with one
 * row in the table of dataset.c. */
#ifndef RL_DATA_DATASET_H
#define RL_DATA_DATASET_H

#include "data/folder_census.h"

#include <stdbool.h>
#include <stdint.h>

#define RL_IMAGE_SIDE 32
#define RL_IMAGE_CHANNELS 3
#define RL_IMAGE_BYTES (RL_IMAGE_SIDE * RL_IMAGE_SIDE * RL_IMAGE_CHANNELS)

typedef struct {
    size_t count;
    uint8_t *pixels;  /* [count][32][32][3], RGB interleaved */
    uint16_t *labels; /* [count], each < class_count */
} rl_image_set;

struct rl_dataset {
    rl_image_set split[2]; /* indexed by rl_split: RL_SPLIT_TRAIN, RL_SPLIT_TEST */
    size_t class_count;
    char **class_names;            /* [class_count] */
    char *place;                   /* where it was found, with its whole path; "shapes" */
    const char *format;            /* the name of its row in the format table: "cifar10", ... */
    bool flip_keeps_label;         /* may a horizontal flip be used as augmentation? */
    float mean[RL_IMAGE_CHANNELS]; /* of the training images, pixels scaled to 0..1 */
    float deviation[RL_IMAGE_CHANNELS];
    char fingerprint[65]; /* SHA-256 in hex over counts, class names, labels and pixels */
    rl_census unread;     /* files that are not read, sorted */
    char **notes;         /* [note_count], what rl_dataset_note says */
    size_t note_count;
    char **skipped; /* [skipped_count]: "path: reason" of each image left out, in file order */
    size_t skipped_count;
};

/* What of a data set is wanted. */
typedef struct {
    const char *data;   /* as rl_dataset_open takes it */
    uint64_t seed;      /* of the built-in set */
    const char *labels; /* of rl_label_names: which of the labels, where a set has two of them */
    bool skip_bad;      /* leave out images that cannot be read, instead of failing */
} rl_dataset_request;

extern const char *const rl_label_names[]; /* "fine", the default, and "coarse"; ended by NULL */

/* rl_dataset_open with all that can be asked for. */
rl_status rl_dataset_read(rl_dataset **dataset, const rl_dataset_request *request, rl_error *error);

/* Do two requests, of which `opened` was opened as `dataset`, ask for the same images? */
bool rl_dataset_serves(const rl_dataset *dataset, const rl_dataset_request *opened,
                       const rl_dataset_request *wanted);

/* Formats fill `split`, the classes, flip_keeps_label; rl_dataset_open does the rest. */
typedef struct {
    const char *name;
    const char *help;
    /* Does `path` look like this format? (Never reads more than names and sizes.) */
    bool (*recognize)(const char *path);
    /* `path` is what request->data stands for. */
    rl_status (*read)(rl_dataset *dataset, const char *path, const rl_dataset_request *request,
                      rl_error *error);
    bool has_coarse_labels; /* else a request for them is refused before reading */
} rl_dataset_format;

extern const rl_dataset_format rl_format_cifar10;
extern const rl_dataset_format rl_format_cifar100;
extern const rl_dataset_format rl_format_idx;
extern const rl_dataset_format rl_format_image_folder;
extern const rl_dataset_format rl_format_shapes;

/* Normalisation presets of --normalize. The constants map a pixel p in 0..255 to
 * (p / 255 - mean) / deviation. */
typedef struct {
    float mean[RL_IMAGE_CHANNELS];
    float deviation[RL_IMAGE_CHANNELS];
} rl_normalization;

/* "dataset", "cifar10", "imagenet", "none"; ended by NULL. */
extern const char *const rl_normalization_names[];

/* `name` is one of rl_normalization_names. A deviation of zero (constant images) becomes 1. */
rl_status rl_normalization_find(rl_normalization *normalization, const char *name,
                                const rl_dataset *dataset, rl_error *error);

/* One image to normalised floats, [32][32][3] to [32][32][3]. */
void rl_normalize_image(const rl_normalization *normalization, const uint8_t *pixels, float *image);

/* What an image file was before it was fitted. */
typedef struct {
    size_t width, height;
    char remark[128]; /* what is wrong with the file although no pixel is lost; "" for nothing */
} rl_image_facts;

/* Reads an image file (its format is told by content) as RGB, upright, centre-crops it to a square
 * and resizes it to 32x32 with an antialiasing filter. A 32x32 image passes unchanged. `facts` may
 * be NULL. */
rl_status rl_image_read(const char *path, uint8_t pixels[RL_IMAGE_BYTES], rl_image_facts *facts,
                        rl_error *error);

/* The same from 8-bit RGB already in memory, row stride width * 3. */
rl_status rl_image_fit(const uint8_t *rgb, size_t width, size_t height,
                       uint8_t pixels[RL_IMAGE_BYTES], rl_error *error);

#endif
