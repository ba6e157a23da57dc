/* Reads command lines: --name value, --name=value, and for booleans --name, --no-name,
 * --name=false, --name false. The last of repeated options wins. "--" ends the options. Values are
 * checked by the library, which owns the option table; there are no one-letter options but -h, and
 * -o for --output. */
#include "arguments.h"

#include "base/text.h"
#include "help.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const cli_flag *flag; /* one of these two */
    const rl_option *option;
    const char *value;
} cli_setting;

struct cli_arguments {
    const cli_command *command;
    cli_setting *settings;
    size_t setting_count;
    const char **operands;
    size_t operand_count;
};

/* --batch_size is --batch-size, as in YAML files. */
static bool same_name(const char *name, const char *word, size_t length) {
    if (strlen(name) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (name[i] != (word[i] == '_' ? '-' : word[i]))
            return false;
    return true;
}

/* Finds the flag or option called word[0..length). */
static bool find_name(const cli_command *command, const char *word, size_t length,
                      cli_setting *found) {
    *found = (cli_setting){0};
    for (const cli_flag *flag = command->flags; flag && flag->name; flag++)
        if (same_name(flag->name, word, length)) {
            found->flag = flag;
            return true;
        }
    const rl_option *option;
    for (size_t i = 0; command->takes && (option = rl_option_at(i)); i++)
        if (command->takes(option) && same_name(option->name, word, length)) {
            found->option = option;
            return true;
        }
    return false;
}

static int unknown_option(const cli_command *command, const char *word, size_t length) {
    const char *names[128] = {"help"};
    size_t count = 1;
    for (const cli_flag *flag = command->flags; flag && flag->name && count < 128; flag++)
        names[count++] = flag->name;
    const rl_option *option;
    for (size_t i = 0; command->takes && (option = rl_option_at(i)) && count < 128; i++)
        if (command->takes(option))
            names[count++] = option->name;

    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)(length < 255 ? length : 255), word);
    const char *nearest = rl_text_nearest(name, names, count);
    if (nearest)
        return usage_error("unknown option '--%s' of 'reslab %s'; did you mean '--%s'?", name,
                           command->name, nearest);
    return usage_error("unknown option '--%s'; 'reslab %s --help' lists the options", name,
                       command->name);
}

/* Completes `found`, whose value has not been given with '='. *next is the following word, or
 * NULL; returns whether it was used. */
static bool take_next_word(cli_setting *found, const char *next) {
    bool boolean;
    if (found->option && found->option->type == RL_OPTION_BOOL) {
        bool follows = next && rl_text_to_bool(next, &boolean);
        found->value = follows ? next : "true";
        return follows;
    }
    if (found->flag && !found->flag->value) {
        found->value = "";
        return false;
    }
    if (!next || strncmp(next, "--", 2) == 0)
        return false;
    found->value = next;
    return true;
}

/* One option at words[0]; *used is how many words it took. Returns an exit code, 0 when good. */
static int parse_option(cli_arguments *arguments, int count, char **words, int *used) {
    const char *name = words[0] + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    cli_setting found;
    *used = 1;
    if (find_name(arguments->command, name, length, &found)) {
        if (equals && found.flag && !found.flag->value)
            return usage_error("option '--%s' takes no value", found.flag->name);
        if (equals)
            found.value = equals + 1;
        else
            *used += take_next_word(&found, count > 1 ? words[1] : NULL);
        if (!found.value)
            return usage_error("option '%s' needs a value", words[0]);
    } else if (length > 3 && strncmp(name, "no-", 3) == 0 &&
               find_name(arguments->command, name + 3, length - 3, &found) && found.option &&
               found.option->type == RL_OPTION_BOOL) {
        if (equals)
            return usage_error("option '--no-%s' takes no value", found.option->name);
        found.value = "false";
    } else {
        return unknown_option(arguments->command, name, length);
    }
    arguments->settings[arguments->setting_count++] = found;
    return 0;
}

static int check_operand_count(const cli_arguments *arguments) {
    const cli_command *command = arguments->command;
    if (arguments->operand_count < command->operands_minimum)
        return usage_error("'reslab %s' needs %s; see 'reslab %s --help'", command->name,
                           command->operands, command->name);
    if (arguments->operand_count > command->operands_maximum)
        return usage_error("unexpected argument '%s'; see 'reslab %s --help'",
                           arguments->operands[command->operands_maximum], command->name);
    return 0;
}

static bool takes_output(const cli_command *command) {
    cli_setting found;
    return find_name(command, "output", strlen("output"), &found);
}

