/* reslab's models from and for other programs: weights that PyTorch saved, ONNX. Part of the public
 * interface; reslab.h includes it, with the conventions stated there. */
#ifndef RESLAB_EXCHANGE_H
#define RESLAB_EXCHANGE_H

#include "reslab.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Weights of other programs ---- */

/* rl_model_load for weights of any origin. A file without reslab's metadata is taken for the model
 * that `config` describes: model, activation, negative-slope, ghost-*, normalize. Width and number
 * of classes are those of its tensors; class names, and the statistics for `normalize` "dataset",
 * are those of `data`, which may be NULL: then the classes are "0", "1", ... and `normalize` must
 * be another. Of a file with metadata, only the option threads is looked at. */
RL_API rl_status rl_model_load_as(rl_model **model, const char *path, const rl_config *config,
                                  const rl_dataset *data, rl_error *error);

/* What rl_model_load_as took from `config` and `data`, in one line; NULL where the file said it
 * itself. */
RL_API const char *rl_model_assumptions(const rl_model *model);

/* Tells in what the weights of a file differ from those of the network that its metadata describe,
 * or `config` where it has none (as rl_model_load_as): a line for each tensor that is missing, has
 * another shape or type, holds a value that is not finite, or belongs to no layer. RL_OK where
 * there is none, else RL_ERROR_MISMATCH. */
typedef void rl_difference_function(const char *line, void *context);
RL_API rl_status rl_weights_compare(const char *path, const rl_config *config,
                                    rl_difference_function *tell, void *context, rl_error *error);

/* ---- Export ---- */

typedef struct {
    const char *format;   /* "onnx" or "safetensors" (rl_model_save); NULL: what `path` ends in,
                             else onnx */
    int opset;            /* onnx: version of the operators, 17 or 20; 0: 17 */
    bool fold_batch_norm; /* onnx: batch norms become part of the convolutions before them */
    bool pixels;          /* onnx: the input is uint8, 0..255, and normalised in the graph */
    bool softmax;         /* onnx: the output is probabilities, not logits */
} rl_export_options;

/* Writes a model for other programs. ONNX: input "images", float [batch][3][32][32] normalised as
 * the metadata say (uint8 with `pixels`), R, G, B planes; output "logits" (with `softmax`
 * "probabilities"), float [batch][classes]. The metadata are those of rl_model_save. Replaces
 * `path` atomically. options may be NULL. RL_ERROR_ARGUMENT for an unknown format or opset, options
 * that the format has not, and a model too large for the format. */
RL_API rl_status rl_model_export(const rl_model *model, const char *path,
                                 const rl_export_options *options, rl_error *error);

/* The names of the formats, by index; NULL past the last. */
RL_API const char *rl_export_format_name(size_t index);

#ifdef __cplusplus
}
#endif

#endif
