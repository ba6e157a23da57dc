/* reslab data get: downloads a data set, with a live line where there is a terminal. */
#include "commands.h"

#include "base/text.h"
#include "interrupt.h"
#include "live_line.h"
#include "output.h"
#include "print.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_flag flags[] = {
    {"url", "URL",
     "Get it from this mirror instead: the archive or, of a set of several files, the folder that "
     "has them; https://, http:// or file://"},
    {"out", "DIR", "Make the set's folder in DIR (default: $RESLAB_DATA, else ~/.cache/reslab)"},
    {"list", NULL, "List the data sets that can be downloaded"},
    {"quiet", NULL, "Print nothing but errors"},
    {0}};

typedef struct {
    bool quiet;
    live_line line;
    double drawn_at;
    size_t number; /* of the last file that a line began or was printed for */
} download_view;

static const double live_interval = 0.1, plain_interval = 10;

static void describe(char *buffer, size_t size, const rl_data_progress *progress) {
    char bytes[32], total[32], speed[32], left[32];
    const double missing = (double)(progress->total - progress->bytes);
    const double rate = progress->bytes_per_second;
    format_bytes(bytes, sizeof bytes, progress->bytes);
    format_bytes(total, sizeof total, progress->total);
    format_bytes(speed, sizeof speed, (uint64_t)rate);
    format_duration(left, sizeof left, rate > 0 ? missing / rate : NAN);
    snprintf(buffer, size, "%s of %s  %s/s  %s left", bytes, total, speed, left);
}

static void draw_live(download_view *view, const rl_data_progress *progress) {
    char line[256], bar[LIVE_BAR_SIZE], state[160];
    const double share = (double)progress->bytes / (double)progress->total;
    live_line_bar(bar, share);
    describe(state, sizeof state, progress);
    /* The name comes last: where the terminal is narrow, it is what can be done without. */
    snprintf(line, sizeof line, "file %zu/%zu  %s %3.0f%%  %s  %s", progress->number,
             progress->files, bar, floor(100 * share), state, progress->file);
    live_line_draw(&view->line, line);
}

/* A line for each file as it begins, then one now and then. */
static void print_plain(download_view *view, const rl_data_progress *progress) {
    char state[160], total[32];
    if (view->number != progress->number) {
        format_bytes(total, sizeof total, progress->total);
        printf("file %zu/%zu  %s  %s\n", progress->number, progress->files, progress->file, total);
    } else {
        describe(state, sizeof state, progress);
        printf("file %zu/%zu  %s  %s\n", progress->number, progress->files, progress->file, state);
    }
    output_flush();
}

static bool on_progress(const rl_data_progress *progress, void *context) {
    download_view *view = context;
    const double now = monotonic_seconds();
    const double interval = view->line.possible ? live_interval : plain_interval;
    const bool is_new = view->number != progress->number;
    if (!view->quiet && (is_new || now - view->drawn_at >= interval)) {
        (view->line.possible ? draw_live : print_plain)(view, progress);
        view->drawn_at = now;
        view->number = progress->number;
    }
    return interrupt_signal() == 0;
}

static int list_sources(void) {
    const rl_data_source *source;
    printf("%-14s %12s  %s\n", "name", "download", "from");
    for (size_t i = 0; (source = rl_data_source_at(i)); i++) {
        char bytes[32];
        format_bytes(bytes, sizeof bytes, source->bytes);
        printf("%-14s %12s  %s\n", source->name, bytes, source->url);
    }
    return EXIT_SUCCESS;
}

static int fail_unnamed(void) {
    enum { NAMES_MAX = 32 };
    const char *names[NAMES_MAX];
    char list[512];
    size_t count = 0;
    for (; count < NAMES_MAX && rl_data_source_at(count); count++)
        names[count] = rl_data_source_at(count)->name;
    rl_text_list(list, sizeof list, names, count);
    return usage_error("'reslab data get' needs the name of a data set: %s", list);
}

static int report_stopped(const rl_data_request *request) {
    const int number = interrupt_signal();
    const char *url = request->url, *folder = request->folder;
    print_error("stopped; what came is kept, go on with: reslab data get %s%s%s%s%s%s%s",
                request->name, url ? " --url '" : "", url ? url : "", url ? "'" : "",
                folder ? " --out '" : "", folder ? folder : "", folder ? "'" : "");
    return number ? 128 + number : EXIT_FAILURE;
}

static void print_result(const rl_data_request *request, const rl_data_result *result) {
    fputs(result->was_there ? "already there, and whole: " : "verified, and whole: ", stdout);
    print_text(stdout, result->folder);
    fputs("\nuse it with: reslab train --data ", stdout);
    /* By its name it is found only in the usual places. */
    print_text(stdout, request->folder ? result->folder : request->name);
    putchar('\n');
}

static int run_data_get(const cli_arguments *arguments) {
    download_view view = {.quiet = arguments_flag(arguments, "quiet")};
    const rl_data_request request = {.name = arguments_operand(arguments, 0),
                                     .url = arguments_flag(arguments, "url"),
                                     .folder = arguments_flag(arguments, "out"),
                                     .progress = on_progress,
                                     .context = &view};
    rl_error error;
    rl_data_result result;
    if (arguments_flag(arguments, "list"))
        return list_sources();
    if (!request.name)
        return fail_unnamed();
    live_line_begin(&view.line);
    interrupt_outlive_reader();
    interrupt_catch();
    const rl_status status = rl_data_get(&request, &result, &error);
    live_line_clear(&view.line);
    if (status == RL_STOPPED)
        return report_stopped(&request);
    if (status != RL_OK)
        return fail(&error);
    if (!view.quiet)
        print_result(&request, &result);
    return EXIT_SUCCESS;
}

const cli_command data_get_command = {
    .name = "data get",
    .operands = "NAME",
    .summary = "Download a data set, verify it, and put it where --data NAME finds it",
    .notes =
        "Every file is held to its known size and SHA-256 before anything is put in place; of an\n"
        "archive only the known files are unpacked. Ctrl-C, or a connection that breaks, keeps\n"
        "what came: the same command goes on from there. Certificates are always verified, and\n"
        "redirects followed to https only.\n",
    .operands_minimum = 0,
    .operands_maximum = 1,
    .flags = flags,
    .run = run_data_get,
};
