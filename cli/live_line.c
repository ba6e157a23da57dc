/* The live line, by carriage return and "erase to the end of the line", which every terminal but a
 * dumb one knows. */
#include "live_line.h"

#include "output.h"
#include "print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The line that stands on the terminal, if one does. */
static live_line *drawn;

double monotonic_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void live_line_begin(live_line *line) {
    const char *terminal = getenv("TERM");
    const bool possible = isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
    *line = (live_line){.possible = possible};
}

void live_line_draw(live_line *line, const char *text) {
    char cut[256];
    const size_t width = terminal_width(80);
    /* The last column stays free: some terminals wrap when it is written. */
    snprintf(cut, sizeof cut, "%.*s", (int)(width > 1 ? width - 1 : 1), text);
    fputs("\r", stdout);
    print_text(stdout, cut);
    fputs("\033[K", stdout);
    output_flush();
    line->is_drawn = true;
    drawn = line;
}

void live_line_clear(live_line *line) {
    if (line->is_drawn)
        fputs("\r\033[K", stdout);
    line->is_drawn = false;
    drawn = NULL;
    output_flush();
}

void live_line_clear_any(void) {
    if (drawn)
        live_line_clear(drawn);
}

void live_line_bar(char bar[LIVE_BAR_SIZE], double share) {
    const size_t width = terminal_width(80) >= 90 ? 20 : 10;
    const size_t full = (size_t)((share > 1 ? 1 : share) * (double)width);
    bar[0] = '[';
    for (size_t i = 0; i < width; i++)
        bar[1 + i] = i < full ? '#' : '.';
    bar[1 + width] = ']';
    bar[2 + width] = '\0';
}
