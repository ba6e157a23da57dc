/* Models for eval, predict and export: run directories, reslab's files, and weights that other
 * programs saved, which the command line has to describe. */
#ifndef CLI_LOAD_MODEL_H
#define CLI_LOAD_MODEL_H

#include "arguments.h"

/* Does the option say what weights are that do not say it: model, activation, ghost-..., normalize?
 */
bool option_describes_weights(const rl_option *option);

/* Loads the model at `path` with the options given; of those that describe weights, every one is an
 * error where the file describes itself. `data` of eval may be given for its classes; NULL opens
 * the data set of the options, where weights need it. What was assumed is said on stderr. Returns
 * an exit code; *model is NULL where it is not 0. */
int load_model(const cli_arguments *arguments, const char *path, rl_model **model);
int load_model_for(const cli_arguments *arguments, const char *path, const rl_config *config,
                   const rl_dataset *data, rl_model **model);

#endif
