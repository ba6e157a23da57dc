/* Files that the build puts into the library, each a NUL-terminated text. See cmake/Embed.cmake. */
#ifndef RL_CHART_EMBEDDED_H
#define RL_CHART_EMBEDDED_H

extern const char rl_colors_css[];     /* src/chart/colors.css */
extern const char rl_chart_css_text[]; /* colors.css, then chart.css */
extern const char rl_chart_js[];
extern const char rl_dygraph_js[]; /* of the system's package */
extern const char rl_dygraph_css[];

#endif
