/* Command lines. A command lists its own flags and which rows of the library's option table it
 * takes; parsing, error messages with the nearest name, and --help follow from that. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "reslab.h"

typedef struct cli_arguments cli_arguments;

typedef struct {
    const char *name;  /* "json" for --json; NULL ends a list */
    const char *value; /* what --help calls its value; NULL for a switch */
    const char *help;
} cli_flag;

typedef struct {
    const char *name;     /* "train"; "data info" */
    const char *operands; /* "MODEL"; "" for none */
    const char *summary;  /* one line */
    const char *notes;    /* paragraphs at the end of --help; NULL for none */
    size_t operands_minimum, operands_maximum;
    bool lists_image_names;                     /* --help says how image files are called */
    const cli_flag *flags;                      /* the command's own */
    bool (*takes)(const rl_option *option);     /* of the library's options; NULL for none */
    int (*run)(const cli_arguments *arguments); /* returns the exit code */
} cli_command;

/* Reads the words after the command's name and runs it, or prints its --help. Returns the exit
 * code. */
int command_run(const cli_command *command, int count, char **words);

size_t arguments_operand_count(const cli_arguments *arguments);
const char *arguments_operand(const cli_arguments *arguments, size_t index);

/* The value of one of the command's own flags ("" for a switch); NULL when it was not given. */
const char *arguments_flag(const cli_arguments *arguments, const char *name);

/* Was this option of the library given? */
bool arguments_gives(const cli_arguments *arguments, const char *option);

/* The first given option of the library that is not among `allowed`, which NULL ends; NULL when
 * there is none. */
const char *arguments_gives_other(const cli_arguments *arguments, const char *const *allowed);

/* Sets the given options of the library in `config`, as rl_config_set_all. */
rl_status arguments_apply(const cli_arguments *arguments, rl_config *config, rl_error *error);

/* The given options of the library and their values, in pairs ended by NULL; release with free.
 * NULL when there is no memory. */
const char **arguments_pairs(const cli_arguments *arguments);

/* A flag's whole number in minimum..maximum; `fallback` when it was not given. Prints what is wrong
 * and returns false otherwise. */
bool arguments_number(const cli_arguments *arguments, const char *name, uint64_t fallback,
                      uint64_t minimum, uint64_t maximum, uint64_t *value);

/* Is it one of those that say which images are meant: data, seed, labels, skip-bad? */
bool option_is_of_data(const rl_option *option);

/* A number in a configuration. */
uint64_t config_number(const rl_config *config, const char *name);

#endif
