/* --help of the commands: usage, the command's own flags, then the library's options by group with
 * choices, range, unit and default. Nothing here is written twice: a new row of the option table
 * shows up by itself. */
#include "help.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { INDENT = 28, WIDTH = 96 };

const char exit_codes_help[] =
    "Exit codes:\n"
    "  0    success\n"
    "  1    failure: a file that cannot be read, written or understood, no memory, ...\n"
    "  2    wrong usage: an unknown option or command, a value out of range, a missing argument\n"
    "  3    diverged: a loss, gradient or weight of training, or a logit of a model, is not "
    "finite\n"
    "  130  stopped by SIGINT (Ctrl-C); 143: by SIGTERM; 129: by SIGHUP. Training has written a\n"
    "       checkpoint\n";

/* Prints `text` from column `column` on, with its lines broken between words at WIDTH. */
static void print_wrapped(size_t column, const char *text) {
    if (column >= INDENT) {
        putchar('\n');
        column = 0;
    }
    printf("%*s", (int)(INDENT - column), "");
    column = INDENT;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (column > INDENT && column + 1 + length > WIDTH) {
            printf("\n%*s", INDENT, "");
            column = INDENT;
        }
        column += (size_t)printf("%s%.*s", column > INDENT ? " " : "", (int)length, text);
        text += length + strspn(text + length, " ");
    }
    putchar('\n');
}

static const char *value_name(const rl_option *option) {
    switch (option->type) {
    case RL_OPTION_BOOL:
        return "";
    case RL_OPTION_INTEGER:
        return " N";
    case RL_OPTION_REAL:
        return " X";
    case RL_OPTION_CHOICE:
        return " NAME";
    case RL_OPTION_TEXT:
        break;
    }
    return strcmp(option->unit, "folder") == 0 ? " DIR"
           : strcmp(option->unit, "file") == 0 ? " FILE"
                                               : " PATH";
}

/* A bound of a whole number. The table keeps bounds as doubles, and the largest seed rounds up to
 * one past it there. */
static unsigned long long whole(double bound) {
    return bound >= 0x1p64 ? UINT64_MAX : (unsigned long long)bound;
}

/* "Images a step (1 to 65536 images; default 128)" */
static void describe_values(char *buffer, size_t size, const rl_option *option) {
    char values[512] = "";
    size_t count = 0;
    switch (option->type) {
    case RL_OPTION_CHOICE:
        while (option->choices[count])
            count++;
        rl_text_list(values, sizeof values, option->choices, count);
        break;
    case RL_OPTION_INTEGER:
        snprintf(values, sizeof values, "%llu to %llu%s%s", whole(option->minimum),
                 whole(option->maximum), *option->unit ? " " : "", option->unit);
        break;
    case RL_OPTION_REAL:
        snprintf(values, sizeof values, "%.10g to %.10g%s%s", option->minimum, option->maximum,
                 *option->unit ? " " : "", option->unit);
        break;
    case RL_OPTION_BOOL:
    case RL_OPTION_TEXT:
        break;
    }
    bool has_default = *option->default_text != '\0';
    if (*values || has_default)
        snprintf(buffer, size, "%s (%s%s%s%s)", option->help, values,
                 *values && has_default ? "; " : "", has_default ? "default " : "",
                 option->default_text);
    else
        snprintf(buffer, size, "%s", option->help);
}

static void print_option(const rl_option *option) {
    char text[1024];
    int column = option->type == RL_OPTION_BOOL
                     ? printf("  --[no-]%s", option->name)
                     : printf("  --%s%s", option->name, value_name(option));
    describe_values(text, sizeof text, option);
    print_wrapped((size_t)column, text);
}

static void print_library_options(const cli_command *command) {
    const char *group = "";
    const rl_option *option;
    for (size_t i = 0; command->takes && (option = rl_option_at(i)); i++) {
        if (!command->takes(option))
            continue;
        if (strcmp(option->group, group) != 0)
            printf("\n%s:\n", option->group);
        group = option->group;
        print_option(option);
    }
}

/* What each recipe sets, where the command takes them. */
static void print_recipes(const cli_command *command) {
    const rl_option *option;
    bool takes = false;
    for (size_t i = 0; command->takes && (option = rl_option_at(i)); i++)
        takes = takes || (strcmp(option->name, "recipe") == 0 && command->takes(option));
    const rl_recipe *recipe;
    for (size_t i = 0; takes && (recipe = rl_recipe_at(i)); i++) {
        char text[1024];
        int length = snprintf(text, sizeof text, "%s:", recipe->help);
        for (const char *const *pair = recipe->settings; *pair && length < (int)sizeof text;
             pair += 2)
            length += snprintf(text + length, sizeof text - (size_t)length, "%s %s %s",
                               pair == recipe->settings ? "" : ",", pair[0], pair[1]);
        printf("%s", i == 0 ? "\nRecipes:\n" : "");
        print_wrapped((size_t)printf("  %s", recipe->name), text);
    }
}

void print_command_help(const cli_command *command) {
    printf("usage: reslab %s%s%s [options]\n\n%s.\n\nOptions:\n", command->name,
           *command->operands ? " " : "", command->operands, command->summary);
    for (const cli_flag *flag = command->flags; flag && flag->name; flag++) {
        int column = printf("  --%s%s%s", flag->name, flag->value ? " " : "",
                            flag->value ? flag->value : "");
        print_wrapped((size_t)column, flag->help);
    }
    print_wrapped((size_t)printf("  --help"), "Print this text");
    print_library_options(command);
    print_recipes(command);
    if (command->notes)
        printf("\n%s", command->notes);
    if (command->lists_image_names) {
        char endings[128];
        rl_image_endings(endings, sizeof endings);
        printf("In folders, files are images whose names end in %s.\n", endings);
    }
    printf("\n%s", exit_codes_help);
}
