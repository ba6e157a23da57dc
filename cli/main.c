/* The program `reslab`: finds the command and runs it. */
#include "commands.h"

#include "base/text.h"
#include "help.h"
#include "interrupt.h"
#include "notices.h"
#include "output.h"
#include "print.h"
#include "stack.h"

#include <stdlib.h>
#include <string.h>

/* A name of two words is that of a subcommand: "data info". */
static const cli_command *const commands[] = {
    &train_command,        &eval_command,       &predict_command,    &summary_command,
    &bench_command,        &plot_command,       &compare_command,    &data_info_command,
    &data_get_command,     &data_sheet_command, &study_list_command, &study_run_command,
    &study_status_command, &study_plan_command, &report_command,     &export_command,
    &weights_command,
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void print_program_help(void) {
    printf("usage: reslab COMMAND [options]\n"
           "       reslab --version | --help\n\n"
           "Trains and compares small image classifiers on a CPU.\n\n"
           "Commands ('reslab COMMAND --help' explains each):\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-13s %s\n", commands[i]->name, commands[i]->summary);
    printf("\n%s", exit_codes_help);
}

/* The first words of all names, each once; returns how many. */
static size_t first_words(char words[COMMAND_COUNT][16], const char *names[COMMAND_COUNT]) {
    size_t count = 0;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const char *name = commands[i]->name;
        const size_t length = strcspn(name, " ");
        if (count > 0 && strncmp(words[count - 1], name, length) == 0 && !words[count - 1][length])
            continue;
        snprintf(words[count], sizeof words[count], "%.*s", (int)length, name);
        names[count] = words[count];
        count++;
    }
    return count;
}

static int unknown_command(const char *word) {
    char words[COMMAND_COUNT][16];
    const char *names[COMMAND_COUNT];
    size_t count = first_words(words, names);
    char list[160];
    const char *nearest = rl_text_nearest(word, names, count);
    if (nearest)
        return usage_error("unknown command '%s'; did you mean '%s'?", word, nearest);
    rl_text_list(list, sizeof list, names, count);
    return usage_error("unknown command '%s'; expected %s", word, list);
}

/* The commands "<word> ..."; returns how many. */
static size_t subcommands(const char *word, const cli_command *found[COMMAND_COUNT]) {
    size_t count = 0, length = strlen(word);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strncmp(commands[i]->name, word, length) == 0 && commands[i]->name[length] == ' ')
            found[count++] = commands[i];
    return count;
}

/* `word` has subcommands, `found`; the words after it say which. */
static int run_subcommand(const char *word, const cli_command *const *found, size_t found_count,
                          int count, char **words) {
    const size_t length = strlen(word) + 1;
    const char *names[COMMAND_COUNT];
    char list[160];
    for (size_t i = 0; i < found_count; i++)
        names[i] = found[i]->name;
    rl_text_list(list, sizeof list, names, found_count);
    if (count == 0)
        return usage_error("'reslab %s' needs a command; expected %s", word, list);
    for (size_t i = 0; i < found_count; i++)
        if (strcmp(words[0], names[i] + length) == 0)
            return command_run(found[i], count - 1, words + 1);
    if (strcmp(words[0], "--help") != 0 && strcmp(words[0], "-h") != 0)
        return usage_error("unknown command '%s %s'; expected %s", word, words[0], list);
    if (found_count == 1)
        return command_run(found[0], count, words);
    for (size_t i = 0; i < found_count; i++)
        printf("  %-13s %s\n", names[i], found[i]->summary);
    printf("'reslab %s COMMAND --help' explains each.\n", word);
    return EXIT_SUCCESS;
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
    const cli_command *found[COMMAND_COUNT];
    const size_t found_count = subcommands(word, found);
    if (found_count > 0)
        return run_subcommand(word, found, found_count, count - 1, words + 1);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(word, commands[i]->name) == 0)
            return command_run(commands[i], count - 1, words + 1);
    return unknown_command(word);
}

static int begin(int argc, char **argv) {
    if (!output_begin())
        return EXIT_FAILURE;
    interrupt_begin();
    print_notices();
    return output_finish(run(argc > 0 ? argc - 1 : 0, argv + 1));
}

int main(int argc, char **argv) {
    return stack_run(begin, argc, argv);
}
