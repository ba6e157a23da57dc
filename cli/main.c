/* The program `reslab`: finds the command and runs it. */
#include "commands.h"

#include "base/text.h"
#include "help.h"
#include "print.h"
#include "spinning.h"

#include <stdlib.h>
#include <string.h>

static const cli_command *const commands[] = {&train_command,   &eval_command,  &predict_command,
                                              &summary_command, &bench_command, &data_info_command};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void print_program_help(void) {
    printf("usage: reslab COMMAND [options]\n"
           "       reslab --version | --help\n\n"
           "Trains and compares small image classifiers on a CPU.\n\n"
           "Commands ('reslab COMMAND --help' explains each):\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-11s %s\n", commands[i]->name, commands[i]->summary);
    printf("\n%s", exit_codes_help);
}

static int unknown_command(const char *word) {
    static const char *const names[] = {"train", "eval", "predict", "summary", "bench", "data"};
    size_t count = sizeof names / sizeof *names;
    char list[128];
    const char *nearest = rl_text_nearest(word, names, count);
    if (nearest)
        return usage_error("unknown command '%s'; did you mean '%s'?", word, nearest);
    rl_text_list(list, sizeof list, names, count);
    return usage_error("unknown command '%s'; expected %s", word, list);
}

/* `data` has subcommands. */
static int run_data(int count, char **words) {
    if (count > 0 && strcmp(words[0], "info") == 0)
        return command_run(&data_info_command, count - 1, words + 1);
    if (count > 0 && (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0))
        return command_run(&data_info_command, count, words);
    if (count > 0)
        return usage_error("unknown command 'data %s'; expected 'data info'", words[0]);
    return usage_error("'reslab data' needs a command: 'reslab data info PATH'");
}

static int run(int count, char **words) {
    if (count == 0) {
        return usage_error("a command is missing; 'reslab --help' lists them");
    }
    const char *word = words[0];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        print_program_help();
        return EXIT_SUCCESS;
    }
    if (strcmp(word, "--version") == 0) {
        printf("reslab %s\n", rl_version());
        return EXIT_SUCCESS;
    }
    if (word[0] == '-')
        return usage_error("unknown option '%s'; 'reslab --help' lists the commands", word);
    if (strcmp(word, "data") == 0)
        return run_data(count - 1, words + 1);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(word, commands[i]->name) == 0)
            return command_run(commands[i], count - 1, words + 1);
    return unknown_command(word);
}

int main(int argc, char **argv) {
    limit_spinning(argv);
    return finish_output(run(argc > 0 ? argc - 1 : 0, argv + 1));
}
