/* What pages with charts carry along: style sheets and scripts, as the build embedded them. */
#include "chart/chart.h"
#include "chart/embedded.h"

const char *rl_chart_css(void) {
    return rl_chart_css_text;
}

const char *rl_chart_script(void) {
    return rl_chart_js;
}

const char *rl_dygraphs_script(void) {
    return rl_dygraph_js;
}

const char *rl_dygraphs_css(void) {
    return rl_dygraph_css;
}
