/* reslab report: writes the report on a study. */
#include "commands.h"

#include "interrupt.h"
#include "place.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>

static const cli_flag flags[] = {
    {"lang", "LANGUAGE", "Language of the report: en or zh (default en)"},
    {"format", "LIST", "What to write: html, md, pdf, separated by commas (default html,md)"},
    {0}};

static bool read_language(const cli_arguments *arguments, rl_language *language) {
    static const char *const names[] = {[RL_LANGUAGE_ENGLISH] = "en", [RL_LANGUAGE_CHINESE] = "zh"};
    const char *value = arguments_flag(arguments, "lang");
    *language = RL_LANGUAGE_ENGLISH;
    if (!value)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(value, names[i]) == 0) {
            *language = (rl_language)i;
            return true;
        }
    usage_error("--lang: unknown language '%s'; expected en or zh", value);
    return false;
}

/* The places of one format: its name, its file, and the option that asks for it. */
typedef struct {
    const char *name, *file;
    bool *wanted;
} format;

static bool want(const format *formats, size_t count, const char *name, size_t length) {
    for (size_t i = 0; i < count; i++)
        if (strlen(formats[i].name) == length && strncmp(formats[i].name, name, length) == 0) {
            *formats[i].wanted = true;
            return true;
        }
    usage_error("--format: unknown format '%.*s'; expected html, md or pdf, or some of them "
                "separated by commas",
                (int)length, name);
    return false;
}

static bool read_formats(const cli_arguments *arguments, const format *formats, size_t count) {
    const char *value = arguments_flag(arguments, "format");
    for (const char *at = value ? value : "html,md";;) {
        const size_t length = strcspn(at, ",");
        if (!want(formats, count, at, length))
            return false;
        if (!at[length])
            return true;
        at += length + 1;
    }
}

static bool go_on(void *context) {
    (void)context;
    return interrupt_signal() == 0;
}

static int run_report(const cli_arguments *arguments) {
    rl_report_options options = {0};
    const format formats[] = {{"html", "report.html", &options.html},
                              {"md", "report.md", &options.markdown},
                              {"pdf", "report.pdf", &options.pdf}};
    enum { FORMATS = sizeof formats / sizeof *formats };
    const char *directory = arguments_operand(arguments, 0);
    rl_error error;
    if (!read_language(arguments, &options.language) || !read_formats(arguments, formats, FORMATS))
        return EXIT_USAGE;
    if (place_expect(directory, PLACE(RL_PATH_STUDY), "the folder of a study") != EXIT_SUCCESS)
        return EXIT_FAILURE;
    options.go_on = go_on;
    interrupt_catch();
    const rl_status status = rl_report_write(directory, &options, &error);
    if (status == RL_STOPPED) {
        print_error("%s: %s", directory, error.message);
        return 128 + interrupt_signal();
    }
    if (status != RL_OK)
        return fail(&error);
    for (size_t i = 0; i < FORMATS; i++)
        if (*formats[i].wanted) {
            print_text(stdout, directory);
            printf("%s%s\n", directory[strlen(directory) - 1] == '/' ? "" : "/", formats[i].file);
        }
    return EXIT_SUCCESS;
}

const cli_command report_command = {
    .name = "report",
    .operands = "STUDY_DIR",
    .summary = "Write the report on a study: figures, tables and analysis",
    .notes =
        "STUDY_DIR is a folder made by 'reslab study run'. The report goes into it: report.html,\n"
        "one page that needs no network; report.md with figures/*.svg and *.png; report.pdf,\n"
        "which is printed by an installed Chromium. Runs that are not done are left out, and\n"
        "said to be missing.\n",
    .operands_minimum = 1,
    .operands_maximum = 1,
    .flags = flags,
    .run = run_report,
};
