/* A line at the bottom of a terminal that is drawn anew while work goes on. */
#ifndef CLI_LIVE_LINE_H
#define CLI_LIVE_LINE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    bool possible; /* stdout is a terminal that can redraw a line */
    bool is_drawn;
} live_line;

void live_line_begin(live_line *line);

/* Draws `text` in place of what stood there, cut to the width that the terminal has at the moment,
 * so that it never wraps. */
void live_line_draw(live_line *line, const char *text);

/* Takes the line away, so that what follows starts on a clean one. */
void live_line_clear(live_line *line);

/* live_line_clear of the line that is drawn, whichever it is: before something is written to
 * stderr. */
void live_line_clear_any(void);

/* "[#####.....]" of a share in 0..1; a wide terminal has a longer bar. */
enum { LIVE_BAR_SIZE = 24 };
void live_line_bar(char bar[LIVE_BAR_SIZE], double share);

/* Of a clock that only goes forward. */
double monotonic_seconds(void);

#endif
