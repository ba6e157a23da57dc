/* What the commands on studies share: opening the file with overrides from the command line. */
#ifndef CLI_STUDY_H
#define CLI_STUDY_H

#include "arguments.h"

/* The options that override a study's settings: all but those that a study sets itself. */
bool study_takes(const rl_option *option);

/* Opens the study that is the command's first operand. Returns an exit code, 0 when good; prints
 * what is wrong. */
int study_open(const cli_arguments *arguments, rl_study **study);

#endif
