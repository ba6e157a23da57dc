/* The colours of arms: Okabe and Ito's palette (2008, "Color Universal Design"), without its
 * yellow, which white paper swallows, and with black last. */
#include "chart/chart.h"

const char *rl_palette(size_t color) {
    static const char *const colors[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                         "#e69f00", "#56b4e9", "#000000"};
    return colors[color % (sizeof colors / sizeof *colors)];
}
