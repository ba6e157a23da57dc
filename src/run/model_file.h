/* A network on disk: PyTorch's tensor names, and in the metadata everything that is needed to build
 * it again and to use it: architecture, class names, normalisation. */
#ifndef RL_RUN_MODEL_FILE_H
#define RL_RUN_MODEL_FILE_H

#include "data/dataset.h"
#include "format/safetensors.h"
#include "nn/net.h"

/* What travels in __metadata__ beside the weights. */
typedef struct {
    rl_model_spec spec;
    char **class_names; /* [spec.class_count], owned */
    rl_normalization normalization;
} rl_model_info;

void rl_model_info_clear(rl_model_info *info); /* frees what it owns */

/* Reads architecture, classes and normalisation; RL_ERROR_FORMAT names what is missing. */
rl_status rl_model_info_read(rl_model_info *info, const rl_safetensors *file, const char *path,
                             rl_error *error);

/* Fills all weights and statistics of `net` from the file. Strict: every tensor must be there in
 * its shape, the message lists all that are missing or wrong; tensors of other names are an error
 * too, except under the prefixes "optimizer." and "run." of a checkpoint. A prefix "module." on all
 * names is accepted. On failure the net is unchanged. */
rl_status rl_model_weights_read(rl_net *net, const rl_safetensors *file, const char *path,
                                rl_error *error);

/* Writes a net's tensors, and `extra` ones, with finished metadata. rl_model_file_write's lower
 * half. */
rl_status rl_model_weights_write(const char *path, const rl_net *net, const rl_tensor *extra,
                                 size_t extra_count, const char *const *metadata, rl_error *error);

/* Tensors of a checkpoint beside the weights: appended to the model's. */
typedef struct {
    const rl_tensor *tensors;
    size_t tensor_count;
    const char *const *metadata; /* pairs, ended by NULL; may be NULL */
} rl_model_extra;

/* Writes the model (and `extra`, which may be NULL) atomically. */
rl_status rl_model_file_write(const char *path, const rl_net *net, const rl_model_info *info,
                              const rl_model_extra *extra, rl_error *error);

#endif
