/* What the commands on studies share: opening the file with overrides from the command line. */
#ifndef CLI_STUDY_H
#define CLI_STUDY_H

#include "arguments.h"

/* The options that override a study's settings: all but those that a study sets itself. */
bool study_takes(const rl_option *option);

/* Opens the study that is the command's first operand. Returns an exit code, 0 when good; prints
 * what is wrong. */
int study_open(const cli_arguments *arguments, rl_study **study);

/* The study's folder: flag --out, or runs/ and the study's name in letters that are good in a path.
 * Returns an exit code, 0 when good; prints what is wrong. */
enum { STUDY_PATH_SIZE = 1024 };
int study_folder(const cli_arguments *arguments, const rl_study *study,
                 char folder[STUDY_PATH_SIZE]);

/* The directory of a run in the study's folder, cut to the buffer: the library refuses paths that
 * long. */
void study_run_folder(char path[STUDY_PATH_SIZE], const char *folder, const rl_study_run *run);

#endif
