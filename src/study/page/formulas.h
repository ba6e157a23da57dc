/* The formulas of activations and update rules, written once in a small notation that becomes HTML
 * or plain text: "_{...}" and "^{...}" (or "_x", "^x") for what stands lower and higher. */
#ifndef RL_STUDY_PAGE_FORMULAS_H
#define RL_STUDY_PAGE_FORMULAS_H

#include "study/page/document.h"

/* With <sub> and <sup>, and single letters in italics, as mathematics is set. */
void rl_formula_html(rl_buffer *out, const char *line);

/* "w_t = w_(t−1) − η g_t" */
void rl_formula_text(rl_buffer *out, const char *line);

/* What `config` trains with: function and derivative of its activation; its update rule. Slopes,
 * rates and the like are given with their values. */
rl_formula rl_activation_formula(rl_words *words, const rl_config *config, const char *term);
rl_formula rl_optimizer_formula(rl_words *words, const rl_config *config, const char *term);

#endif