static int parse(cli_arguments *arguments, int count, char **words) {
    bool options_ended = false;
    for (int i = 0, used; i < count; i += used) {
        used = 1;
        if (options_ended || words[i][0] != '-' || strcmp(words[i], "-") == 0) {
            arguments->operands[arguments->operand_count++] = words[i];
        } else if (strcmp(words[i], "--") == 0) {
            options_ended = true;
        } else if (strcmp(words[i], "-o") == 0 && takes_output(arguments->command)) {
            char output[] = "--output", *renamed[] = {output, i + 1 < count ? words[i + 1] : NULL};
            const int code = parse_option(arguments, renamed[1] ? 2 : 1, renamed, &used);
            if (code)
                return code;
        } else if (words[i][1] != '-') {
            return usage_error("unknown option '%s'; 'reslab %s --help' lists the options",
                               words[i], arguments->command->name);
        } else {
            int code = parse_option(arguments, count - i, words + i, &used);
            if (code)
                return code;
        }
    }
    return check_operand_count(arguments);
}

static bool asks_for_help(int count, char **words) {
    for (int i = 0; i < count && strcmp(words[i], "--") != 0; i++)
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0)
            return true;
    return false;
}

int command_run(const cli_command *command, int count, char **words) {
    if (asks_for_help(count, words)) {
        print_command_help(command);
        return EXIT_SUCCESS;
    }
    size_t room = (size_t)count + 1;
    cli_arguments arguments = {.command = command,
                               .settings = calloc(room, sizeof(cli_setting)),
                               .operands = calloc(room, sizeof(char *))};
    int code;
    if (!arguments.settings || !arguments.operands)
        code = fail_memory();
    else if ((code = parse(&arguments, count, words)) == 0)
        code = command->run(&arguments);
    free(arguments.settings);
    free(arguments.operands);
    return code;
}

size_t arguments_operand_count(const cli_arguments *arguments) {
    return arguments->operand_count;
}

const char *arguments_operand(const cli_arguments *arguments, size_t index) {
    return index < arguments->operand_count ? arguments->operands[index] : NULL;
}

const char *arguments_flag(const cli_arguments *arguments, const char *name) {
    for (size_t i = arguments->setting_count; i-- > 0;)
        if (arguments->settings[i].flag && strcmp(arguments->settings[i].flag->name, name) == 0)
            return arguments->settings[i].value;
    return NULL;
}

bool arguments_gives(const cli_arguments *arguments, const char *option) {
    for (size_t i = 0; i < arguments->setting_count; i++)
        if (arguments->settings[i].option &&
            strcmp(arguments->settings[i].option->name, option) == 0)
            return true;
    return false;
}

const char *arguments_gives_other(const cli_arguments *arguments, const char *const *allowed) {
    for (size_t i = 0; i < arguments->setting_count; i++) {
        const rl_option *option = arguments->settings[i].option;
        size_t a = 0;
        while (option && allowed[a] && strcmp(option->name, allowed[a]) != 0)
            a++;
        if (option && !allowed[a])
            return option->name;
    }
    return NULL;
}

rl_status arguments_apply(const cli_arguments *arguments, rl_config *config, rl_error *error) {
    static const rl_error no_memory = {RL_ERROR_MEMORY, -1, "not enough memory for the options"};
    const char **pairs = arguments_pairs(arguments);
    if (!pairs)
        *error = no_memory;
    const rl_status status = pairs ? rl_config_set_all(config, pairs, error) : RL_ERROR_MEMORY;
    free(pairs);
    return status;
}

const char **arguments_pairs(const cli_arguments *arguments) {
    const char **pairs = calloc(2 * arguments->setting_count + 1, sizeof *pairs);
    size_t count = 0;
    for (size_t i = 0; pairs && i < arguments->setting_count; i++)
        if (arguments->settings[i].option) {
            pairs[count++] = arguments->settings[i].option->name;
            pairs[count++] = arguments->settings[i].value;
        }
    return pairs;
}

bool arguments_number(const cli_arguments *arguments, const char *name, uint64_t fallback,
                      uint64_t minimum, uint64_t maximum, uint64_t *value) {
    const char *text = arguments_flag(arguments, name);
    *value = fallback;
    if (!text || (rl_text_to_u64(text, value) && *value >= minimum && *value <= maximum))
        return true;
    usage_error("option '--%s' is '%s'; expected a whole number from %llu to %llu", name, text,
                (unsigned long long)minimum, (unsigned long long)maximum);
    return false;
}

bool option_is_of_data(const rl_option *option) {
    static const char *const names[] = {"data", "seed", "labels", "skip-bad"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(option->name, names[i]) == 0)
            return true;
    return false;
}

uint64_t config_number(const rl_config *config, const char *name) {
    uint64_t value = 0;
    const char *text = rl_config_get(config, name);
    if (text)
        rl_text_to_u64(text, &value);
    return value;
}
