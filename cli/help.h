/* --help, made from the same tables that the command line is read with. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "arguments.h"

/* Exit codes, for the end of every --help. */
extern const char exit_codes_help[];

void print_command_help(const cli_command *command);

#endif
