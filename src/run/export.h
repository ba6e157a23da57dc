/* Models for other programs: a format is one file with a row in the table of export.c. */
#ifndef RL_RUN_EXPORT_H
#define RL_RUN_EXPORT_H

#include "run/model.h"

/* `options` are checked; of them, its format's row of the table is this. */
typedef rl_status rl_export_writer(const rl_model *model, const char *path,
                                   const rl_export_options *options, rl_error *error);

rl_export_writer rl_export_onnx;

#endif
