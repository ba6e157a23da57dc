/* A network on disk: PyTorch's tensor names, and in the metadata everything that is needed to build
 * it again and to use it: architecture, class names, normalisation. */
#ifndef RL_RUN_MODEL_FILE_H
#define RL_RUN_MODEL_FILE_H

#include "base/buffer.h"
#include "data/dataset.h"
#include "format/safetensors.h"
#include "nn/net.h"

#define RL_MAX_WIDTH 1024U

/* What travels in __metadata__ beside the weights. */
typedef struct {
    rl_model_spec spec;
    char **class_names; /* [spec.class_count], owned */
    rl_normalization normalization;
} rl_model_info;

void rl_model_info_clear(rl_model_info *info); /* frees what it owns */

/* Opens a file of weights, whoever wrote it, as rl_safetensors_open. One of reslab's own must have
 * its checksum; one of an earlier version, which had none, is accepted with a notice. */
rl_status rl_model_file_open(rl_safetensors **file, const char *path, rl_error *error);

/* Reads architecture, classes and normalisation; RL_ERROR_FORMAT names what is missing. */
rl_status rl_model_info_read(rl_model_info *info, const rl_safetensors *file, const char *path,
                             rl_error *error);

/* Sets the number of classes and their names: those of `data`, or "0", "1", ... where it is NULL.
 */
rl_status rl_model_info_name_classes(rl_model_info *info, size_t count, const rl_dataset *data,
                                     rl_error *error);

/* RL_ERROR_FORMAT where the network that `spec` describes has more than `most` parameters for each
 * byte of the file's tensors: a few bytes must not make anyone allocate gigabytes. `who` describes
 * it, in the message: "its metadata". */
rl_status rl_model_info_check_size(const rl_model_spec *spec, const rl_safetensors *file,
                                   const char *path, const char *who, double most, rl_error *error);

/* Is there anything for rl_model_info_read, or was the file written by another program? */
bool rl_model_info_present(const rl_safetensors *file);

/* The description of a file of another program, as rl_model_load_as says; and the line of
 * rl_model_assumptions about it, to release with rl_free. model_assume.c. */
rl_status rl_model_info_assume(rl_model_info *info, const rl_safetensors *file, const char *path,
                               const rl_config *config, const rl_dataset *data, rl_error *error);
rl_status rl_model_info_assumptions(char **line, const rl_model_info *info, const char *path,
                                    const rl_config *config, rl_error *error);

/* What rl_model_info_read reads, as text: for any format that keeps keys and values. */
enum { RL_MODEL_METADATA = 12 };
typedef struct {
    const char *pairs[RL_MODEL_METADATA][2]; /* key, value; into this struct, or constant */
    char width[24], ratio[24], dw_size[24], slope[32], mean[128], deviation[128];
    char *classes;
} rl_model_metadata;

/* Release with rl_model_metadata_clear; must not be moved. */
rl_status rl_model_metadata_make(rl_model_metadata *metadata, const rl_model_info *info,
                                 rl_error *error);
void rl_model_metadata_clear(rl_model_metadata *metadata);

/* Fills all weights and statistics of `net` from the file, whose data are loaded when everything
 * fits. Strict: every tensor must be there in
 * its shape, the message lists all that are missing or wrong; tensors of other names are an error
 * too, except under the prefixes "optimizer." and "run." of a checkpoint. What PyTorch's wrappers
 * put before all names ("module.", "_orig_mod.", ..., several in any order) is passed over. On
 * failure the net is unchanged. */
rl_status rl_model_weights_read(rl_net *net, rl_safetensors *file, const char *path,
                                rl_error *error);

/* Could a run that `config` describes start from the weights of option init? Its number of classes
 * is not known before the data are, so the file's is taken for it. RL_OK where there is no such
 * option. weights_compare.c. */
rl_status rl_model_initial_weights_check(const rl_config *config, rl_error *error);

/* In what a file's tensors differ from those of a network, a line each: model_differences.c. */
typedef struct {
    rl_buffer lines; /* release with rl_buffer_clear */
    size_t count;
} rl_differences;
rl_status rl_model_differences(rl_differences *differences, const rl_model_spec *spec,
                               const rl_safetensors *file, rl_error *error);

/* The same; where there are none, reads the file's data, in which values that are no finite numbers
 * are differences, too. */
rl_status rl_model_differences_load(rl_differences *differences, const rl_model_spec *spec,
                                    rl_safetensors *file, rl_error *error);

/* RL_ERROR_MISMATCH with as many of them as an error holds. */
rl_status rl_model_mismatch(const rl_model_spec *spec, const rl_safetensors *file, const char *path,
                            const rl_differences *differences, rl_error *error);

/* The tensor of this name, behind the prefixes that all names of the file share; NULL for none. */
const rl_tensor *rl_model_weights_find(const rl_safetensors *file, const char *name);

/* What the file's names say about a network that they do not fit: one sentence, or NULL. */
const char *rl_model_weights_hint(const rl_safetensors *file, const rl_model_spec *spec);

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
