/* The colours of arms on light ground: Okabe and Ito's palette (2008, "Color Universal Design")
 * without its yellow, and with orange, sky blue and purple darkened until each stands out 3:1 from
 * white paper. Those on dark ground are in colors.css; both are held to 3:1 by a test. */
#include "chart/chart.h"
#include "chart/style.h"

const char *rl_palette(size_t color) {
    static const char *const colors[RL_COLORS] = {"#0072b2", "#d55e00", "#009e73", "#c46a9b",
                                                  "#b97800", "#3a9ad9", "#000000"};
    return colors[color % RL_COLORS];
}

size_t rl_dashes(size_t color, const double **lengths) {
    static const double patterns[RL_DASHES][6] = {
        {0}, {8, 4}, {2.5, 2.5}, {10, 3, 2.5, 3}, {5, 2}, {12, 3, 2.5, 3, 2.5, 3}};
    static const size_t counts[RL_DASHES] = {0, 2, 2, 4, 2, 6};
    const size_t pattern = color % RL_DASHES;
    *lengths = patterns[pattern];
    return counts[pattern];
}
